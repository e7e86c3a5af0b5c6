"""Forms about a room's owner: a successor, and one's own other address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms.models import Room
from videoportal.kit.forms import CharField, Form


class SuccessorForm(Form):
    """Which of the member's rooms, and who gets them."""

    rooms = forms.MultipleChoiceField(
        label=gettext_lazy("Meeting rooms"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one room.")},
    )
    owner_email = forms.EmailField(
        label=gettext_lazy("The successor’s e-mail address"),
        max_length=100,
        help_text=gettext_lazy(
            "Whoever has confirmed this address in the portal can change the rooms."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "list": "members"}),
    )
    owner_name = CharField(
        label=gettext_lazy("The successor’s name"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("Not needed for a member."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self,
        *args: Any,
        rooms: list[Room],
        taken: set[str],
        names: dict[str, str],
        **kwargs: Any,
    ) -> None:
        """``taken``: the member's own addresses; ``names``: the other members by address."""
        super().__init__(*args, **kwargs)
        self.taken, self.names = taken, names
        choices: Any = self.fields["rooms"]
        choices.choices = [(str(room.public_id), f"{room.name} ({room.number})") for room in rooms]
        choices.initial = [key for key, _label in choices.choices]

    def clean_owner_email(self) -> str:
        address: str = self.cleaned_data["owner_email"].lower()
        if address in self.taken:
            raise ValidationError(_("That is the address that the rooms are on now."))
        return address

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        address = cleaned.get("owner_email")
        if address and not cleaned.get("owner_name"):
            if not self.names.get(address):
                self.add_error("owner_name", _("Enter the name: the address belongs to no member."))
            cleaned["owner_name"] = self.names.get(address, "")
        return cleaned


class ConfirmTransferForm(Form):
    """What the effect page sends back."""

    seal = forms.CharField(widget=forms.HiddenInput, max_length=60_000)
    owner_email = forms.EmailField(widget=forms.HiddenInput, max_length=100)
    owner_name = CharField(widget=forms.HiddenInput, max_length=150)


class OwnAddressForm(Form):
    """To which of one's own confirmed addresses the rooms move."""

    address = forms.ChoiceField(
        label=gettext_lazy("Register the rooms on"), widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, addresses: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["address"]
        choices.choices = [(address, address) for address in addresses]


class AskForm(Form):
    """What somebody without rooms asks a customer administrator for."""

    number = CharField(
        label=gettext_lazy("Room number"),
        max_length=25,
        help_text=gettext_lazy("The digits that you join with, for example 418 207."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 14}),
    )
    message = CharField(
        label=gettext_lazy("Message to the administrator"),
        multiline=True,
        max_length=500,
        required=False,
    )

    def clean_number(self) -> str:
        digits = "".join(self.cleaned_data["number"].split())
        if not (digits.isascii() and digits.isdigit() and 4 <= len(digits) <= 20):
            raise ValidationError(_("A room number has digits only, most often six."))
        return digits
