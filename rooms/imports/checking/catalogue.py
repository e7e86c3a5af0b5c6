"""What can be ordered on the day, and which type suits a row that does not name one."""

from __future__ import annotations

from datetime import date
from typing import Any

from rooms.choices import Quality
from rooms.models import RoomProduct, RoomType
from rooms.platforms.models import VideoPlatform

# A room without a stated capacity is taken for one of this size.
USUAL_PARTICIPANTS = 10


class Catalogue:
    """Room types, products and the platform as they are on the day. Three queries at most."""

    def __init__(self, today: date, platform: VideoPlatform | None = None) -> None:
        self.platform = platform or VideoPlatform.objects.usual()
        self.products: dict[tuple[int, str], Any] = {
            (product.room_type_id, product.quality): product
            for product in RoomProduct.objects.priced_on(today)
        }
        # What has no price cannot be ordered.
        priced = {product.pk for product in self.products.values() if product.price is not None}
        orderable = RoomProduct.objects.open_on(today).values_list("pk", flat=True)
        self.open = priced.intersection(orderable)
        seen = {product.room_type_id: product.room_type for product in self.products.values()}
        self.types = sorted(seen.values(), key=lambda room_type: (room_type.position, room_type.pk))

    def product(self, room_type: RoomType, quality: str) -> Any:
        return self.products.get((room_type.pk, quality))

    def offered(self) -> list[RoomType]:
        """Types that can be ordered in plain HD today."""
        return [
            room_type
            for room_type in self.types
            if (product := self.product(room_type, Quality.HD)) and product.pk in self.open
        ]

    def fitting(self, limit: int | None, theme: str) -> list[RoomType]:
        """Return the types that hold so many and have the theme, the natural one first."""
        offered = self.offered()
        roomy = [t for t in offered if limit is None or t.max_participants >= limit]
        themed = [t for t in roomy if theme in t.themes] or roomy
        wanted = limit or (2 if theme else USUAL_PARTICIPANTS)

        def distance(room_type: RoomType) -> tuple[bool, bool, int, int]:
            return (
                room_type.themes[0] != theme,
                room_type.max_participants < wanted,
                room_type.max_participants,
                room_type.position,
            )

        return sorted(themed, key=distance)
