"""A platform that is broken or taken over: whatever it tells, the queue goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from rooms.platforms.events import inbox
from rooms.platforms.models import CallLeg, LiveConference, OddEvent, SinkDelivery, VideoPlatform
from tests.cast import Cast
from tests.rooms.platforms.conftest import Ask
from tests.rooms.platforms.test_events import REASON, call, deliver, stored
from tests.rooms.platforms.test_legs import START, event

FIELDS = (
    "uuid", "call_id", "conversation_id", "related_uuids", "conference", "name", "tag",
    "service_type", "service_tag", "display_name", "destination_alias", "role", "protocol",
    "vendor", "call_direction", "connect_time", "end_time", "duration", "start_time", "has_media",
    "is_muted", "is_presenting", "is_streaming", "is_locked", "guests_muted", "media_node",
    "system_location", "disconnect_reason",
)  # fmt: skip
HEAD = ("event", "node", "seq", "version", "time", "data")
# As they stand in the body: Python's writer would not write some of them.
ODD = (
    "null", "true", "[]", "{}", "-1", "0", "1e999", "-1e999", "NaN", "1e300", "9" * 400,
    "253402300799", "-62135596800", "2147483648", "18446744073709551616", '""', '"\\u0000"',
    '"\\u0000a"', '"\\ud800"', '"a\\udfffb"', '"' + "İ" * 300 + '"', '"' + "x" * 5000 + '"',
    '["\\ud800", 1, null, {"a": []}]', "[" * 500 + "]" * 500, '{"a":' * 500 + "1" + "}" * 500,
)  # fmt: skip
EVENTS = (
    "participant_connected", "participant_disconnected", "conference_started", "something_new",
)  # fmt: skip


def with_odd(body: dict[str, Any], field: str, odd: str) -> bytes:
    """Return the body with that text as the field's value."""
    where = body if field in HEAD else body["data"]
    where[field] = "<odd>"
    return json.dumps(body).replace('"<odd>"', odd).encode()


@pytest.mark.parametrize("field", [*HEAD, *FIELDS])
def test_no_value_of_any_field_stops_the_queue(cast: Cast, tell: Ask, field: str) -> None:
    for name in EVENTS:
        for position, odd in enumerate(ODD):
            body = event(name, START, name=f"Rom {position}", connect_time=START, end_time=START)
            body["data"]["uuid"] = f"{name} {position}"
            assert tell(with_odd(body, field, odd)).status_code == 200
    inbox.drain()
    # None was parked either.
    assert not SinkDelivery.objects.exists()
    deliver(tell, call(cast, 1))
    inbox.drain()
    assert CallLeg.objects.in_organisation(cast.organisation).get(uuid="leg-1").seconds == 60


def test_an_event_of_the_future_does_not_stand_above_the_present(cast: Cast, tell: Ask) -> None:
    later = timezone.now().timestamp() + 3 * 24 * 3600
    room = cast.room
    name, tag = f"{room.name} ({room.number})", f"{room.organisation_id}:{room.public_id}"
    deliver(tell, [
        event("conference_started", later, name=name, tag=tag, is_locked=True),
        event("conference_started", START, name=name, tag=tag, is_locked=False),
        event("participant_disconnected", START, connect_time=START, end_time=later,
              service_tag=tag),
    ])  # fmt: skip
    inbox.drain()
    assert OddEvent.objects.get().reason == "an event of the future"
    assert LiveConference.objects.in_organisation(cast.organisation).get().is_locked is False
    assert stored()[0][6].timestamp() == START


def test_kinds_of_odd_events_are_bounded_and_still_counted(cast: Cast, tell: Ask) -> None:
    for _twice in range(2):
        bodies = [event(f"made_up_{number}", START) for number in range(150)]
        tell(json.dumps({"event": "eventsink_bulk", "data": bodies}))
        inbox.drain()
    assert OddEvent.objects.count() == inbox.MOST_ODD + 1
    assert sum(OddEvent.objects.values_list("times", flat=True)) == 300


def test_a_room_called_like_a_breakout_does_not_pass_for_anothers(cast: Cast, tell: Ask) -> None:
    """Names are the customers' own: one may hold the whole name of somebody else's room."""
    victim, mine = cast.foreign_room, cast.room
    whole = f"{victim.name} ({victim.number})"
    deliver(tell, [
        event("conference_started", START, name=whole, is_locked=True,
              tag=f"{victim.organisation_id}:{victim.public_id}"),
        event("conference_ended", START + 5, name=f"{whole}_breakout_x ({mine.number})",
              tag=f"{mine.organisation_id}:{mine.public_id}"),
    ])  # fmt: skip
    inbox.drain()
    rows = LiveConference.objects.unscoped(reason=REASON)
    assert set(rows.values_list("room_id", "is_running", "is_locked")) == {
        (victim.pk, True, True), (mine.pk, False, False),
    }  # fmt: skip


def test_a_platform_tells_of_its_own_rooms_alone(
    cast: Cast, tell: Ask, platform: VideoPlatform
) -> None:
    """Neither a forged tag nor a name or number ties a call to a room of another platform."""
    other = VideoPlatform.objects.get(pk=platform.pk)
    other.pk, other.slug, other.is_default = None, "another", False
    other.save()
    room = cast.foreign_room
    type(room).objects.unscoped(reason=REASON).filter(pk=room.pk).update(platform=other)
    tag = f"{room.organisation_id}:{room.public_id}"
    name = f"{room.name} ({room.number})"
    forged = f"{cast.organisation.pk}:{room.public_id}"
    bodies = [
        event("participant_connected", START, service_tag=tag),
        event("participant_connected", START, service_tag=forged),
        event("participant_connected", START, conference=name),
        event("participant_connected", START, destination_alias=room.number),
    ]  # fmt: skip
    for number, body in enumerate(bodies):
        body["data"]["uuid"] = str(number)
    deliver(tell, [*bodies, event("conference_started", START, name=name, tag=tag)])
    inbox.drain()
    assert [row[1:3] for row in stored()] == [(None, None)] * 4
    rows = LiveConference.objects.unscoped(reason=REASON)
    assert list(rows.values_list("room_id", "organisation_id")) == [(None, None)]


def test_a_call_out_to_a_number_is_not_a_call_into_the_room_with_it(cast: Cast, tell: Ask) -> None:
    number = cast.foreign_room.number
    deliver(tell, [
        event("participant_connected", START, call_direction="out",
              destination_alias=f"sip:{number}@elsewhere.example"),
    ])  # fmt: skip
    inbox.drain()
    assert stored()[0][1:3] == (None, None)
