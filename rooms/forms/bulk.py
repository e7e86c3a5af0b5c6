"""What the bulk actions ask for."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rooms.models import RoomProduct
from videoportal.kit.formats import money, short_date
from videoportal.kit.forms import CharField, ChoiceCard, ChoiceCards, DateField, Form


class BulkForm(Form):
    """Carries the seal of what was shown; new PINs and a change of type ask no more."""

    seal = forms.CharField(widget=forms.HiddenInput, max_length=60_000)


class CostCentreForm(BulkForm):
    cost_centre = CharField(
        label=_("Cost centre"),
        max_length=60,
        widget=forms.TextInput(attrs={"list": "cost-centres", "autocomplete": "off"}),
    )


class OwnerForm(BulkForm):
    owner_name = CharField(label=_("Owner's name"), max_length=150)
    owner_email = forms.EmailField(
        label=_("Owner's e-mail address"),
        max_length=100,
        help_text=_(
            "Whoever signs in with this address can edit the rooms. They get an e-mail about "
            "it, and so does whoever had the rooms before."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


class TerminateForm(BulkForm):
    NOW, END, DATE = "now", "end", "date"

    when = forms.ChoiceField(
        label=_("When should the rooms close?"),
        choices=[
            (NOW, _("Today")),
            (END, _("On the last day that you pay for")),
            (DATE, _("On a date that I choose")),
        ],
        widget=forms.RadioSelect,
        initial=END,
    )
    closes_on = DateField(label=_("Closing date"), required=False)

    def __init__(self, *args: Any, today: date, latest: date | None, **kwargs: Any) -> None:
        self.today, self.latest = today, latest
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("when") == self.DATE and "closes_on" not in self.errors:
            self._check(cleaned.get("closes_on"))
        return cleaned

    def _check(self, day: date | None) -> None:
        if day is None:
            self.add_error("closes_on", ValidationError(_("Enter a date."), code="required"))
        elif day < self.today:
            self.add_error(
                "closes_on",
                ValidationError(_("The closing date cannot be in the past."), code="past"),
            )
        elif self.latest is not None and day > self.latest:
            self.add_error(
                "closes_on",
                ValidationError(
                    _("At least one of the rooms is paid for only until %(day)s."),
                    code="late",
                    params={"day": short_date(self.latest)},
                ),
            )

    def closing_day(self) -> date | None:
        """Return the day for all the rooms, or None for each one's last paid day."""
        when = self.cleaned_data["when"]
        if when == self.NOW:
            return self.today
        day: date | None = self.cleaned_data["closes_on"] if when == self.DATE else None
        return day


class ProductForm(Form):
    """Chooses the type before its effect is shown; submitted with GET."""

    product = forms.ModelChoiceField(
        label=_("New room type"), queryset=RoomProduct.objects.none(), empty_label=None
    )

    def __init__(self, *args: Any, today: date, show_prices: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        products = RoomProduct.objects.offered_on(today)
        cards = {
            str(product.pk): ChoiceCard(
                product.room_type.description,
                _("%(price)s a month") % {"price": money(product.price)} if show_prices else "",
            )
            for product in products
        }
        field: Any = self.fields["product"]
        field.queryset = products
        field.widget = ChoiceCards(cards=cards)
        field.widget.choices = field.choices
