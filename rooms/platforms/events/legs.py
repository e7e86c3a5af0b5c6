"""Events made into call legs. Pure: no database.

A leg is what all events about it say together, whatever their order and however often each
came: of two values the later event's stands, a connect time is the earliest that was told,
and an end is an end. A call that is moved under its uuid is in the room that was named last.
Folding the same events twice, shuffled or in parts gives the same leg, so nothing has to be
remembered of what was delivered before.

Source: docs/pexip.md, Event sinks.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from rooms.platforms.policy.addresses import plain_address
from rooms.platforms.texts import storable

CONNECTED = "participant_connected"
UPDATED = "participant_updated"
DISCONNECTED = "participant_disconnected"
PARTICIPANT = frozenset({CONNECTED, UPDATED, DISCONNECTED})
# Told for other purposes; nothing of them is kept in a leg.
OTHER_KNOWN = frozenset(
    {
        "eventsink_started", "eventsink_updated", "eventsink_stopped", "eventsink_ended",
        "participant_media_stream_window", "participant_media_streams_destroyed",
    }
)  # fmt: skip
CONFERENCE = frozenset({"conference_started", "conference_updated", "conference_ended"})
BULK = "eventsink_bulk"
# At the end alone: a room that is called so would pass for another, whose name goes before it.
_BREAKOUT = re.compile(r"_breakout_[0-9A-Za-z-]*$")
# How far a clock may be ahead of what it tells of.
AHEAD = dt.timedelta(days=1)
MOST_SECONDS = 2**31 - 1
MOST_RELATED = 50
# Before a participant is in a room: connecting, asked for a PIN, or waiting for the host.
NOT_YET = frozenset({"connecting", "ivr", "waiting_room"})
_YEAR_2200 = 7_258_118_400


class NotUnderstood(ValueError):
    """The event cannot be read; ``str()`` says why, without quoting it."""


@dataclass(frozen=True)
class Envelope:
    """One event as it came: which node told it, its number there, when, and its data."""

    event: str
    node: str
    seq: int
    at: dt.datetime
    data: dict[str, Any]


@dataclass(frozen=True)
class Leg:
    """One participant's call as far as it is known. Names and addresses are not kept.

    Times are aware, in UTC; ``seconds`` is whole seconds between connect and end.
    ``changed_at`` is the time of the latest event and decides which of two values stands.
    ``placed_at`` is the time of the latest event that named a room: conference and tag are both
    from it, so that no call is in one room by its name and in another by its tag.
    """

    uuid: str
    changed_at: dt.datetime
    seq: int = 0
    conversation: str = ""
    conference: str = ""
    tag: str = ""
    placed_at: dt.datetime | None = None
    service_type: str = ""
    role: str = ""
    protocol: str = ""
    direction: str = ""
    vendor: str = ""
    dialled: str = ""
    node: str = ""
    location: str = ""
    has_media: bool = True
    is_streaming: bool = False
    is_presenting: bool = False
    is_muted: bool = False
    connected_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    seconds: int | None = None
    reason: str = ""
    related: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, order=True)
class Conference:
    """What the latest event said of a running conference; the greatest one stands."""

    changed_at: dt.datetime
    seq: int
    name: str
    tag: str
    is_running: bool
    is_locked: bool
    guests_muted: bool


def conference_of(envelope: Envelope) -> Conference | None:
    """Return what a conference event says; None for other events.

    A conference that runs on several nodes is told of by each under one name.
    Raises :class:`NotUnderstood` for one that names no conference.
    """
    if envelope.event not in CONFERENCE:
        return None
    data = envelope.data
    name = conference_name(data.get("name"))
    if not name:
        raise NotUnderstood("a conference without a name")
    running = envelope.event != "conference_ended"
    return Conference(
        changed_at=envelope.at,
        seq=envelope.seq,
        name=name,
        tag=text(data.get("tag"), 250),
        is_running=running,
        is_locked=running and data.get("is_locked") is True,
        guests_muted=running and data.get("guests_muted") is True,
    )


def conference_name(value: Any) -> str:
    """Return the conference's name; a breakout room goes by the name of its room."""
    return _BREAKOUT.sub("", text(value, 300))[:250]


def envelopes(body: Any) -> Iterator[Envelope | NotUnderstood]:
    """Give each event of a delivery, single or bulk; what cannot be read comes as its fault."""
    if isinstance(body, dict) and body.get("event") == BULK:
        inner = body.get("data")
        if not isinstance(inner, list):
            yield NotUnderstood("a bulk delivery without a list")
            return
        yield from map(_read, inner)
        return
    yield _read(body)


def _read(body: Any) -> Envelope | NotUnderstood:
    try:
        return _envelope(body)
    except NotUnderstood as fault:
        return fault


def _envelope(body: Any) -> Envelope:
    if not isinstance(body, dict):
        raise NotUnderstood("an event that is no object")
    event, data = text(body.get("event"), 81), body.get("data", {})
    if not event or len(event) > 80:
        raise NotUnderstood("an event without a name")
    if event == BULK:
        raise NotUnderstood("a bulk delivery within another")
    at = moment(body.get("time"))
    if at is None:
        raise NotUnderstood("an event without a time")
    if not isinstance(data, dict):
        raise NotUnderstood("an event whose data is no object")
    seq = body.get("seq", 0)
    if type(seq) is not int or not 0 <= seq < 2**63:
        seq = 0
    return Envelope(event, text(body.get("node"), 60), seq, at, data)


