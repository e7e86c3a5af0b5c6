"""What an import would do, as its page, its task and its command read it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.functional import cached_property

from rooms import terms
from rooms.imports.faults import Fault
from rooms.imports.rows import Draft, Table
from rooms.models import Room, RoomProduct

if TYPE_CHECKING:
    from tenants.models import Organisation


@dataclass(frozen=True)
class TypeOption:
    """A room type that a group may get, with its price a month in plain HD."""

    code: str
    name: str
    price: Decimal | None


@dataclass(frozen=True)
class TypeGroup:
    """New rooms whose type the file does not say: the same capacity and theme, one type."""

    key: str
    label: str
    rooms: int
    chosen: str
    options: tuple[TypeOption, ...]


@dataclass(frozen=True)
class PriceLine:
    """New rooms of one product and what they cost a month, in kroner without VAT."""

    product: RoomProduct
    rooms: int
    price: Decimal
    amount: Decimal


@dataclass
class Plan:
    """What an import would do. With ``faults`` it does nothing."""

    organisation: Organisation
    today: date
    # Orders are not dated back beyond this: the binding would be shortened with them.
    earliest_order: date
    table: Table
    encoding: str = ""
    file_domain: str = ""
    groups: list[TypeGroup] = field(default_factory=list)

    @property
    def drafts(self) -> list[Draft]:
        return self.table.drafts

    @cached_property
    def faults(self) -> list[Fault]:
        """Everything wrong, by row and then by column."""
        order = {name: place for place, name in enumerate(self.table.columns)}
        found = [fault for draft in self.drafts for fault in draft.faults]
        return sorted(found, key=lambda fault: (fault.row, order.get(fault.column, -1)))

    @cached_property
    def warnings(self) -> list[Fault]:
        return [warning for draft in self.drafts for warning in draft.warnings]

    @cached_property
    def by_outcome(self) -> Mapping[str, list[Draft]]:
        found: dict[str, list[Draft]] = {
            name: [] for name in ("fault", "new", "changed", "same", "alias")
        }
        for draft in self.drafts:
            found[draft.outcome].append(draft)
        return found

    @property
    def new(self) -> list[Draft]:
        return self.by_outcome["new"]

    @property
    def changed(self) -> list[Draft]:
        return self.by_outcome["changed"]

    @property
    def types_matter(self) -> bool:
        """Whether another room type could mend some of the faults."""
        return any(draft.type_says_no and draft.group for draft in self.by_outcome["fault"])

    @property
    def does_nothing(self) -> bool:
        return not self.faults and not self.new and not self.changed

    @cached_property
    def lines(self) -> list[PriceLine]:
        """What the new rooms cost a month, by product in the catalogue's order."""
        counted: Counter[int] = Counter()
        products: dict[int, Any] = {}
        for draft in self.new:
            product = room_of(draft).product
            counted[product.pk] += 1
            products[product.pk] = product
        lines = [
            PriceLine(products[pk], rooms, products[pk].price or Decimal(0), Decimal(0))
            for pk, rooms in counted.items()
        ]
        lines = [
            PriceLine(line.product, line.rooms, line.price, line.price * line.rooms)
            for line in lines
        ]
        return sorted(lines, key=lambda line: (line.product.room_type.position, line.product.pk))

    @property
    def monthly(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @cached_property
    def bound_until(self) -> tuple[date, date]:
        """The first and the last day on which a new room's binding ends; the same for most."""
        days = [room_of(draft).bound_until for draft in self.new] or [terms.bound_until(self.today)]
        return min(days), max(days)

    def without_rooms(self) -> Plan:
        """Return the plan with everything counted and its rooms let go: for a page, not a write.

        Rooms are most of its weight, and a page shows two words of each.
        """
        _counted = self.faults, self.warnings, self.by_outcome, self.lines, self.bound_until
        for draft in self.drafts:
            if draft.room is not None:
                draft.room_number, draft.product_name = draft.room.number, draft.room.product.name
                draft.room = None
        return self

    def digest(self) -> str:
        """Return a mark that changes with what the reader agrees to: rooms, prices, changes."""
        facts = [
            [(line.product.pk, line.rooms, str(line.price)) for line in self.lines],
            [(draft.row, sorted(draft.changes)) for draft in self.changed],
            str(self.bound_until),
        ]
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def room_of(draft: Draft) -> Room:
    if draft.room is None:
        raise ValueError(f"row {draft.row} has no room")
    return draft.room
