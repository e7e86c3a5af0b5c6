"""The changes themselves: all the sealed rooms, or none."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms import pins, terms
from rooms.actions import NotPossible
from rooms.actions.editing import lock_many, store_many, tell_platforms
from rooms.actions.orders import require_orderable
from rooms.actions.own import give_to_owners, holders_of
from rooms.actions.owner_mail import tell_owners
from rooms.actions.products import move_room, write_moves
from rooms.actions.termination import end_room, write_endings
from rooms.bulk.effects import prices_on
from rooms.bulk.plans import unseal
from rooms.choices import BulkAction, Provisioning
from rooms.models import Room, RoomProduct
from tenants import audit
from tenants.access import require
from tenants.models import AuditEntry, Organisation, User

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


def _lock(organisation: Organisation, seal: str, *, by: User) -> list[Room]:
    """Return the sealed rooms, locked. Raises ``StaleSelection`` and ``AlreadyDone``."""
    require(by, "manage_rooms", organisation)
    versions = unseal(seal, organisation)
    rooms = lock_many(organisation, versions)
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
) -> tuple[list[Room], dict[int, dict[str, Any]]]:
    """Store the same values in all the sealed rooms; return those that had others, and which."""
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
    tell_platforms(told)
    _note_done(organisation, seal, action, len(changing), by=by)
    return changing, before


@transaction.atomic
def set_cost_centre(
    organisation: Organisation, seal: str, *, by: User, cost_centre: str
) -> list[Room]:
    """Return the rooms that got the cost centre; those that had it are left as they are."""
    values = {"cost_centre": cost_centre}
    changed, _before = _set(organisation, seal, BulkAction.COST_CENTRE, values, by=by)
    return changed


@transaction.atomic
def change_owners(
    organisation: Organisation, seal: str, *, by: User, owner_name: str, owner_email: str
) -> list[Room]:
    """Return the rooms that got the owner; the right to edit them follows the address.

    Who had them, and who gets them, is told by mail.
    """
    changed, before = _set(
        organisation,
        seal,
        BulkAction.OWNER,
        {"owner_name": owner_name, "owner_email": owner_email},
        by=by,
        tell_platform_of="owner_email",
    )
    give_to_owners(changed, holders_of(changed))
    tell_owners([(room, before[room.pk]["owner_email"]) for room in changed], by=by)
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
    prices = prices_on(today)
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
