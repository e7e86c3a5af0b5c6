"""Calls that were: which days and hours people meet, how many they are, and how long it takes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from rooms.platforms.policy.answers import room_name, room_tag

OSLO = ZoneInfo("Europe/Oslo")
UUID_PREFIX = "demo-"

# From seven in the morning; a dip at eleven when people eat.
_FIRST_HOUR = 7
_HOURS = (2, 9, 14, 13, 8, 12, 14, 11, 6, 3, 2, 2, 2, 1)
_WEEKDAYS = (1.0, 1.08, 1.05, 1.0, 0.78, 0.05, 0.04)
_QUIET_DAYS = {(1, 1), (5, 1), (5, 17), (12, 24), (12, 25), (12, 26), (12, 31)}
_JULY = 0.4
_PROTOCOLS = ("WebRTC",) * 72 + ("SIP",) * 19 + ("H323",) * 4 + ("TEAMS",) * 4 + ("MSSIP",)
_VENDORS = {
    "WebRTC": "Pexip Infinity Connect/2.0.0-0 (Windows 11) Chrome/142.0",
    "SIP": "TANDBERG/529 (ce11.9)",
    "H323": "Polycom RealPresence Group 500",
    "TEAMS": "Microsoft Teams",
    "MSSIP": "UCCAPI/16.0",
}
_LEFT = "Call disconnected"
_NODES = ("10.0.4.11", "10.0.4.12")


@dataclass(frozen=True, slots=True)
class CalledRoom:
    """A room that calls go to, and the days on which it could be called."""

    pk: int
    organisation_pk: int
    public_id: Any
    number: str
    name: str
    capacity: int
    is_lecture: bool
    since: date
    until: date | None

    def is_open_on(self, day: date) -> bool:
        return self.since < day and (self.until is None or day < self.until)


def busyness(day: date) -> float:
    """Return how much is called on a day, beside an ordinary Monday."""
    if (day.month, day.day) in _QUIET_DAYS:
        return 0.05
    return _WEEKDAYS[day.weekday()] * (_JULY if day.month == 7 else 1.0)


def meetings(
    random: Random, rooms: Sequence[CalledRoom], *, today: date, days: int, count: int
) -> Iterator[tuple[CalledRoom, datetime]]:
    """Give about ``count`` meetings of the days before today: room and beginning, day by day.

    A few rooms are used much, most a little and some never.
    """
    weights = list(itertools.accumulate(_demand(random) for _room in rooms))
    calendar = [today - timedelta(days=back) for back in range(days, 0, -1)]
    # Use grows: a year ago it was a fifth less.
    shares = [busyness(day) * (0.8 + 0.2 * index / days) for index, day in enumerate(calendar)]
    whole = sum(shares)
    for day, share in zip(calendar, shares, strict=True):
        begun = round(count * share / whole)
        chosen = random.choices(rooms, cum_weights=weights, k=begun)
        hours = random.choices(range(len(_HOURS)), _HOURS, k=begun)
        for room, hour in zip(chosen, hours, strict=True):
            if room.is_open_on(day):
                minute = random.choice((0, 0, 0, 15, 30, 30, 45))
                at = datetime.combine(day, time(_FIRST_HOUR + hour, minute), OSLO)
                yield room, at + timedelta(seconds=random.randint(-180, 420))


def _demand(random: Random) -> float:
    return 0.0 if random.random() < 0.15 else min(random.paretovariate(1.1), 60.0)


def legs(
    random: Random, room: CalledRoom, begins: datetime, *, with_shadows: bool
) -> Iterator[dict[str, Any]]:
    """Give the legs of one meeting, as columns of a call leg by name.

    One in sixteen is somebody who finds nobody. A browser has a shadow leg beside the one
    that counts, when asked for.
    """
    if random.random() < 0.06:
        yield from _leg(random, room, begins, random.randint(8, 55), "chair", with_shadows)
        return
    seconds = int(min(random.lognormvariate(7.45, 0.5), 4 * 3600))
    for index in range(_people(random, room)):
        late = random.randint(0, min(300, seconds // 4)) if index else 0
        early = random.randint(0, 40) if random.random() < 0.9 else random.randint(0, seconds // 3)
        yield from _leg(
            random, room, begins + timedelta(seconds=late), max(seconds - late - early, 20),
            "guest" if index else "chair", with_shadows,
        )  # fmt: skip


def _people(random: Random, room: CalledRoom) -> int:
    if room.is_lecture:
        return random.randint(8, 30)
    # Half of all meetings are two people.
    return min(2 + int(random.expovariate(0.7)), max(room.capacity, 2))


def _leg(
    random: Random, room: CalledRoom, at: datetime, seconds: int, role: str, with_shadows: bool
) -> Iterator[dict[str, Any]]:
    uuid = _uuid(random)
    protocol = random.choice(_PROTOCOLS)
    ended_at = at + timedelta(seconds=seconds)
    leg: dict[str, Any] = {
        "uuid": uuid,
        "organisation_id": room.organisation_pk,
        "room_id": room.pk,
        "conversation": uuid,
        "related": [],
        "conference": room_name(room.name, room.number),
        "tag": room_tag(room.organisation_pk, room.public_id),
        "service_type": "lecture" if room.is_lecture else "conference",
        "role": role,
        "protocol": protocol,
        "direction": "in",
        "vendor": _VENDORS[protocol],
        "dialled": room.number,
        "node": random.choice(_NODES),
        "location": "Oslo",
        "connected_at": at,
        "ended_at": ended_at,
        "seconds": seconds,
        "reason": _LEFT,
        "changed_at": ended_at,
    }
    if with_shadows and protocol == "WebRTC":
        shadow = _uuid(random)
        leg["related"] = [shadow]
        yield leg | {"uuid": shadow, "related": [uuid], "protocol": "API", "has_media": False}
    yield leg


def _uuid(random: Random) -> str:
    return f"{UUID_PREFIX}{random.getrandbits(128):032x}"
