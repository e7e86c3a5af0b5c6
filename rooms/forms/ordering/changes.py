"""A change of type: what it does, and the forms that ask and confirm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import actions, terms
from rooms.forms.ordering.offers import Offer, price_of, product_slug, type_card
from rooms.models import Room, RoomProduct
from videoportal.kit.formats import money
from videoportal.kit.forms import ChoiceCard, ChoiceCards, Form
from videoportal.kit.stale import StaleEdit


@dataclass(frozen=True)
class SettingChange:
    """A setting that follows the new type: its label and its value before and after, in words."""

    label: Any
    before: Any
    after: Any


class TypeChange:
    """What happens if the room becomes another product today."""

    def __init__(self, room: Room, product: RoomProduct, current: RoomProduct, *, today: date):
        self.room = room
        self.product = product
        self.price_now = price_of(current)
        self.price_new = price_of(product)
        self.is_upgrade = self.price_new >= (self.price_now or 0)
        if self.is_upgrade:
            self.room_from = today
            self.price_from = terms.upgrade_price_from(today)
        else:
            self.room_from = self.price_from = terms.downgrade_from(
                asked_on=today, bound_until=room.bound_until
            )

    def settings(self) -> list[SettingChange]:
        """Return the settings that will change with the product."""
        changes = []
        if self.room.product.quality != self.product.quality:
            changes.append(
                SettingChange(
                    _("Quality"),
                    self.room.product.get_quality_display(),
                    self.product.get_quality_display(),
                )
            )
        for name, value in actions.fitted_settings(self.room, self.product).items():
            field: Any = Room._meta.get_field(name)
            before = getattr(self.room, name)
            changes.append(
                SettingChange(
                    str(field.verbose_name).capitalize()
                    if name not in {"host_pin", "guest_pin"}
                    else field.verbose_name,
                    _setting_in_words(field, name, before),
                    _setting_in_words(field, name, value),
                )
            )
        return changes


def _setting_in_words(field: Any, name: str, value: Any) -> Any:
    if name in {"host_pin", "guest_pin"}:
        return _("Has a PIN") if value else _("No PIN")
    if isinstance(value, bool):
        return _("On") if value else _("Off")
    return dict(field.flatchoices).get(value, value) if field.flatchoices else value


class ProductForm(Form):
    """Which product the room shall have; sent as a question, changes nothing."""

    mark_optional = False

    product = forms.ChoiceField(
        label=gettext_lazy("Which type should the room be?"), widget=ChoiceCards, required=False
    )

    def __init__(
        self,
        *args: Any,
        offer: Offer,
        room: Room,
        prices: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["product"]
        others = [product for product in offer.products if product.pk != room.product_id]
        field.choices = [(product_slug(product), product.name) for product in others]
        field.widget.cards = {
            product_slug(product): ChoiceCard(
                type_card(product.room_type).description,
                money(price_of(product)) if prices else "",
            )
            for product in others
        }


class TypeChangeForm(StaleEdit, Form):
    """The confirmation of a change of type; ``product`` is the slug that was shown."""

    product = forms.CharField(widget=forms.HiddenInput, required=False)
