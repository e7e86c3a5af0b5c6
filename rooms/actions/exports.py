"""What leaves the portal in files, written in the log."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from rooms.actions.settings import note_pins_shown
from rooms.models import Room
from rooms.querysets import RoomQuerySet
from tenants import audit
from tenants.access import require
from tenants.models import Organisation, User


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


def note_rooms_exported(
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
