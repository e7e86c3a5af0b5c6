"""The form of a termination."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from videoportal.kit.formats import short_date
from videoportal.kit.forms import ChoiceCard, ChoiceCards, DateField, Form
from videoportal.kit.stale import StaleEdit


class TerminateForm(StaleEdit, Form):
    """When a terminated room closes."""

    mark_optional = False

    closing = forms.ChoiceField(
        label=gettext_lazy("When should the room close?"),
        choices=[("now", gettext_lazy("At once")), ("date", gettext_lazy("On a date"))],
        error_messages={"required": gettext_lazy("Choose when the room should close.")},
    )
    closes_on = DateField(label=gettext_lazy("Closing date"), required=False)

    def __init__(self, *args: Any, today: date, charged_until: date, **kwargs: Any) -> None:
        self.today = today
        self.charged_until = charged_until
        super().__init__(*args, **kwargs)
        span = {"first": short_date(today), "last": short_date(charged_until)}
        closing: Any = self.fields["closing"]
        closing.widget = ChoiceCards(
            choices=closing.choices,
            cards={
                "now": ChoiceCard(_("Nobody can come in from now on. This cannot be undone.")),
                "date": ChoiceCard(
                    _("The room can be used until the date. You can change your mind until then.")
                ),
            },
        )
        self.fields["closes_on"].help_text = (
            _(
                "dd.mm.yyyy, from %(first)s to and including %(last)s. "
                "The room closes when that day begins."
            )
            % span
        )

    def clean(self) -> Any:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("closing") == "now":
            cleaned["closes_on"] = self.today
            self.errors.pop("closes_on", None)
        elif cleaned.get("closing") == "date" and "closes_on" not in self.errors:
            chosen = cleaned.get("closes_on")
            if chosen is None:
                self.add_error("closes_on", _("Enter the date when the room should close."))
            elif chosen < self.today:
                self.add_error("closes_on", _("The closing date cannot be in the past."))
            elif chosen > self.charged_until:
                self.add_error(
                    "closes_on",
                    _("The closing date cannot be after %(date)s, the last day you pay for.")
                    % {"date": short_date(self.charged_until)},
                )
        return cleaned
