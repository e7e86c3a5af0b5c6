"""The platform's history as what fills the gaps that its events left."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from rooms import tasks
from rooms.models import PlatformContact
from rooms.platforms.events import inbox, reading
from rooms.platforms.events.legs import NotUnderstood
from rooms.platforms.events.past import ended_leg
from rooms.platforms.events.reading import Read
from rooms.platforms.models import CallLeg, LiveConference, VideoPlatform
from rooms.platforms.pexip import client as module
from rooms.platforms.port import PlatformDown
from tests.cast import Cast
from tests.pexip import Pexip
from tests.rooms.platforms.conftest import Ask
from tests.rooms.platforms.test_events import call, deliver, stored
from tests.rooms.platforms.test_legs import event
from tests.rooms.platforms.test_outbox_to_pexip import connect
from videoportal.kit.logins import connected_as

REASON = "the test looks at every tenant's legs"
START = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)


def test_history_is_not_folded_while_events_are(cast: Cast, platform: VideoPlatform) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local lock_timeout = '100ms'")
    with connected_as("owner") as another:
        another.execute("select pg_advisory_xact_lock(hashtextextended('rooms.drain_events', 0))")
        with pytest.raises(OperationalError):
            inbox.add_past(platform.pk, [], [])
    assert inbox.add_past(platform.pk, [], []) == 0


@pytest.fixture
def pexip_platform(platform: VideoPlatform, pexip: Pexip) -> VideoPlatform:
    slug = platform.slug
    found = connect(pexip)
    # The events come to the address with this name.
    VideoPlatform.objects.update(slug=slug)
    found.slug = slug
    return found


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat()


def ended(body: dict[str, Any]) -> dict[str, Any]:
    """Return what the history says of the call that a participant_disconnected event ended."""
    data = body["data"]
    start = datetime.fromtimestamp(data["connect_time"], tz=UTC)
    end = datetime.fromtimestamp(data["end_time"], tz=UTC)
    return {
        "id": data["uuid"],
        "call_uuid": data["uuid"],
        "conversation_id": data["conversation_id"],
        "conference": "/api/admin/history/v1/conference/1/",
        "conference_name": data["conference"],
        "service_tag": data["service_tag"],
        "service_type": data["service_type"],
        "role": data["role"],
        "protocol": data["protocol"],
        "call_direction": "in",
        "local_alias": "",
        "remote_alias": "sip:kari@klinikk.example.no",
        "display_name": "Kari",
        "start_time": written(start),
        "end_time": written(end),
        "duration": int(data["duration"]),
        "disconnect_reason": data["disconnect_reason"],
        "has_media": True,
        "is_streaming": False,
        "media_node": "10.0.4.11",
    }


def load(pexip: Pexip, *rows: dict[str, Any], **more: Any) -> None:
    pexip.control("POST", "load", {"history_participant": list(rows), **more})


def since(days: int = 3650) -> datetime:
    return timezone.now() - timedelta(days=days)


def test_clock_that_is_ahead_does_not_end_the_reading(
    cast: Cast, pexip_platform: VideoPlatform, pexip: Pexip
) -> None:
    ahead = ended(call(cast, 1)[-1])
    ahead["end_time"] = written(timezone.now() + timedelta(days=3000))
    load(pexip, ahead, ended(call(cast, 2)[-1]))
    reading.read_history(pexip_platform, since=since())
    mark = PlatformContact.objects.get().history_read_to
    assert mark is not None
    assert mark <= timezone.now()


def test_call_that_no_event_told_of_is_found_and_tied_to_its_room(
    cast: Cast, pexip_platform: VideoPlatform, pexip: Pexip
) -> None:
    load(pexip, ended(call(cast, 1)[-1]), ended(call(cast, 2, foreign=True)[-1]))
    for gained in (2, 0):
        read = reading.read_history(pexip_platform, since=since())
        assert read == Read(calls=2, gained=gained)
        (leg,) = CallLeg.objects.in_organisation(cast.organisation)
        assert (leg.uuid, leg.room_id, leg.role, leg.seconds) == (
            "leg-1", cast.room.pk, "chair", 60,
        )  # fmt: skip
        assert leg.reason == "Call disconnected"
        kept = " ".join(map(str, vars(leg).values()))
        assert "Kari" not in kept
        assert "kari@" not in kept


def test_lost_end_is_filled_in_and_complete_calls_stay_as_the_events_told(
    cast: Cast, pexip_platform: VideoPlatform, pexip: Pexip, tell: Ask
) -> None:
    calls = [call(cast, number) for number in range(6)]
    for bodies in calls:
        deliver(tell, bodies)
    inbox.drain()
    clean = stored()
    CallLeg.objects.unscoped(reason=REASON).delete()

    # Nothing lost, the end lost, all but the beginning lost, everything lost, all but the end.
    kept = [calls[0], calls[1][:2], calls[2][:1], [], calls[4][2:], calls[5]]
    for bodies in kept:
        deliver(tell, bodies)
    inbox.drain()
    load(pexip, *(ended(bodies[-1]) for bodies in calls))
    assert reading.read_history(pexip_platform, since=since()) == Read(calls=6, gained=3)
    assert stored() == clean

    # What was lost comes after all, twice.
    for bodies in calls * 2:
        deliver(tell, bodies)
    inbox.drain()
    assert stored() == clean
    reading.read_history(pexip_platform, since=since())
    assert stored() == clean


def test_reading_begins_where_the_last_one_ended_and_looks_back_a_little(
    cast: Cast, pexip_platform: VideoPlatform, pexip: Pexip, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now().replace(microsecond=0)
    rows = []
    for number, minutes in enumerate((3 * 24 * 60, 120, 60, 5)):
        body = ended(call(cast, number)[-1])
        moment = now - timedelta(minutes=minutes)
        rows.append(body | {"start_time": written(moment), "end_time": written(moment)})
    load(pexip, *rows[:3])
    monkeypatch.setattr(module, "PAGE", 1)
    assert reading.read_history(pexip_platform) == Read(calls=2, gained=2)
    contact = PlatformContact.objects.get(platform=pexip_platform)
    assert contact.history_read_to == now - timedelta(minutes=60)

    load(pexip, rows[3])
    pexip.control("DELETE", "requests")
    assert tasks.read_histories() == 1
    assert tasks.read_histories() == 0
    asked = dict(pexip.requests()[-1]["query"])
    assert asked["order_by"] == "end_time"
    contact.refresh_from_db()
    assert contact.history_read_to == now - timedelta(minutes=5)
    # More than a day back once a day: a node that was away hands in its records late.
    late = rows[1] | {"id": "late", "end_time": written(now - timedelta(hours=20))}
    load(pexip, late)
    assert tasks.read_histories() == 0
    assert tasks.read_histories_of_the_day() == 1


def test_conference_whose_end_was_lost_is_ended_unless_it_runs(
    cast: Cast, pexip_platform: VideoPlatform, pexip: Pexip, tell: Ask
) -> None:
    names = [f"{room.name} ({room.number})" for room in (cast.room, cast.own_room)]
    for name in names:
        started = event("conference_started", START.timestamp(), name=name)
        assert tell(json.dumps(started)).status_code == 200
    inbox.drain()
    end = written(START + timedelta(hours=1))
    pexip.control(
        "POST", "load", {"history_conference": [{"name": name, "end_time": end} for name in names]}
    )
    running = {"meta": {"next": None}, "objects": [{"name": names[1]}]}
    pexip.fault("answer", status=200, body=running, path="/status/v1/conference/")
    reading.read_history(pexip_platform, since=since())
    rows = LiveConference.objects.unscoped(reason=REASON)
    assert dict(rows.values_list("name", "is_running")) == {names[0]: False, names[1]: True}


def test_silent_platform_keeps_what_was_read_and_leaves_the_mark(
    cast: Cast, pexip_platform: VideoPlatform, pexip: Pexip
) -> None:
    load(pexip, ended(call(cast, 1)[-1]))
    pexip.fault("answer", status=503, path="/history/v1/participant/")
    with pytest.raises(PlatformDown):
        reading.read_history(pexip_platform, since=since())
    assert PlatformContact.objects.get(platform=pexip_platform).history_read_to is None
    assert tasks.read_histories() == 0


def test_platform_without_a_management_api_or_at_rest_is_not_asked(
    cast: Cast, pexip_platform: VideoPlatform, pexip: Pexip
) -> None:
    PlatformContact.objects.update_or_create(
        platform=pexip_platform, defaults={"resting_until": timezone.now() + timedelta(minutes=5)}
    )
    assert tasks.read_histories() == 0
    PlatformContact.objects.update(resting_until=None)
    VideoPlatform.objects.update(management_url="")
    assert tasks.read_histories() == 0
    assert pexip.requests() == []


def test_entries_that_make_no_sense_are_counted_and_stop_nothing(
    cast: Cast, pexip_platform: VideoPlatform, pexip: Pexip
) -> None:
    good = ended(call(cast, 1)[-1])
    load(pexip, good, good | {"id": "", "end_time": written(START)})
    assert reading.read_history(pexip_platform, since=since()) == Read(calls=1, gained=1, odd=1)


@pytest.mark.parametrize("moment", ["2026-03-02T08:47:31", "2026-03-02T08:47:31.000000"])
def test_times_are_read_with_and_without_a_fraction(moment: str) -> None:
    leg = ended_leg({"id": "a", "end_time": moment})
    assert leg.ended_at == datetime(2026, 3, 2, 8, 47, 31, tzinfo=UTC)
    assert (leg.connected_at, leg.seconds) == (None, None)


@pytest.mark.parametrize("row", [{}, {"id": "a"}, {"id": "a", "end_time": "soon"}, {"id": 7}])
def test_entry_without_an_id_or_an_end_is_not_understood(row: dict[str, Any]) -> None:
    with pytest.raises(NotUnderstood):
        ended_leg(row)


def test_outgoing_call_was_dialled_to_the_other_end() -> None:
    row = {"id": "a", "end_time": "2026-03-02T08:47:31", "call_direction": "out"}
    row |= {"local_alias": "48120@video.example.no", "remote_alias": "sip:rom3@klinikk.example.no"}
    assert ended_leg(row).dialled == "rom3@klinikk.example.no"
    assert ended_leg(row | {"call_direction": "in"}).dialled == "48120@video.example.no"


def test_command_reads_from_a_day_on_but_nothing_that_is_too_old_to_keep(
    cast: Cast, pexip_platform: VideoPlatform, pexip: Pexip
) -> None:
    old, recent = ended(call(cast, 1)[-1]), ended(call(cast, 2)[-1])
    load(pexip, old, recent | {"end_time": written(timezone.now() - timedelta(days=3))})
    out = StringIO()
    call_command("read_history", pexip_platform.slug, "--since=2020-01-01", stdout=out)
    assert out.getvalue().startswith("1 calls read, 1 of them new or newly ended")
    pexip.fault("answer", status=401)
    with pytest.raises(CommandError, match="401"):
        call_command("read_history", pexip_platform.slug)
