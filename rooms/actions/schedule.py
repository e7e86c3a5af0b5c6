"""What comes due by date: rooms to close and agreed downgrades."""

from __future__ import annotations

from datetime import date

import structlog
from django.db import transaction

from rooms.actions.editing import store
from rooms.actions.products import charge_from, take_product
from rooms.actions.termination import close
from rooms.models import Room
from tenants import audit

log = structlog.get_logger(__name__)


@transaction.atomic
def _apply_due_change(room_id: int, today: date) -> bool:
    rooms = Room.objects.unscoped(reason="the schedule serves every tenant")
    mine = rooms.select_for_update(no_key=True, skip_locked=True).only("pk")
    if mine.filter(pk=room_id, closed_at__isnull=True).first() is None:
        return False
    # Read after the lock, for the reason given in editing.lock().
    room = rooms.select_related(
        "product__room_type", "next_product__room_type", "organisation"
    ).get(pk=room_id)
    if room.closes_on is not None and room.closes_on <= today:
        store(room, close([room], today), tell_platform=True)
        audit.record("rooms.room.closed", by=None, organisation=room.organisation, target=room)
        return True
    if (
        room.next_product is None
        or room.next_product_from is None
        or room.next_product_from > today
    ):
        return False
    starts_on, product = room.next_product_from, room.next_product
    before, fields = take_product(room, product)
    charge_from([room], starts_on)
    store(room, fields, tell_platform=True)
    audit.record(
        "rooms.product.downgraded",
        by=None,
        organisation=room.organisation,
        target=room,
        before=before,
        after=audit.snapshot(room, before),
    )
    return True


def apply_due_changes(today: date) -> int:
    """Close the rooms and change the products whose day has come; return how many.

    Each room is its own transaction: one that fails is logged and does not stop the rest.
    """
    rooms = Room.objects.unscoped(reason="the schedule serves every tenant")
    due = set(rooms.due_to_close(today).values_list("pk", flat=True))
    due |= set(rooms.due_to_change(today).values_list("pk", flat=True))
    applied = 0
    for room_id in sorted(due):
        try:
            with Room.objects.in_scope_of(room_id):
                applied += _apply_due_change(room_id, today)
        except Exception:
            log.exception("due_room_change_failed", room_id=room_id)
    return applied
