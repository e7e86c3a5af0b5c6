"""Changes to many rooms at once: first the effect, then all of them or none.

A page shows a :class:`Plan`; confirming it sends back the plan's seal, which holds the rooms
and the versions that were shown. What was not shown is not changed, and a room that somebody
has changed meanwhile stops the whole.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms import pins, terms
from rooms.actions import NotPossible, note_pins_shown
from rooms.actions.editing import push_after_commit, store_many
from rooms.actions.orders import require_orderable
from rooms.actions.own import give_to_owners, holders_of
from rooms.actions.products import move_room, write_moves
from rooms.actions.termination import end_room, write_endings
from rooms.choices import BulkAction, Provisioning
from rooms.models import Room, RoomProduct
from rooms.querysets import RoomQuerySet
from tenants import audit
from tenants.access import require
from tenants.models import AuditEntry, Organisation, User

MAX_ROOMS = 1000
DONE = "rooms.bulk.done"


class StaleSelection(Exception):
    """Somebody has changed some of the rooms since the page was shown; nothing is done."""

    def __init__(self, rooms: list[Room]) -> None:
        super().__init__("rooms were changed by somebody else")
        self.rooms = rooms


class AlreadyDone(Exception):
    """The same page was confirmed twice; the first time did the work."""


class Refused(NotPossible):
    """One room cannot be changed so, and therefore none is; ``str()`` names it and says why."""


@dataclass(frozen=True)
class LeftOut:
    """Rooms that the action does not touch, and the reason."""

    reason: str
    rooms: list[Room]


@dataclass(frozen=True)
class Plan:
    """What an action would do: to which rooms, and which it leaves out."""

    organisation: Organisation
    rooms: list[Room]
    left_out: list[LeftOut]

    def seal(self) -> str:
        """Return the rooms and versions as a signed text for the confirming form."""
        shown = [(room.pk, room.version) for room in self.rooms]
        return signing.dumps(shown, salt=_salt(self.organisation), compress=True)


def _salt(organisation: Organisation) -> str:
    return f"rooms.bulk.{organisation.pk}"


def unseal(seal: str, organisation: Organisation) -> dict[int, int]:
    """Return versions by room id. Raises ``BadSignature`` for a seal that is not ours."""
    return dict(signing.loads(seal, salt=_salt(organisation)))


def plan(
    rooms: Iterable[Room],
    action: BulkAction,
    *,
    organisation: Organisation,
    product: RoomProduct | None = None,
) -> Plan:
    """Return which of the rooms the action would change, and which not and why."""
    taken: list[Room] = []
    left: dict[str, list[Room]] = {}
    for room in rooms:
        reason = _reason_against(room, action, product)
        if reason:
            left.setdefault(reason, []).append(room)
        else:
            taken.append(room)
    return Plan(organisation, taken, [LeftOut(*item) for item in left.items()])


def _reason_against(room: Room, action: BulkAction, product: RoomProduct | None) -> str:
    if room.is_closed:
        return _("Closed rooms cannot be changed")
    if action == BulkAction.PINS and not (room.host_pin or room.guest_pin):
        return _("Rooms without a PIN code get none")
    if action == BulkAction.TERMINATE and room.is_terminated:
        return _("These are terminated already")
    if action == BulkAction.PRODUCT:
        if room.is_terminated:
            return _("Terminated rooms keep their type")
        if product and room.product_id == product.pk and room.next_product_id is None:
            return _("These are of that type already")
    return ""


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
    prices = _prices(today)
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
    prices = _prices(today)
    return TerminationEffect(
        paid_until=_by_day(
            terms.charged_until(terminated_on=today, bound_until=room.bound_until) for room in rooms
        ),
        monthly=sum((prices.get(room.product_id, Decimal(0)) for room in rooms), Decimal(0)),
    )


def _prices(today: date) -> dict[int, Decimal]:
    return {
        product.pk: product.price or Decimal(0) for product in RoomProduct.objects.priced_on(today)
    }


def _lock(organisation: Organisation, seal: str, *, by: User) -> list[Room]:
    """Return the sealed rooms, locked. Raises ``StaleSelection`` and ``AlreadyDone``."""
    require(by, "manage_rooms", organisation)
    versions = unseal(seal, organisation)
    chosen = Room.objects.in_organisation(organisation).filter(pk__in=versions).order_by("pk")
    # Locked alone and read after, for the reason given in actions.editing.lock().
    list(chosen.select_for_update(no_key=True).values_list("pk"))
    rooms = list(
        chosen.select_related("product__room_type", "next_product__room_type", "organisation")
    )
    changed = [room for room in rooms if room.version != versions[room.pk]]
    if changed:
        done = AuditEntry.objects.in_organisation(organisation).filter(
            action=DONE, after__seal=_digest(seal)
        )
        if done.exists():
            raise AlreadyDone
        raise StaleSelection(changed)
    return rooms


def _digest(seal: str) -> str:
    return hashlib.sha256(seal.encode()).hexdigest()[:32]


def _note_done(
    organisation: Organisation, seal: str, action: BulkAction, rooms: int, *, by: User
) -> None:
    # Beside each room's own entry: it is also how a second submit is known.
    audit.record(
        DONE,
        by=by,
        organisation=organisation,
        after={"task": action.value, "rooms": rooms, "seal": _digest(seal)},
    )


def _changed_fields(room: Room, values: dict[str, str]) -> set[str]:
    return {name for name, value in values.items() if getattr(room, name) != value}


def _set(
    organisation: Organisation,
    seal: str,
    action: BulkAction,
    values: dict[str, str],
    *,
    by: User,
    tell_platform_of: str = "",
) -> list[Room]:
    """Store the same values in all the sealed rooms; return those that had others."""
    for name, value in values.items():
        field: Any = Room._meta.get_field(name)
        field.clean(value, None)
    rooms = [room for room in _lock(organisation, seal, by=by) if not room.is_closed]
    changing = [room for room in rooms if _changed_fields(room, values)]
    told = [
        room
        for room in changing
        if tell_platform_of and getattr(room, tell_platform_of) != values[tell_platform_of]
    ]
    before = {room.pk: audit.snapshot(room, values) for room in changing}
    stored = Room.objects.in_organisation(organisation)
    stored.filter(pk__in=[room.pk for room in changing]).update(
        **values, version=F("version") + 1, changed_at=timezone.now()
    )
    stored.filter(pk__in=[room.pk for room in told]).update(
        provisioning=Provisioning.PENDING, provisioning_error="", provisioning_attempts=0
    )
    for room in changing:
        for name, value in values.items():
            setattr(room, name, value)
    audit.record_many(
        {
            "action": "rooms.room.changed",
            "by": by,
            "organisation": organisation,
            "target": room,
            "before": before[room.pk],
            "after": values,
        }
        for room in changing
    )
    push_after_commit(told)
    _note_done(organisation, seal, action, len(changing), by=by)
    return changing


@transaction.atomic
def set_cost_centre(
    organisation: Organisation, seal: str, *, by: User, cost_centre: str
) -> list[Room]:
    """Return the rooms that got the cost centre; those that had it are left as they are."""
    return _set(organisation, seal, BulkAction.COST_CENTRE, {"cost_centre": cost_centre}, by=by)


@transaction.atomic
def change_owners(
    organisation: Organisation, seal: str, *, by: User, owner_name: str, owner_email: str
) -> list[Room]:
    """Return the rooms that got the owner; the right to edit them follows the address."""
    changed = _set(
        organisation,
        seal,
        BulkAction.OWNER,
        {"owner_name": owner_name, "owner_email": owner_email},
        by=by,
        tell_platform_of="owner_email",
    )
    give_to_owners(changed, holders_of(changed))
    return changed


@transaction.atomic
def renew_pins(organisation: Organisation, seal: str, *, by: User) -> list[Room]:
    """Return the rooms with a new random PIN for each PIN that they have."""
    rooms = _lock(organisation, seal, by=by)
    entries = []
    for room in rooms:
        before = audit.snapshot(room, ("host_pin", "guest_pin"))
        if room.host_pin:
            room.host_pin = pins.generate(room_number=room.number)
        if room.guest_pin:
            room.guest_pin = pins.generate(room_number=room.number, unlike=str(room.host_pin))
        entries.append(
            {
                "action": "rooms.pin.renewed",
                "by": by,
                "organisation": organisation,
                "target": room,
                "before": before,
                "after": audit.snapshot(room, ("host_pin", "guest_pin")),
            }
        )
    store_many(rooms, ("host_pin", "guest_pin"), told=rooms)
    audit.record_many(entries)
    _note_done(organisation, seal, BulkAction.PINS, len(rooms), by=by)
    return rooms


@transaction.atomic
def change_products(
    organisation: Organisation, seal: str, product: RoomProduct, *, by: User, today: date
) -> list[Room]:
    """Return the rooms upgraded, or with their downgrade agreed. Raises :class:`Refused`."""
    rooms = _lock(organisation, seal, by=by)
    if any(room.product_id != product.pk for room in rooms):
        require_orderable(product, today=today)
    prices = _prices(today)
    wanted = prices.get(product.pk, Decimal(0))
    moves = []
    for room in rooms:
        upgrade = wanted >= prices.get(room.product_id, Decimal(0))
        try:
            moves.append(move_room(room, product, upgrade=upgrade, today=today))
        except (NotPossible, ValidationError) as error:
            raise _refused(room, error) from error
    write_moves(moves, by=by)
    _note_done(organisation, seal, BulkAction.PRODUCT, len(rooms), by=by)
    return rooms


@transaction.atomic
def terminate_rooms(
    organisation: Organisation, seal: str, *, by: User, closes_on: date | None, today: date
) -> list[Room]:
    """Return the rooms terminated; without ``closes_on`` each closes on its last paid day."""
    rooms = _lock(organisation, seal, by=by)
    endings = []
    for room in rooms:
        paid_until = terms.charged_until(terminated_on=today, bound_until=room.bound_until)
        try:
            endings.append(end_room(room, closes_on=closes_on or paid_until, today=today))
        except NotPossible as error:
            raise _refused(room, error) from error
    write_endings(endings, by=by, today=today)
    _note_done(organisation, seal, BulkAction.TERMINATE, len(rooms), by=by)
    return rooms


def _refused(room: Room, error: Exception) -> Refused:
    reason = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
    return Refused(
        _("%(name)s (%(number)s): %(reason)s")
        % {"name": room.name, "number": room.number, "reason": reason}
    )


@transaction.atomic
def take_pin_list(
    organisation: Organisation, room_ids: Iterable[int], *, by: User, where: str
) -> list[Room]:
    """Return the rooms with their PINs, and log for each that its PINs left the portal."""
    require(by, "manage_rooms", organisation)
    rooms = list(
        Room.objects.in_organisation(organisation)
        .for_listing()
        .defer(None)
        .filter(pk__in=list(room_ids))
        .order_by("name_order", "pk")
    )
    note_pins_shown(rooms, by=by, where=where)
    return rooms


def note_exported(
    rooms: RoomQuerySet,
    organisation: Organisation,
    *,
    by: User,
    fmt: str,
    with_pins: bool,
    query: str,
) -> None:
    """Log that a file of these rooms leaves the portal. Raises ``Forbidden`` for PINs."""
    require(by, "manage_rooms" if with_pins else "view_rooms", organisation)
    audit.record(
        "rooms.pin.exported" if with_pins else "rooms.list.exported",
        by=by,
        organisation=organisation,
        after={
            "format": fmt,
            "rooms": rooms.order_by().count(),
            "filter": query[:500],
        },
    )
