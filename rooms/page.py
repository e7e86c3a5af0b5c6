"""What a room's page shows beside the stored fields: ways in, texts, settings, dates."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from rooms import papers, terms
from rooms.choices import Rule, Status
from rooms.links import RoomLinks
from rooms.models import Room
from tenants.audit_texts import Line


@dataclass(frozen=True)
class Way:
    """One way into the room: its name, the address, what is copied and the button's name."""

    name: str
    address: str
    copied: str
    copy_label: str


@dataclass(frozen=True)
class Pin:
    """One PIN as the page shows it; ``shown`` holds it only where it was asked for."""

    which: str
    label: str
    is_set: bool
    length: int
    shown: str
    may_renew: bool
    absent: str
    show_label: str
    hide_label: str
    renew_label: str
    reveal_url: str
    renew_url: str

    @property
    def mask(self) -> str:
        return "•" * 6

    @property
    def mask_words(self) -> str:
        """What a screen reader hears in place of the dots."""
        return pgettext("PIN", "Hidden")


@dataclass(frozen=True)
class Tab:
    """A link among others of which one is chosen."""

    label: str
    url: str
    current: bool
    language: str = ""


@dataclass(frozen=True)
class Setting:
    label: str
    value: str


@dataclass(frozen=True)
class RoomPage:
    """A room as one reader meets it: as administrator, or as its holder."""

    room: Room
    links: RoomLinks
    may_manage: bool
    sees_price: bool
    entries: list[Line]
    kind: str = papers.Kind.EMAIL.value
    language: str = "nb"
    invitation_pin: str = ""
    shown: dict[str, str] = field(default_factory=dict)

    @property
    def status_word(self) -> str:
        return str(Status(self.room.status).label)

    @property
    def type_name(self) -> str:
        return self.room.product.name

    @cached_property
    def ways(self) -> list[Way]:
        room = self.room
        ways = [
            Way(_("Browser"), room.web_address, room.web_address, _("Copy the browser link")),
            Way(_("SIP"), room.sip_address, room.sip_address, _("Copy the SIP address")),
            Way(_("H.323"), room.h323_address, room.h323_address, _("Copy the H.323 address")),
        ]
        if phone := room.platform.phone:
            words = _("%(phone)s, then press %(number)s#") % {
                "phone": phone,
                "number": room.number,
            }
            ways.append(Way(_("Phone"), words, phone, _("Copy the phone number")))
        return ways

    @cached_property
    def pins(self) -> list[Pin]:
        room, own = self.room, self.links.own
        rows = [
            (
                "host_pin",
                _("Your PIN as host") if own else _("Host"),
                _("None. Everybody comes straight in."),
                _("Show the PIN for the host"),
                _("Hide the PIN for the host"),
                _("Make a new PIN for the host"),
                True,
            ),
            (
                "guest_pin",
                _("The guests’ PIN") if own else _("Guest"),
                self._no_guest_pin(),
                _("Show the PIN for guests"),
                _("Hide the PIN for guests"),
                _("Make a new PIN for guests"),
                room.guests_allowed and room.room_type.guest_pin_allowed,
            ),
        ]
        return [
            Pin(
                which=which,
                label=label,
                is_set=bool(getattr(room, which)),
                length=len(getattr(room, which)),
                shown=self.shown.get(which, ""),
                may_renew=may_renew,
                absent=absent,
                show_label=show,
                hide_label=hide,
                renew_label=renew,
                reveal_url=self.links.reveal(which),
                renew_url=self.links.renew(which),
            )
            for which, label, absent, show, hide, renew, may_renew in rows
        ]

    def _no_guest_pin(self) -> str:
        room = self.room
        if not room.guests_allowed:
            return _("None. Everybody is a host in this room.")
        if room.autolock:
            return _("None. Guests wait until you let them in.")
        return _("None. Guests wait for the host.")

    @cached_property
    def invitation(self) -> str:
        return papers.invitation(self.room, self.kind, self.language, guest_pin=self.invitation_pin)

    def _text_url(self, kind: str, language: str) -> str:
        return f"{self.links.detail}?text={kind}&lang={language}#invitation"

    @property
    def kind_tabs(self) -> list[Tab]:
        return [
            Tab(str(kind.label), self._text_url(kind, self.language), kind == self.kind)
            for kind in papers.Kind
        ]

    @property
    def language_tabs(self) -> list[Tab]:
        return [
            Tab(name, self._text_url(self.kind, code), code == self.language, code)
            for code, name in settings.LANGUAGES
        ]

    @cached_property
    def settings(self) -> list[Setting]:
        room, room_type = self.room, self.room.room_type
        autolock = _("On") if room.autolock else _("Off")
        if room_type.autolock == Rule.FORCED:
            autolock = _("On, follows the room type")
        elif room_type.autolock == Rule.NO:
            autolock = _("Off, follows the room type")
        return [
            Setting(_("Autolock"), autolock),
            Setting(_("Guests"), _("May join") if room.guests_allowed else _("May not join")),
            Setting(_("Layout"), room.get_layout_display()),
            Setting(_("Theme"), room.get_theme_display()),
            Setting(_("Chat"), _("On") if room.chat else _("Off")),
            Setting(_("Guests may share"), _("Yes") if room.guests_may_present else _("No")),
            Setting(_("Names in the picture"), _("Yes") if room.show_names else _("No")),
            Setting(
                _("Capacity"),
                ngettext("%(count)s participant", "%(count)s participants", room.participant_limit)
                % {"count": room.participant_limit},
            ),
        ]

    @property
    def advice(self) -> list[str]:
        """Short advice for talks with patients; empty where the type does not suit them."""
        if not self.room.room_type.suits_patients:
            return []
        return [
            _("Join as host before the patient comes."),
            (
                _("See who is in the room. It locks itself when two are in.")
                if self.room.autolock
                else _("See who is in the room, and lock it before you talk.")
            ),
            _("Ask the patient to wait if the last talk is not over."),
        ]

    @property
    def charged_until(self) -> date:
        """The last day to pay for if the room is terminated today."""
        return terms.charged_until(
            terminated_on=timezone.localdate(), bound_until=self.room.bound_until
        )

    @property
    def is_bound(self) -> bool:
        return self.room.bound_until >= timezone.localdate()
