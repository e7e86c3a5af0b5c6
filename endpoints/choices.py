"""Values that endpoints may take, with their words."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rooms.choices import Provisioning


class Kind(models.TextChoices):
    ROOM = "room", _("Room system")
    DESK = "desk", _("Desk unit")
    CART = "cart", _("Cart on wheels")
    SOFTWARE = "software", _("App on a computer")
    OTHER = "other", pgettext_lazy("kind of endpoint", "Other")


class State(models.TextChoices):
    ACTIVE = "active", pgettext_lazy("endpoint", "In use")
    BLOCKED = "blocked", pgettext_lazy("endpoint", "Blocked")


class Status(models.TextChoices):
    """The one word that a list says of an endpoint; the values name the shapes of its mark."""

    READY = "ready", pgettext_lazy("endpoint", "In use")
    LOCKED = "locked", pgettext_lazy("endpoint", "Blocked")
    PENDING = "pending", pgettext_lazy("endpoint", "Pending")
    FAILED = "failed", pgettext_lazy("endpoint", "Failed")

    @classmethod
    def of(cls, endpoint: Any) -> str:
        """Return the status of an endpoint, or of a row that holds what decides it.

        What the platform has not done comes first: one that is blocked here may still be let
        in there.
        """
        if endpoint.provisioning != Provisioning.READY:
            return str(endpoint.provisioning)
        return str(cls.LOCKED if endpoint.state == State.BLOCKED else cls.READY)


def kind_word(kind: str, model: str) -> Any:
    """Return what the endpoint is, as one text: its model where that is known."""
    return model or Kind(kind).label
