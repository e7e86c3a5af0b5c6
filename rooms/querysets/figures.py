"""What is counted over rooms and subscriptions."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rooms.models import RoomProduct


@dataclass
class Facets:
    """What a list of rooms offers to filter by, and its summary.

    ``monthly_cost`` is kroner without VAT for the open rooms, by today's prices; ``products``
    is the whole catalogue by id, for the names that the rows show.
    """

    products: dict[int, RoomProduct] = field(default_factory=dict)

    room_types: dict[str, str] = field(default_factory=dict)
    cost_centres: list[str] = field(default_factory=list)
    lacks_cost_centre: bool = False
    rooms: int = 0
    open_rooms: int = 0
    monthly_cost: Decimal = Decimal(0)


@dataclass(frozen=True)
class RoomFigures:
    """Counts of one organisation's open rooms, and of those that ask for something.

    ``waiting``: the platform has not answered for :data:`PENDING_LONG`; ``agreed``: closes or
    becomes cheaper within :data:`SOON`; ``asked``: somebody asks to have it registered on them.
    """

    rooms: int = 0
    failed: int = 0
    waiting: int = 0
    no_cost_centre: int = 0
    agreed: int = 0
    asked: int = 0

    @property
    def to_do(self) -> int:
        """How many things the organisation should decide on or know of."""
        return self.failed + self.waiting + self.no_cost_centre + self.agreed + self.asked


@dataclass(frozen=True)
class MonthlyCost:
    """What a month costs in kroner without VAT, for how many rooms, how many of them closed."""

    rooms: int = 0
    closed: int = 0
    amount: Decimal = Decimal(0)
