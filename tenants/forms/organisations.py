"""Forms of the provider's register: organisations, resellers and the look-up of people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.models import Organisation
from videoportal.kit.forms import CharField, DateField, Form, OrganisationNumberField, Select

Kind = Organisation.Kind


class ParentMixin(forms.Form):
    """A field that takes the number of the organisation above, and gives the organisation."""

    parent = OrganisationNumberField(
        label=_("Organisation number of the parent"),
        required=False,
        help_text=_("Only for a sub-unit of an organisation that is registered here."),
    )

    def clean_parent(self) -> Organisation | None:
        number = self.cleaned_data["parent"]
        if not number:
            return None
        found: Organisation | None = (
            Organisation.objects.everybodys().filter(organisation_number=number).first()
        )
        if found is None:
            raise ValidationError(_("No organisation here has that number."))
        return found


class NewOrganisationForm(ParentMixin, Form):
    """A new customer or reseller."""

    name = CharField(label=_("Name of the organisation"), max_length=150)
    organisation_number = OrganisationNumberField(label=_("Organisation number"))
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(kind.value, kind.label) for kind in (Kind.CUSTOMER, Kind.RESELLER)],
        initial=Kind.CUSTOMER,
        widget=forms.RadioSelect,
    )
    field_order = ("name", "organisation_number", "kind", "parent")


class OrganisationForm(ParentMixin, Form):
    """Name and parent; number and kind never change."""

    name = CharField(label=_("Name of the organisation"), max_length=150)
    field_order = ("name", "parent")


class ReasonForm(Form):
    """Why something is done."""

    reason = CharField(
        label=_("Reason"), max_length=200, help_text=_("It is recorded in the change log.")
    )


class ConnectForm(Form):
    """Which reseller, from when and until when."""

    reseller = forms.ModelChoiceField(
        label=_("Reseller"),
        queryset=Organisation.objects.none(),
        empty_label=_("Choose a reseller"),
        widget=Select,
    )
    starts_on = DateField(label=_("First day"), help_text=_("Today means from now on. dd.mm.yyyy"))
    last_day = DateField(
        label=_("Last day"), required=False, help_text=_("Leave empty if no end is agreed.")
    )
    reason = CharField(
        label=_("Reason"), max_length=200, help_text=_("It is recorded in the change log.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        resellers = Organisation.objects.everybodys().filter(kind=Kind.RESELLER).active()
        self.fields["reseller"].queryset = resellers.by_name()  # type: ignore[attr-defined]  # a model choice
        self.fields["starts_on"].initial = timezone.localdate


class DisconnectForm(Form):
    """When the reseller's access ends, and why."""

    last_day = DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Leave empty to end it now. dd.mm.yyyy"),
    )
    reason = CharField(
        label=_("Reason"), max_length=200, help_text=_("It is recorded in the change log.")
    )


class LookUpForm(Form):
    """One person's whole address, and why they are looked up."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("The whole address. Parts of it find nobody."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    reason = CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("It is recorded in the change log of the person’s organisation."),
    )
