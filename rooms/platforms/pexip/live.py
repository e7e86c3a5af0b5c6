"""Commands to a running conference. Contract: docs/pexip.md, Management API."""

from __future__ import annotations

from collections.abc import Iterable

from rooms.platforms.models import VideoPlatform
from rooms.platforms.pexip.adapter import client_of
from rooms.platforms.pexip.client import Missing, Refused


class NotRunning(Exception):
    """Nobody is in the room, so there is nothing to command."""


def command_conference(platform: VideoPlatform, name: str, command: str) -> None:
    """Give a command to the running conference with this name.

    ``command`` is ``lock``, ``unlock``, ``mute_guests``, ``unmute_guests`` or ``disconnect``.
    Raises :class:`NotRunning`, and the port's errors.
    """
    client = client_of(platform)
    running = client.first("status", "conference", name=name)
    if running is None or running.get("name") != name:
        raise NotRunning
    try:
        client.command("conference", command, conference_id=running["id"])
    except Missing as error:
        raise NotRunning from error


def disconnect(platform: VideoPlatform, leg_uuids: Iterable[str]) -> int:
    """End these calls and return how many were there to end."""
    client = client_of(platform)
    ended = 0
    for uuid in leg_uuids:
        try:
            client.command("participant", "disconnect", participant_id=uuid)
        except (Missing, Refused):
            continue  # hung up meanwhile
        ended += 1
    return ended
