"""Forms of access requests: the applicant's, the approver's and the decision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tenants.models import AccessRequest
from videoportal.kit.forms import CharField, ChoiceCard, ChoiceCards, Form, OrganisationNumberField

Capacity = AccessRequest.Capacity
MYSELF = "myself"


class AccessRequestForm(Form):
    """Which organisation, and who can confirm that the applicant may administer it."""

    organisation_number = OrganisationNumberField(label=_("Organisation number"))
    organisation_name = CharField(label=_("Name of the organisation"), max_length=150)
    email = forms.ChoiceField(
        label=_("Which of your addresses do you use there?"), widget=forms.RadioSelect
    )
    confirmer = forms.ChoiceField(
        label=_("Who should confirm the request?"),
        choices=[
            (Capacity.CONTACT.value, _("Administrative contact")),
            (Capacity.SIGNATORY.value, _("Holder of signature right")),
            (MYSELF, _("I am the registered contact myself")),
        ],
        initial=Capacity.CONTACT.value,
        widget=ChoiceCards(
            cards={
                Capacity.CONTACT: ChoiceCard(_("The person registered with us as your contact.")),
                Capacity.SIGNATORY: ChoiceCard(
                    _("Listed in the register of business enterprises, such as the manager.")
                ),
                MYSELF: ChoiceCard(_("Then nobody else has to confirm. We look it up.")),
            }
        ),
    )
    approver_name = CharField(label=_("Name of the one who confirms"), max_length=150)
    approver_email = forms.EmailField(
        label=_("E-mail address of the one who confirms"),
        max_length=254,
        help_text=_("We send a link there. Only the person who gets it can confirm."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    message = CharField(
        label=_("Message to the one who confirms"), max_length=1000, required=False, multiline=True
    )

    def __init__(self, *args: Any, addresses: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.addresses = addresses
        for name in ("approver_name", "approver_email"):
            self.fields[name].required = False
            self.fields[name].mark_optional = False  # type: ignore[attr-defined]  # read by kit.forms
        choice: Any = self.fields["email"]
        choice.choices = [(address, address) for address in addresses]
        choice.initial = addresses[0] if addresses else ""
        if len(addresses) < 2:
            del self.fields["email"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "email" not in self.fields:
            cleaned["email"] = self.addresses[0] if self.addresses else ""
        if cleaned.get("confirmer") == MYSELF:
            return cleaned
        for name, text in (
            ("approver_name", _("Enter who should confirm.")),
            ("approver_email", _("Enter the address that we should send the link to.")),
        ):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, ValidationError(text, code="required"))
        return cleaned

    def values(self) -> dict[str, Any]:
        """Return the arguments of ``actions.send_request``."""
        values = dict(self.cleaned_data)
        confirmer = values.pop("confirmer")
        values["is_contact"] = confirmer == MYSELF
        if values["is_contact"]:
            values |= {"approver_name": "", "approver_email": "", "message": ""}
        else:
            values["approver_capacity"] = confirmer
        return values


class ConfirmationForm(Form):
    """The approver's own name and capacity, and why, if the answer is no."""

    name = CharField(
        label=_("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    capacity = forms.ChoiceField(
        label=_("What are you in the organisation?"),
        choices=Capacity.choices,
        widget=forms.RadioSelect,
    )
    reason = CharField(
        label=_("Why not?"),
        max_length=1000,
        required=False,
        multiline=True,
        help_text=_("Only if you do not confirm. The applicant reads it."),
    )


class ApprovalForm(Form):
    """The name under which a new organisation is registered."""

    organisation_name = CharField(
        label=_("Name of the organisation"),
        max_length=150,
        help_text=_("It becomes a new customer. Write the name as it stands in the register."),
    )


class RefusalForm(Form):
    """Why the request is refused."""

    reason = CharField(
        label=_("Reason"),
        max_length=1000,
        multiline=True,
        help_text=_("The applicant reads it in an e-mail and on the page of the request."),
    )
