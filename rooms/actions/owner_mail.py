"""Telling people that rooms came to their address, or left it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rooms.models import Room
from tenants.mail import post_mail
from tenants.models import User


def tell_owners(moved: Iterable[tuple[Room, str]], *, by: User) -> None:
    """Mail each address that got rooms or lost them, once, naming all of them.

    ``moved`` holds rooms as they are now, each with the address that it was registered on
    before. Whoever gets a room does not hear who had it, as in the history of an own room.
    """
    lost: dict[tuple[str, str], list[Room]] = defaultdict(list)
    received: dict[str, list[Room]] = defaultdict(list)
    for room, before in moved:
        after = room.owner_email
        if before.lower() == after.lower():
            continue
        if before:
            lost[before.lower(), _owner(room)].append(room)
        if after:
            received[after.lower()].append(room)
    for (address, successor), rooms in lost.items():
        _post("rooms_handed_over", address, rooms, by=by, successor=successor)
    for address, rooms in received.items():
        _post("rooms_received", address, rooms, by=by)


def _owner(room: Room) -> str:
    named = room.owner_name and room.owner_email
    return f"{room.owner_name} ({room.owner_email})" if named else room.owner_email


def _post(template: str, address: str, rooms: list[Room], *, by: User, **context: str) -> None:
    post_mail(
        template,
        to=address,
        context={
            **context,
            "organisation": rooms[0].organisation.name,
            "by": str(by),
            "rooms": [f"{room.name} ({room.number})" for room in rooms],
        },
    )
