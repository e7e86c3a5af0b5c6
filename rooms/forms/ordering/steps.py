"""The forms of the steps of an order."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms.choices import Purpose, Quality
from rooms.forms.ordering.offers import Offer, price_of, type_card
from rooms.models import RoomProduct, RoomType
from videoportal.kit.formats import money
from videoportal.kit.forms import CharField, ChoiceCard, ChoiceCards, Form

STEP_NAMES = {
    "purpose": gettext_lazy("Use"),
    "type": gettext_lazy("Room type"),
    "details": gettext_lazy("Name and owner"),
    "review": gettext_lazy("Review and order"),
}
NEXT_LABELS = {
    "purpose": gettext_lazy("Next: room type"),
    "type": gettext_lazy("Next: name and owner"),
    "details": gettext_lazy("Next: review"),
}
QUALITY_HINTS = {
    Quality.HD: gettext_lazy("720p. Good enough for most conversations."),
    Quality.FULL_HD: gettext_lazy(
        "1080p. For when you must see details, for instance when looking at a wound."
    ),
}
PURPOSE_HINTS = {
    Purpose.PATIENT: gettext_lazy("We then show rooms that lock themselves and demand a PIN."),
    Purpose.MEETING: gettext_lazy("For meetings between colleagues, courses and the like."),
    Purpose.BOTH: gettext_lazy("We then show rooms where you turn the lock on and off yourself."),
}
PURPOSE_REASONS = {
    Purpose.PATIENT: gettext_lazy(
        "You will share patient information, so we only show rooms that are fit for that."
    ),
    Purpose.MEETING: gettext_lazy(
        "You will not share patient information, so we show rooms for meetings."
    ),
    Purpose.BOTH: gettext_lazy(
        "You will have both patient calls and meetings, so we only show rooms fit for both."
    ),
}


class PurposeForm(Form):
    """The first question, which decides the room types that are offered."""

    purpose = forms.ChoiceField(
        label=gettext_lazy("Will you share patient information in the room?"),
        choices=Purpose,
        widget=ChoiceCards(
            cards={value: ChoiceCard(hint) for value, hint in PURPOSE_HINTS.items()}
        ),
        error_messages={"required": gettext_lazy("Choose what the room is for.")},
    )


class TypeForm(Form):
    """Room type and quality, among those that suit the purpose."""

    room_type = forms.ChoiceField(
        label=gettext_lazy("Which room type is right?"),
        widget=ChoiceCards,
        error_messages={
            "required": gettext_lazy("Choose a room type."),
            "invalid_choice": gettext_lazy(
                "This room type can no longer be ordered. Choose another one."
            ),
        },
    )
    quality = forms.ChoiceField(
        label=gettext_lazy("Quality"),
        widget=ChoiceCards,
        error_messages={
            "required": gettext_lazy("Choose a quality."),
            "invalid_choice": gettext_lazy("This room type does not have that quality."),
        },
    )
    # The type whose qualities and prices the page showed.
    shown_type = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, offer: Offer, purpose: str, prices: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.types = offer.types(purpose)
        codes = [room_type.code for room_type in self.types]
        typed: Any = self.data if self.is_bound else self.initial
        self.chosen_type = typed.get("room_type") if typed.get("room_type") in codes else ""
        if not self.chosen_type and codes and not self.is_bound:
            self.chosen_type = codes[0]
        products = offer.of_type(self.chosen_type)
        self.initial.update(room_type=self.chosen_type, shown_type=self.chosen_type)
        qualities = [product.quality for product in products]
        if not self.is_bound and self.initial.get("quality") not in qualities:
            self.initial["quality"] = qualities[0] if qualities else ""
        self._offer_types(offer, prices=prices)
        self._offer_qualities(products, prices=prices)
        quality = typed.get("quality") if self.is_bound else self.initial["quality"]
        self.product = offer.product(self.chosen_type, quality or "")

    def _offer_types(self, offer: Offer, *, prices: bool) -> None:
        field: Any = self.fields["room_type"]
        field.choices = [(room_type.code, room_type.name) for room_type in self.types]
        field.widget.cards = {
            room_type.code: type_card(
                room_type,
                _("from %(price)s")
                % {"price": money(min(map(price_of, offer.of_type(room_type.code))))}
                if prices
                else "",
            )
            for room_type in self.types
        }

    def _offer_qualities(self, products: list[RoomProduct], *, prices: bool) -> None:
        field: Any = self.fields["quality"]
        field.choices = [(product.quality, product.get_quality_display()) for product in products]
        field.widget.cards = {
            product.quality: ChoiceCard(
                QUALITY_HINTS[Quality(product.quality)],
                money(price_of(product)) if prices else "",
            )
            for product in products
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        shown = cleaned.get("shown_type")
        # Without script the qualities on the page are those of the type chosen before.
        self.must_show_qualities = bool(shown) and shown != cleaned.get("room_type")
        return cleaned


class DetailsForm(Form):
    """Name, owner and where the cost belongs."""

    name = CharField(
        label=gettext_lazy("Name of the room"),
        max_length=100,
        help_text=gettext_lazy("Shown to the participants. Use no names of patients or diagnoses."),
    )
    owner_name = CharField(label=gettext_lazy("Owner's name"), max_length=150, required=False)
    owner_email = forms.EmailField(
        label=gettext_lazy("Owner's e-mail address"),
        max_length=100,
        required=False,
        help_text=gettext_lazy(
            "Whoever signs in with this address can change the room’s name and PINs."
        ),
    )
    department = CharField(
        label=gettext_lazy("Department"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"list": "departments"}),
    )
    cost_centre = CharField(
        label=gettext_lazy("Cost centre"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Appears on the invoice basis."),
        widget=forms.TextInput(attrs={"list": "cost-centres"}),
    )
    reference = CharField(label=gettext_lazy("Reference"), max_length=60, required=False)
    guest_pin = forms.BooleanField(
        label=gettext_lazy("PIN for guests"),
        required=False,
        help_text=gettext_lazy("Guests must then enter a code to come in. We make the code."),
    )

    def __init__(
        self,
        *args: Any,
        room_type: RoomType | None,
        proposed: tuple[str, str] = ("", ""),
        name_of: Callable[[str], str] = lambda _address: "",
        **kwargs: Any,
    ) -> None:
        """``proposed``: the name and address shown at first. ``name_of``: a member's."""
        super().__init__(*args, **kwargs)
        self.proposed, self.name_of = proposed, name_of
        if room_type is not None and not room_type.guest_pin_allowed:
            del self.fields["guest_pin"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        name, own = self.proposed
        address = cleaned.get("owner_email", "")
        if address and address.lower() != own.lower() and cleaned.get("owner_name") in ("", name):
            # Another address with the name that was proposed for one's own: whose it is counts.
            cleaned["owner_name"] = self.name_of(address) or cleaned["owner_name"]
        return cleaned


class ReviewForm(Form):
    """The last look; ``agreed_price`` is the price that the button showed."""

    agreed_price = forms.DecimalField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, price: Decimal | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.price = price
        self.initial["agreed_price"] = price

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        agreed = cleaned.get("agreed_price")
        if agreed is not None and self.price is not None and agreed != self.price:
            self.data = {**self.data, "agreed_price": str(self.price)}
            raise ValidationError(
                _("The price has changed from %(old)s to %(new)s. Look it over and order again.")
                % {"old": money(agreed), "new": money(self.price)},
                code="price_changed",
            )
        return cleaned
