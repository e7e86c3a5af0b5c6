"""Who may change a room, and how every change is locked, stored and told to the platform."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.choices import Provisioning
from rooms.models import Room, RoomUserGrant
from rooms.platforms.outbox.models import OutboxEntry
from rooms.platforms.outbox.queueing import Thing, in_bulk, queue
from tenants.access import require
from tenants.models import Organisation, User

OWN_ROOM_PERMISSION = "rooms.edit_own_room"


# What the holder of an own room may change; the rest is the administrator's.
OWN_ROOM_FIELDS = frozenset(
    {
        "name",
        "host_pin",
        "guest_pin",
        "guests_allowed",
        "layout",
        "theme",
        "chat",
        "guests_may_present",
        "show_names",
        "autolock",
    }
)

ADMINISTRATOR_FIELDS = OWN_ROOM_FIELDS | {
    "description",
    "owner_name",
    "owner_email",
    "department",
    "cost_centre",
    "reference",
    "participant_limit",
}


# Fields that the platform never hears of.
PORTAL_ONLY_FIELDS = frozenset({"department", "cost_centre", "reference", "owner_name"})


class StaleEdit(Exception):
    """Somebody else changed the room after the form was opened. ``room`` is how it is now."""

    def __init__(self, room: Room) -> None:
        super().__init__("the room was changed by somebody else")
        self.room = room


class NotPossible(Exception):
    """The room's state or terms forbid the change; ``str()`` is the sentence for the reader."""


def may_edit(user: User, room: Room) -> bool:
    """Return whether the person may change the room, as administrator or as its holder."""
    return user.access.can("manage_rooms", room.organisation_id) or is_own(user, room)


def is_own(user: User, room: Room) -> bool:
    """Return whether the room is registered on one of the person's verified addresses."""
    return room.pk in user.access.object_ids(RoomUserGrant)


def require_edit(by: User, room: Room, fields: Iterable[str]) -> None:
    """Raise ``Forbidden`` unless ``by`` may change these fields of the room."""
    if is_own(by, room) and OWN_ROOM_FIELDS.issuperset(fields):
        return
    require(by, "manage_rooms", room.organisation_id)


def lock(room: Room) -> Room:
    """Return the room as it is stored now, locked until the transaction ends."""
    rooms = Room.objects.in_organisation(room.organisation_id)
    # Locked alone and read after: a joined row would be lost if the wait was for a change
    # of product, because PostgreSQL checks the join again with the product from before it.
    rooms.select_for_update(no_key=True).only("pk").get(pk=room.pk)
    return rooms.select_related("product__room_type", "organisation").get(pk=room.pk)


def lock_many(organisation: Organisation, ids: Iterable[int]) -> list[Room]:
    """Return these rooms of the organisation as they are stored now, locked, oldest first.

    Locked alone and read after, for the reason given in :func:`lock`.
    """
    rooms = Room.objects.in_organisation(organisation).filter(pk__in=list(ids)).order_by("pk")
    list(rooms.select_for_update(no_key=True).values_list("pk"))
    return list(
        rooms.select_related("product__room_type", "next_product__room_type", "organisation")
    )


def lock_open(room: Room, *, version: int | None = None) -> Room:
    """Return the room locked; raise :class:`NotPossible` when closed.

    With ``version`` a change made since raises :class:`StaleEdit`.
    """
    locked = lock(room)
    if locked.is_closed:
        raise NotPossible(_("The room is closed and cannot be changed."))
    if version is not None and locked.version != version:
        raise StaleEdit(locked)
    return locked


def tell_platforms(rooms: Iterable[Room], *, adopts: Mapping[UUID, str] | None = None) -> None:
    """Queue the rooms for their platforms, in this transaction; they are sent after its commit.

    ``adopts`` maps rooms, by public id, to what they take over on the platform.
    """
    send_after_commit(
        [
            Thing(OutboxEntry.Kind.ROOM, room.public_id, room.platform_id, room.organisation_id)
            for room in rooms
        ],
        adopts=adopts,
    )


def send_after_commit(
    things: Collection[Thing], *, adopts: Mapping[UUID, str] | None = None
) -> None:
    """Put things into the outbox, in this transaction, and send them after its commit."""
    from rooms.tasks import queue_drains  # noqa: PLC0415 - tasks import the actions

    if things:
        queue(things, adopts=adopts)
        platform_ids = sorted({thing.platform_id for thing in things})
        transaction.on_commit(partial(queue_drains, platform_ids, soon=not in_bulk(things)))


# What a room that the platform has not heard of carries.
_UNTOLD = {
    "provisioning": Provisioning.PENDING,
    "provisioning_error": "",
    "provisioning_attempts": 0,
}


def store(room: Room, fields: Iterable[str], *, tell_platform: bool) -> None:
    """Save the fields under a new version; ``tell_platform`` also sends the room there."""
    changed = {*fields, "version", "changed_at"}
    room.version += 1
    room.changed_at = timezone.now()
    if tell_platform:
        for name, value in _UNTOLD.items():
            setattr(room, name, value)
        changed |= _UNTOLD.keys()
    room.save(update_fields=changed)
    if tell_platform:
        tell_platforms([room])


def store_many(rooms: list[Room], fields: Iterable[str], *, told: list[Room]) -> None:
    """Save the same fields of many locked rooms at once; ``told`` ones are sent to the platform.

    Fields in which all the rooms agree go in one statement: a bulk update writes a case for
    every room and field, which is seconds for a thousand.
    """
    if not rooms:
        return
    now = timezone.now()
    rows = Room.objects.in_organisations({room.organisation_id for room in rooms})
    values = {name: {getattr(room, name) for room in rooms} for name in fields}
    equal: dict[str, Any] = {name: found.pop() for name, found in values.items() if len(found) == 1}
    for room in rooms:
        room.version += 1
        room.changed_at = now
    rows.filter(pk__in=[room.pk for room in rooms]).update(
        **equal, version=F("version") + 1, changed_at=now
    )
    if differing := [name for name, found in values.items() if found]:
        rows.bulk_update(rooms, differing, batch_size=250)
    mark_untold(told)
    tell_platforms(told)


def mark_untold(rooms: list[Room]) -> None:
    """Store on locked rooms that the platform has not heard of them as they are."""
    for room in rooms:
        for name, value in _UNTOLD.items():
            setattr(room, name, value)
    if rooms:
        rows = Room.objects.in_organisations({room.organisation_id for room in rooms})
        rows.filter(pk__in=[room.pk for room in rooms]).update(**_UNTOLD)
