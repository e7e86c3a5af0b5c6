"""Who is in a room now, folded from call legs: one line a person, without names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rooms.models import Room
from rooms.platforms.events.legs import NOT_YET
from rooms.platforms.models import CallLeg, VideoPlatform

ROLES: dict[str, Any] = {"chair": _("Host"), "guest": _("Guest")}
PROTOCOLS: dict[str, Any] = {
    "webrtc": _("Browser or app"),
    "sip": _("SIP"),
    "h323": _("H.323"),
    "mssip": _("Skype for Business"),
    "teams": _("Teams"),
    "rtmp": _("Streaming"),
    "gms": _("Google Meet"),
}


@dataclass(frozen=True)
class Person:
    """One participant: the first of their legs stands for all of them."""

    key: str
    role: Any
    is_host: bool
    protocol: Any
    since: datetime | None
    is_waiting: bool
    is_muted: bool
    is_presenting: bool
    leg_uuids: tuple[str, ...]


@dataclass(frozen=True)
class Meeting:
    """What goes on in a room, as the platform last told it."""

    room: Room
    people: list[Person]
    is_locked: bool
    guests_muted: bool
    can_control: bool

    @property
    def inside(self) -> list[Person]:
        """Those who are in the room."""
        return [person for person in self.people if not person.is_waiting]

    @property
    def waiting(self) -> list[Person]:
        """Those who are asked for a PIN or wait for the host."""
        return [person for person in self.people if person.is_waiting]

    @property
    def since(self) -> datetime | None:
        """When the first of those who are here came."""
        return min((person.since for person in self.people if person.since), default=None)


def people_of(legs: Iterable[CallLeg]) -> list[Person]:
    """Return one person for each conversation, hosts first, then by arrival.

    A browser has a leg for signalling beside the one with picture, and another while it
    presents; they share the conversation.
    """
    mine = sorted(legs, key=lambda leg: (leg.conversation or leg.uuid, leg.pk))
    people = [
        _person([*group]) for _key, group in groupby(mine, lambda leg: leg.conversation or leg.uuid)
    ]
    return sorted(people, key=lambda one: (one.is_waiting, not one.is_host, one.since or _LAST))


_LAST = datetime.max.replace(tzinfo=UTC)


def _person(legs: list[CallLeg]) -> Person:
    shown = [leg for leg in legs if leg.protocol != "API" and leg.has_media] or legs
    role = "chair" if any(leg.role == "chair" for leg in legs) else shown[0].role
    protocol = shown[0].protocol
    return Person(
        key=legs[0].conversation or legs[0].uuid,
        role=ROLES.get(role, pgettext_lazy("participant", "Not known yet")),
        is_host=role == "chair",
        protocol=PROTOCOLS.get(protocol.lower(), protocol),
        since=min((leg.connected_at for leg in legs if leg.connected_at), default=None),
        is_waiting=all(leg.service_type in NOT_YET for leg in legs),
        is_muted=any(leg.is_muted for leg in shown),
        is_presenting=any(leg.is_presenting for leg in legs),
        leg_uuids=tuple(leg.uuid for leg in legs),
    )


def can_control(room: Room) -> bool:
    """Return whether the room's platform takes commands from the portal."""
    platform = room.platform
    return (
        platform.kind == VideoPlatform.Kind.PEXIP
        and bool(platform.management_url)
        and not room.is_closed
    )


def meeting_in(room: Room) -> Meeting:
    """Return what goes on in the room now, in one query."""
    legs = list(
        CallLeg.objects.in_organisation(room.organisation_id).in_room(room).ongoing().with_state()
    )
    return Meeting(
        room=room,
        people=people_of(legs),
        is_locked=any(leg.is_locked for leg in legs),
        guests_muted=any(leg.guests_muted for leg in legs),
        can_control=can_control(room),
    )
