"""What can be ordered, at which price, and how its choices look."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from rooms.choices import Purpose
from rooms.models import RoomProduct, RoomType
from videoportal.kit.forms import ChoiceCard


class Offer:
    """What can be ordered on a day, with prices; one query."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.products = sorted(
            RoomProduct.objects.offered_on(today),
            key=lambda product: (product.room_type.position, product.room_type_id, product.price),
        )

    def types(self, purpose: str) -> list[RoomType]:
        """Return the room types that suit the purpose, in the catalogue's order."""
        found = {product.room_type_id: product.room_type for product in self.products}
        return [
            room_type
            for room_type in found.values()
            if (purpose == Purpose.MEETING or room_type.suits_patients)
            and (purpose == Purpose.PATIENT or room_type.suits_meetings)
        ]

    def of_type(self, code: str) -> list[RoomProduct]:
        """Return the type's products, one for each quality."""
        return [product for product in self.products if product.room_type.code == code]

    def product(self, code: str, quality: str) -> RoomProduct | None:
        """Return the product of a type and quality, or None when it is not offered."""
        for product in self.of_type(code):
            if product.quality == quality:
                return product
        return None

    def by_slug(self, slug: str) -> RoomProduct | None:
        """Return the product that :func:`product_slug` names, or None."""
        code, _dash, quality = slug.rpartition("-")
        return self.product(code, quality)


def product_slug(product: RoomProduct) -> str:
    """Return the product's name in addresses: ``admin-small-hd``."""
    return f"{product.room_type.code}-{product.quality}"


def price_of(product: RoomProduct) -> Decimal:
    """Return the price that ``priced_on`` put on the product, in kroner a month without VAT."""
    return product.price  # type: ignore[attr-defined]  # annotated


def type_card(room_type: RoomType, price: str = "") -> ChoiceCard:
    """Return a type's radio card: what it is, its end where one is told, and demo values."""
    parts = [format_html("{}", room_type.description)]
    if room_type.sunset:
        parts.append(
            format_html('<span class="status" data-status="attention">{}</span>', room_type.sunset)
        )
    if room_type.is_demo_value:
        parts.append(
            format_html(
                '<span class="ds-tag" data-color="warning" data-size="sm">{}</span>',
                _("Demo value"),
            )
        )
    return ChoiceCard(format_html_join(" ", "{}", ((part,) for part in parts)), price)
