"""Call legs out of a platform's history: what its events should have told. Pure: no database.

Only calls that have ended are there. A leg from here is one more saying about the same leg, as
events are, and is folded with them: it fills what they left open and doubles nothing.

Source: docs/pexip.md, History.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from rooms.platforms.events.legs import (
    MOST_SECONDS,
    Conference,
    Leg,
    NotUnderstood,
    conference_name,
    moment,
    seconds_between,
    text,
)
from rooms.platforms.policy.addresses import plain_address

# An event of the end says the same with more detail, so it must count as the later saying
# whatever the two clocks say; all earlier events count as earlier.
BEFORE_THE_EVENT = dt.timedelta(seconds=1)


def written_moment(value: Any) -> dt.datetime | None:
    """Return the time that ``2026-03-02T08:15:00.123456`` tells: UTC, a fraction or none."""
    if not isinstance(value, str):
        return None
    try:
        written = dt.datetime.fromisoformat(value)
        if written.tzinfo is None:
            written = written.replace(tzinfo=dt.UTC)
        # Whatever is nonsense in an event is nonsense here.
        return written.astimezone(dt.UTC) if moment(written.timestamp()) else None
    except (ValueError, OverflowError):
        return None


def ended_leg(row: dict[str, Any]) -> Leg:
    """Return what a participant of the history says of its leg.

    Raises :class:`NotUnderstood` for one without an id or an end.
    """
    uuid = text(row.get("id"), 64)
    ended_at = written_moment(row.get("end_time"))
    if not uuid:
        raise NotUnderstood("a participant of the history without an id")
    if ended_at is None:
        raise NotUnderstood("a participant of the history without an end")
    connected_at = written_moment(row.get("start_time"))
    direction = text(row.get("call_direction"), 4)
    dialled = row.get("remote_alias" if direction == "out" else "local_alias")
    conference = conference_name(row.get("conference_name"))
    tag = text(row.get("service_tag"), 250)
    return Leg(
        uuid=uuid,
        changed_at=ended_at - BEFORE_THE_EVENT,
        placed_at=ended_at - BEFORE_THE_EVENT if conference or tag else None,
        conversation=text(row.get("conversation_id"), 64),
        conference=conference,
        tag=tag,
        service_type=text(row.get("service_type"), 30),
        role=text(row.get("role"), 10),
        protocol=text(row.get("protocol"), 12),
        direction=direction,
        vendor=text(row.get("vendor"), 120),
        dialled=plain_address(text(dialled, 250))[:250],
        node=text(row.get("media_node"), 60),
        location=text(row.get("system_location"), 80),
        has_media=row.get("has_media") is not False,
        is_streaming=row.get("is_streaming") is True,
        connected_at=connected_at,
        ended_at=ended_at,
        seconds=_seconds(row.get("duration"), connected_at, ended_at),
        reason=text(row.get("disconnect_reason"), 250),
    )


def _seconds(duration: Any, connected_at: dt.datetime | None, ended_at: dt.datetime) -> int | None:
    # Out of the times where both are there: the history cuts the part of a second that the
    # event rounds.
    if connected_at is not None:
        return seconds_between(connected_at, ended_at)
    if isinstance(duration, int) and not isinstance(duration, bool) and duration >= 0:
        return min(duration, MOST_SECONDS)
    return None


def ended_conference(row: dict[str, Any]) -> Conference:
    """Return what the history says of a conference that has ended; raises ``NotUnderstood``."""
    name = conference_name(row.get("name"))
    ended_at = written_moment(row.get("end_time"))
    if not name or ended_at is None:
        raise NotUnderstood("a conference of the history without a name or an end")
    return Conference(
        changed_at=ended_at,
        seq=0,
        name=name,
        tag=text(row.get("tag"), 250),
        is_running=False,
        is_locked=False,
        guests_muted=False,
    )
