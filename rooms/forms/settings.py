"""The room's form, for the administrator and for whoever holds it as their own room."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from rooms import pins
from rooms.actions import ADMINISTRATOR_FIELDS, OWN_ROOM_FIELDS, check_settings
from rooms.choices import Layout, Rule, Theme
from rooms.models import Room
from tenants.models import AuditEntry
from videoportal.kit.forms import CharField, Form, PinInput
from videoportal.kit.stale import StaleEdit
from videoportal.kit.text import whole

REMOVE = "remove_"


@dataclass(frozen=True)
class FixedRule:
    """A setting that the room type decides: text with its reason, in place of a control."""

    label: str
    value: str
    reason: str
    status: str = ""


class RoomForm(StaleEdit, Form):
    """The settings of a room.

    A PIN field left empty keeps the PIN that is set; its own check box takes it away. Stored
    PINs are never written into the page. Settings that the room type decides are left out
    and listed in ``fixed``.
    """

    name = CharField(label=gettext_lazy("Name of the room"), max_length=100)
    description = CharField(label=gettext_lazy("Description"), max_length=250, required=False)
    owner_name = CharField(label=gettext_lazy("Owner’s name"), max_length=150, required=False)
    owner_email = forms.EmailField(
        label=gettext_lazy("Owner’s e-mail address"), max_length=100, required=False
    )
    department = CharField(label=gettext_lazy("Department"), max_length=100, required=False)
    cost_centre = CharField(
        label=gettext_lazy("Cost centre"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"list": "cost-centres", "autocomplete": "off"}),
    )
    reference = CharField(label=gettext_lazy("Reference"), max_length=60, required=False)
    guests_allowed = forms.BooleanField(label=gettext_lazy("Guests may join"), required=False)
    host_pin = forms.CharField(
        label=gettext_lazy("PIN for the host"), required=False, widget=PinInput()
    )
    remove_host_pin = forms.BooleanField(
        label=gettext_lazy("Remove the PIN for the host"), required=False
    )
    guest_pin = forms.CharField(
        label=gettext_lazy("PIN for guests"), required=False, widget=PinInput()
    )
    remove_guest_pin = forms.BooleanField(
        label=gettext_lazy("Remove the PIN for guests"), required=False
    )
    layout = forms.ChoiceField(label=gettext_lazy("Layout"), choices=Layout)
    theme = forms.ChoiceField(label=gettext_lazy("Theme"), choices=Theme, required=False)
    autolock = forms.BooleanField(label=gettext_lazy("Autolock"), required=False)
    chat = forms.BooleanField(label=gettext_lazy("Chat"), required=False)
    guests_may_present = forms.BooleanField(
        label=gettext_lazy("Guests may share their screen"), required=False
    )
    show_names = forms.BooleanField(label=gettext_lazy("Show names in the picture"), required=False)
    participant_limit = forms.IntegerField(label=gettext_lazy("Capacity"), min_value=2)

    def __init__(
        self,
        data: Any = None,
        *,
        room: Room,
        own: bool = False,
        cost_centres: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        self.room = room
        self.cost_centres = list(cost_centres)
        self.entries: list[AuditEntry] = []
        allowed = OWN_ROOM_FIELDS if own else ADMINISTRATOR_FIELDS
        initial = {name: getattr(room, name) for name in allowed if name not in pins.FIELDS}
        for name in pins.FIELDS:
            initial |= {name: "", REMOVE + name: False}
        super().__init__(data, version=room.version, initial=initial, **kwargs)
        self.fixed: list[FixedRule] = []
        for name in set(self.fields) - allowed - {"version"}:
            if name.removeprefix(REMOVE) not in allowed:
                del self.fields[name]
        self._follow_type()
        self._explain()

    def _follow_type(self) -> None:
        """Leave out what the type decides, and narrow the choices to what it offers."""
        room, room_type = self.room, self.room.room_type
        reason = _("Follows the room type %(type)s.") % {"type": _lower(room_type.name)}
        if room_type.autolock != Rule.ALLOWED:
            del self.fields["autolock"]
            forced = room_type.autolock == Rule.FORCED
            self.fixed.append(
                FixedRule(
                    _("Autolock"),
                    _("Always on") if forced else _("Not available"),
                    reason,
                    "locked" if forced else "",
                )
            )
        if not room_type.chat_on_order:
            del self.fields["chat"]
            self.fixed.append(FixedRule(_("Chat"), _("Not available"), reason))
        if not room_type.guest_pin_allowed:
            del self.fields["guest_pin"]
            self.fixed.append(FixedRule(_("PIN for guests"), _("Not available"), reason))
        if room_type.host_pin_required or not room.host_pin:
            del self.fields["remove_host_pin"]
        if not room.guest_pin:
            del self.fields["remove_guest_pin"]
        fields: dict[str, Any] = self.fields
        fields["layout"].choices = [(key, Layout(key).label) for key in room_type.layouts]
        if len(room_type.themes) > 1 or room.theme not in room_type.themes:
            fields["theme"].mark_optional = False
            fields["theme"].choices = [(key, Theme(key).label) for key in room_type.themes]
        else:
            del self.fields["theme"]
            self.fixed.append(FixedRule(_("Theme"), str(Theme(room.theme).label), reason))
        if "participant_limit" in fields:
            fields["participant_limit"].max_value = room_type.max_participants
            fields["participant_limit"].help_text = _(
                "This room type takes from 2 to %(most)s participants."
            ) % {"most": room_type.max_participants}

    def _explain(self) -> None:
        fields, room = self.fields, self.room
        fields["name"].help_text = _(
            "Participants see it. Do not use names of patients or diagnoses."
        )
        for name in pins.FIELDS:
            if name not in fields:
                continue
            fields[name].mark_optional = False  # type: ignore[attr-defined]  # read by kit's Field
            if getattr(room, name):
                fields[name].help_text = _("A PIN is set. Leave the field empty to keep it.")
            elif name == "guest_pin":
                fields[name].help_text = _("Can stay empty. Guests then wait for the host.")
        if "owner_email" in fields:
            fields["owner_email"].help_text = (
                _(
                    "The room belongs to whoever has confirmed this address. If you change it, "
                    "%(email)s loses the room at once, and the new owner gets it when the "
                    "address is confirmed. Both get an e-mail about it."
                )
                % {"email": room.owner_email}
                if room.owner_email
                else _("The room belongs to whoever has confirmed this address in the portal.")
            )
            fields["cost_centre"].help_text = _("The invoice basis is sorted by it.")
            fields["reference"].help_text = _("Appears on the invoice basis.")

    # Groups, in the order of the page

    def _bound(self, *names: str) -> list[Any]:
        return [self[name] for name in names if name in self.fields]

    def first_fields(self) -> list[Any]:
        """Return what the room is called."""
        return self._bound("name", "description")

    def owner_fields(self) -> list[Any]:
        """Return whose it is and who pays; empty for the holder."""
        return self._bound("owner_name", "owner_email", "department", "cost_centre", "reference")

    def pin_pairs(self) -> list[tuple[Any, Any]]:
        """Return each PIN field with the box that takes the PIN away, or None."""
        return [
            (self[name], next(iter(self._bound(REMOVE + name)), None))
            for name in pins.FIELDS
            if name in self.fields
        ]

    def picture_fields(self) -> list[Any]:
        """Return how the meeting looks and how many it takes."""
        return self._bound("layout", "theme", "participant_limit")

    def meeting_fields(self) -> list[Any]:
        """Return the switches of the meeting."""
        return self._bound("guests_may_present", "chat", "show_names", "autolock")

    # Validation

    def clean_host_pin(self) -> str:
        return self._typed_pin("host_pin")

    def clean_guest_pin(self) -> str:
        return self._typed_pin("guest_pin")

    def _typed_pin(self, name: str) -> str:
        # Spaces come along when a PIN is pasted; zeros at the start are part of it.
        return "".join(str(self.cleaned_data[name]).split())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name in pins.FIELDS:
            if cleaned.get(name) and cleaned.get(REMOVE + name):
                self.add_error(name, _("Enter a new PIN or remove it, not both."))
        candidate = copy(self.room)
        changes = self.changes()
        for name, value in changes.items():
            setattr(candidate, name, value)
        try:
            check_settings(candidate, chosen_pins=changes.keys())
        except ValidationError as error:
            self.add_faults(error)
        return cleaned

    def add_faults(self, error: ValidationError) -> None:
        """Show an action's faults at their fields; those of absent fields stand on top."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, faults in error.error_dict.items():
            for fault in faults:
                self.add_error(name if name in self.fields else None, fault)

    def changes(self) -> dict[str, Any]:
        """Return what was typed, for the action; PINs only where they are to be another."""
        cleaned = self.cleaned_data
        changes = {
            name: value
            for name, value in cleaned.items()
            if name in ADMINISTRATOR_FIELDS and name not in pins.FIELDS
        }
        for name in pins.FIELDS:
            if cleaned.get(name):
                changes[name] = cleaned[name]
            elif cleaned.get(REMOVE + name):
                changes[name] = ""
        return changes

    def posted_version(self) -> int | None:
        """Return the version that the form was opened at."""
        return whole(str(self.data.get("version", "")))

    # New PINs

    def suggest_pins(self, names: Iterable[str]) -> None:
        """Write new random PINs into an unbound form; they hold when the form is saved."""
        for name in names:
            if name not in self.fields:
                continue
            other = "guest_pin" if name == "host_pin" else "host_pin"
            unlike = "".join(str(self.initial.get(other) or getattr(self.room, other)).split())
            # A typed PIN that breaks the rules is no pattern for the other one.
            fits = not pins.platform_faults(guests_allowed=False, host_pin=unlike, guest_pin="")
            self.initial[name] = pins.generate(
                room_number=self.room.number, unlike=unlike if fits else ""
            )

    # Stale edits

    def meanwhile(self, entries: list[AuditEntry]) -> None:
        """Tell what the log says of the time since the form was opened, newest first."""
        self.entries = entries
        self.changed_by = entries[0].actor_label if entries else ""

    # A PIN is compared, but never told.

    def saved(self, bound: Any) -> Any:
        if bound.name in pins.FIELDS:
            return str(getattr(self.room, bound.name)) if bound.data else ""
        return super().saved(bound)

    def in_words(self, bound: Any, value: Any) -> str:
        if bound.name in pins.FIELDS:
            return pgettext("PIN", "Hidden") if value else pgettext("PIN", "None")
        return super().in_words(bound, value)

    def _differing(self) -> list[Any]:
        differing = super()._differing()
        if not self.stale or not self.entries:
            return differing
        # What the person changed themselves is no news to them.
        theirs = {name for entry in self.entries for name in {**entry.before, **entry.after}}
        return [bound for bound in differing if bound.name in theirs]


def _lower(name: str) -> str:
    """Return a type's name as it stands inside a sentence."""
    return name[:1].lower() + name[1:]
