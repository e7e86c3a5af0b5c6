"""Commands to a running conference. Contract: docs/pexip.md, Management API.

Names are not enough to know a conference by: a name is free again when its room is closed, and
another customer's room may have it next. So each is known by its tag as well, which is the
room's alone, and so is each participant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rooms.platforms.events.legs import NOT_YET
from rooms.platforms.models import VideoPlatform
from rooms.platforms.pexip.adapter import client_of
from rooms.platforms.pexip.client import ROOT, ManagementClient, Missing, Refused
from rooms.platforms.port import PlatformBusy, PlatformDown, PlatformRefused, PlatformUnavailable


class NotRunning(Exception):
    """Nobody is in the room, so there is nothing to command."""


class MayBeDone(Exception):
    """The platform was given the command, and what became of it is not known."""


@dataclass(frozen=True)
class Conference:
    """Which conference is meant: the tag of its room, and the names that it may run under.

    One that began before its room was given another name runs on under the old one.
    """

    tag: str
    names: tuple[str, ...]


def command_conference(platform: VideoPlatform, conference: Conference, command: str) -> None:
    """Give a command to the running conference.

    ``command`` is ``lock``, ``unlock``, ``mute_guests``, ``unmute_guests`` or ``disconnect``.
    Raises :class:`NotRunning`, :class:`MayBeDone`, and the port's errors when nothing was done.
    """
    client = client_of(platform)
    running = [found for name in conference.names if (found := _named(client, name, conference))]
    done = 0
    for found in running:
        try:
            _give(client, "conference", command, conference_id=found["id"])
            done += 1
        except Missing:
            continue  # over meanwhile
        except (PlatformRefused, PlatformUnavailable) as error:
            if done:
                raise MayBeDone from error
            raise
    if not done:
        raise NotRunning


def disconnect(platform: VideoPlatform, tag: str, leg_uuids: Iterable[str]) -> int:
    """End these calls where they are in the room with the tag; return how many were to end.

    Raises :class:`MayBeDone`, and the port's errors when nothing was done.
    """
    client = client_of(platform)
    ended = 0
    for uuid in leg_uuids:
        try:
            if _is_in(client, tag, uuid):
                _give(client, "participant", "disconnect", participant_id=uuid)
                ended += 1
        except (Missing, Refused):
            continue  # hung up meanwhile
        except PlatformUnavailable as error:
            if ended:
                raise MayBeDone from error
            raise
    return ended


def _named(client: ManagementClient, name: str, wanted: Conference) -> dict[str, Any] | None:
    found = client.first("status", "conference", name=name)
    # Compared here too: a platform that overlooked the filter would hand out anybody's.
    if found is None or (found.get("name"), found.get("tag")) != (name, wanted.tag):
        return None
    return found if isinstance(found.get("id"), str) else None


def _is_in(client: ManagementClient, tag: str, uuid: str) -> bool:
    """Return whether the call is in the room now: the platform may have moved it to another.

    Whoever is asked for a PIN is in no conference yet, and carries no tag.
    """
    try:
        found = client.read(f"{ROOT}/status/v1/participant/{uuid}/")
    except ValueError:
        return False
    told = found.get("service_tag")
    is_here = told == tag or (not told and str(found.get("service_type")) in NOT_YET)
    return found.get("id") == uuid and is_here


def _give(client: ManagementClient, scope: str, command: str, **values: str) -> None:
    try:
        client.command(scope, command, **values)
    except (PlatformBusy, PlatformDown):
        raise
    except PlatformUnavailable as error:
        raise MayBeDone from error
