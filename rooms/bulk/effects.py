"""What a change to many rooms means in dates and kroner, before the button."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from rooms import terms
from rooms.models import Room, RoomProduct


@dataclass(frozen=True)
class Dated:
    """How many rooms something happens to on a day."""

    day: date
    rooms: int


def _by_day(days: Iterable[date]) -> list[Dated]:
    return [Dated(day, rooms) for day, rooms in sorted(Counter(days).items())]


@dataclass(frozen=True)
class ProductEffect:
    """A change of type: ``at_once`` rooms now with the price from ``price_from``, others later.

    ``withdrawn`` rooms keep the type that they have and lose an agreed downgrade. Amounts are
    kroner a month without VAT, over all the rooms, when every change has taken effect.
    """

    at_once: int
    price_from: date
    later: list[Dated]
    withdrawn: int
    monthly_before: Decimal
    monthly_after: Decimal


def product_effect(rooms: list[Room], product: RoomProduct, *, today: date) -> ProductEffect:
    """Return what the change of type does to these rooms. One query."""
    prices = prices_on(today)
    wanted = prices.get(product.pk, Decimal(0))
    withdrawn = [room for room in rooms if room.product_id == product.pk]
    moving = [room for room in rooms if room.product_id != product.pk]
    down = [room for room in moving if wanted < prices.get(room.product_id, 0)]
    return ProductEffect(
        at_once=len(moving) - len(down),
        price_from=terms.upgrade_price_from(today),
        later=_by_day(
            terms.downgrade_from(asked_on=today, bound_until=room.bound_until) for room in down
        ),
        withdrawn=len(withdrawn),
        monthly_before=sum((prices.get(room.product_id, Decimal(0)) for room in rooms), Decimal(0)),
        monthly_after=wanted * len(rooms),
    )


@dataclass(frozen=True)
class TerminationEffect:
    """Until when the rooms are paid for, and what they cost a month until then."""

    paid_until: list[Dated]
    monthly: Decimal

    @property
    def first(self) -> date:
        return self.paid_until[0].day

    @property
    def last(self) -> date:
        return self.paid_until[-1].day


def termination_effect(rooms: list[Room], *, today: date) -> TerminationEffect:
    """Return what terminating these rooms today means. One query; needs at least one room."""
    prices = prices_on(today)
    return TerminationEffect(
        paid_until=_by_day(
            terms.charged_until(terminated_on=today, bound_until=room.bound_until) for room in rooms
        ),
        monthly=sum((prices.get(room.product_id, Decimal(0)) for room in rooms), Decimal(0)),
    )


def prices_on(today: date) -> dict[int, Decimal]:
    return {
        product.pk: product.price or Decimal(0) for product in RoomProduct.objects.priced_on(today)
    }
