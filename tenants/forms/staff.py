"""The form that starts staff mode."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tenants.actions import staff_minutes
from videoportal.kit.forms import CharField, Form


class StaffModeForm(Form):
    """Why, for how long, and under which case number."""

    reason = CharField(
        label=_("Why do you need access?"),
        max_length=200,
        help_text=_("The customer reads this in the change log and in an e-mail."),
    )
    reference = CharField(
        label=_("Case number"),
        max_length=40,
        required=False,
        help_text=_("For example the number of the customer’s enquiry."),
    )
    minutes = forms.TypedChoiceField(label=_("How long?"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["minutes"].choices = [  # type: ignore[attr-defined]  # a choice field
            (
                minutes,
                ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes},
            )
            for minutes in staff_minutes()
        ]
        self.fields["minutes"].initial = settings.STAFF_MODE_MINUTES
