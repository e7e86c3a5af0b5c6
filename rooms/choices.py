"""Values that rooms may take, with their words. Wire names are Pexip's (docs/pexip.md)."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Quality(models.TextChoices):
    HD = "hd", _("HD")
    FULL_HD = "fullhd", _("Full HD")


class Rule(models.TextChoices):
    """How a room type treats a feature."""

    FORCED = "forced", _("Always on")
    ALLOWED = "allowed", _("Up to you")
    NO = "no", _("Not available")


class ServiceType(models.TextChoices):
    """What the platform makes of a room (docs/pexip.md, Management API)."""

    CONFERENCE = "conference", _("Meeting room")
    LECTURE = "lecture", _("Auditorium")


class Layout(models.TextChoices):
    ADAPTIVE = "five_mains_seven_pips", _("Adaptive")
    ONE_LARGE = "one_main_zero_pips", _("One large")
    ONE_LARGE_SEVEN_SMALL = "one_main_seven_pips", _("One large and seven small")
    ONE_LARGE_TWENTYONE_SMALL = "one_main_twentyone_pips", _("One large and 21 small")
    TWO_LARGE_TWENTYONE_SMALL = "two_mains_twentyone_pips", _("Two large and 21 small")
    ONE_LARGE_THIRTYTHREE_SMALL = (
        "one_main_thirtythree_pips",
        _("One large and 33 small"),
    )
    GRID_FOUR = "four_mains_zero_pips", _("Grid of four")
    GRID_NINE = "nine_mains_zero_pips", _("Grid of nine")
    GRID_SIXTEEN = "sixteen_mains_zero_pips", _("Grid of sixteen")
    GRID_TWENTYFIVE = "twentyfive_mains_zero_pips", _("Grid of 25")


class Theme(models.TextChoices):
    STANDARD = "", _("Standard")
    PATIENT = "Pasient og behandler", _("Patient and practitioner")


class Provisioning(models.TextChoices):
    """What the video platform has made of the room."""

    PENDING = "pending", _("Pending")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class Status(models.TextChoices):
    """The one word that a list says about a room; the values name the shapes of the status mark."""

    READY = "ready", pgettext_lazy("room status", "Ready")
    PENDING = "pending", pgettext_lazy("room status", "Pending")
    FAILED = "failed", pgettext_lazy("room status", "Failed")
    ENDING = "ending", pgettext_lazy("room status", "Terminated")
    CLOSED = "closed", pgettext_lazy("room status", "Closed")

    @classmethod
    def of(cls, room: Any) -> str:
        """Return the status of a room, or of a row that holds what decides it."""
        if room.closed_at is not None:
            return str(cls.CLOSED)
        if room.provisioning != Provisioning.READY:
            return str(room.provisioning)
        return str(cls.READY if room.terminated_on is None else cls.ENDING)


class Purpose(models.TextChoices):
    """What the order asks first: it decides which room types are offered."""

    PATIENT = "patient", _("Yes, we talk with patients or share patient information")
    MEETING = "meeting", _("No, meetings without sensitive information")
    BOTH = "both", _("Both kinds of meetings")


class BulkAction(models.TextChoices):
    """What a list of rooms can do to many at once."""

    COST_CENTRE = "cost_centre", _("Set cost centre")
    OWNER = "owner", _("Change owner")
    PINS = "pins", _("Make new PIN codes")
    PRODUCT = "product", _("Change room type")
    TERMINATE = "terminate", _("Terminate")