def moment(value: Any) -> dt.datetime | None:
    """Return the time that a Unix number tells, in UTC; None for null and for nonsense.

    What lies outside 1970 to 2200 is nonsense: sums with it could leave the calendar.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return dt.datetime.fromtimestamp(value, tz=dt.UTC) if 0 <= value < _YEAR_2200 else None


def text(value: Any, longest: int) -> str:
    """Return the value as text that a column takes; empty for anything else.

    Cut, without NUL and without halves of characters, which JSON may hold and a database not.
    """
    if not isinstance(value, str):
        return ""
    return storable(value)[:longest]


def leg_of(envelope: Envelope) -> Leg | None:
    """Return what a participant event says of its leg; None for other events.

    Raises :class:`NotUnderstood` for one that names no participant.
    """
    if envelope.event not in PARTICIPANT:
        return None
    data = envelope.data
    uuid = text(data.get("uuid"), 64)
    if not uuid:
        raise NotUnderstood("a participant without a uuid")
    latest = envelope.at + AHEAD
    connected_at = _until(latest, moment(data.get("connect_time")))
    ended_at = seconds = None
    if envelope.event == DISCONNECTED:
        ended_at = _until(latest, moment(data.get("end_time"))) or envelope.at
        seconds = _seconds(data.get("duration"), connected_at, ended_at)
        if connected_at is None and seconds is not None:
            connected_at = ended_at - dt.timedelta(seconds=seconds)
    related = data.get("related_uuids")
    conference, tag = conference_name(data.get("conference")), text(data.get("service_tag"), 250)
    return Leg(
        uuid=uuid,
        changed_at=envelope.at,
        seq=envelope.seq,
        conversation=text(data.get("conversation_id"), 64),
        conference=conference,
        tag=tag,
        placed_at=envelope.at if conference or tag else None,
        service_type=text(data.get("service_type"), 30),
        role=text(data.get("role"), 10),
        protocol=text(data.get("protocol"), 12),
        direction=text(data.get("call_direction"), 4),
        vendor=text(data.get("vendor"), 120),
        # In lower case some letters become two.
        dialled=plain_address(text(data.get("destination_alias"), 250))[:250],
        node=text(data.get("media_node"), 60) or envelope.node,
        location=text(data.get("system_location"), 80),
        has_media=data.get("has_media") is not False,
        is_streaming=data.get("is_streaming") is True,
        is_presenting=data.get("is_presenting") is True,
        is_muted=data.get("is_muted") is True,
        connected_at=connected_at,
        ended_at=ended_at,
        seconds=seconds,
        reason=text(data.get("disconnect_reason"), 250),
        related=frozenset(
            text(other, 64) for other in related[:MOST_RELATED] if isinstance(other, str)
        )
        if isinstance(related, list)
        else frozenset(),
    )


def _until(latest: dt.datetime, told: dt.datetime | None) -> dt.datetime | None:
    return told if told is None or told <= latest else None


def _seconds(duration: Any, connected_at: dt.datetime | None, ended_at: dt.datetime) -> int | None:
    if (
        isinstance(duration, int | float)
        and not isinstance(duration, bool)
        # Not by math.isfinite: it fails with whole numbers beyond its measure.
        and 0 <= duration < math.inf
    ):
        return round(min(duration, MOST_SECONDS))
    return None if connected_at is None else seconds_between(connected_at, ended_at)


def seconds_between(connected_at: dt.datetime, ended_at: dt.datetime) -> int:
    """Return whole seconds, never below none, and as many as the column holds."""
    return min(max(0, round((ended_at - connected_at).total_seconds())), MOST_SECONDS)


# Told once and then the same, or not at all. Of two values the greater stands: which of them
# is the later one cannot be known from sayings that are folded already.
_STEADY = ("conversation", "dialled", "vendor", "location", "reason", "direction")


def merged(one: Leg, other: Leg) -> Leg:
    """Return what two sayings about the same leg say together; the order does not matter."""
    newer = max(one, other, key=_age)
    placed = max(one, other, key=_place)
    ended_at, seconds = max(_end(one), _end(other))
    return replace(
        newer,
        conference=placed.conference,
        tag=placed.tag,
        placed_at=placed.placed_at,
        **{name: max(getattr(one, name), getattr(other, name)) for name in _STEADY},
        connected_at=min(
            (at for at in (one.connected_at, other.connected_at) if at is not None), default=None
        ),
        ended_at=None if ended_at == _NEVER else ended_at,
        seconds=None if seconds < 0 else seconds,
        related=one.related | other.related,
    )


_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


def _end(leg: Leg) -> tuple[dt.datetime, int]:
    return leg.ended_at or _NEVER, -1 if leg.seconds is None else leg.seconds


def _place(leg: Leg) -> tuple[dt.datetime, str, str]:
    return leg.placed_at or _NEVER, leg.tag, leg.conference


def _age(leg: Leg) -> tuple[Any, ...]:
    # Only what the latest event itself said, in full: equal times settle one way in any order.
    return (
        leg.changed_at, leg.seq, leg.service_type, leg.role, leg.protocol, leg.node,
        leg.is_muted, leg.is_presenting, leg.is_streaming, leg.has_media,
    )  # fmt: skip


def folded(legs: Iterable[Leg]) -> dict[str, Leg]:
    """Return one leg for each uuid."""
    found: dict[str, Leg] = {}
    for leg in legs:
        known = found.get(leg.uuid)
        found[leg.uuid] = leg if known is None else merged(known, leg)
    return found
