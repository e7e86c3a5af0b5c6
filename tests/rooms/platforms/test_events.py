"""Events from their arrival to call legs in the database."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from rooms.models import Room
from rooms.platforms.events import inbox
from rooms.platforms.events.views import LARGEST
from rooms.platforms.models import (
    CallLeg,
    LiveConference,
    OddEvent,
    SinkDelivery,
    VideoPlatform,
)
from tests.cast import Cast
from tests.rooms.platforms.conftest import Ask, basic
from tests.rooms.platforms.test_legs import START, event
from videoportal.kit.logins import connected_as

REASON = "the test looks at every tenant's legs"


def stored() -> list[tuple[Any, ...]]:
    return sorted(
        CallLeg.objects.unscoped(reason=REASON).values_list(
            "uuid", "room_id", "organisation_id", "role", "service_type", "connected_at",
            "ended_at", "seconds", "reason", "conversation",
        )
    )  # fmt: skip


def call(cast: Cast, number: int, *, foreign: bool = False) -> list[dict[str, Any]]:
    """Return the events of one call into a room, a minute long."""
    room = cast.foreign_room if foreign else cast.room
    start = START + number
    common = {
        "uuid": f"leg-{number}", "conversation_id": f"talk-{number}", "connect_time": start,
        "conference": f"{room.name} ({room.number})", "protocol": "SIP",
        "service_tag": f"{room.organisation_id}:{room.public_id}", "service_type": "conference",
    }  # fmt: skip
    bodies = [
        event("participant_connected", start, **{**common, "service_type": "ivr"}),
        event("participant_updated", start + 5, role="chair", **common),
        event(
            "participant_disconnected", start + 60, role="chair", end_time=start + 60,
            duration=60.0, disconnect_reason="Call disconnected", **common,
        ),
    ]  # fmt: skip
    for seq, one in enumerate(bodies):
        one["seq"] = seq + 1
    return bodies


def deliver(tell: Ask, bodies: list[dict[str, Any]]) -> None:
    for one in bodies:
        assert tell(json.dumps(one)).status_code == 200


def test_a_call_is_tied_to_its_room_and_its_organisation(cast: Cast, tell: Ask) -> None:
    deliver(tell, [*call(cast, 1), *call(cast, 2, foreign=True)])
    assert CallLeg.objects.unscoped(reason=REASON).count() == 0
    assert inbox.drain() == 6

    (leg,) = CallLeg.objects.in_organisation(cast.organisation)
    assert (leg.uuid, leg.room_id, leg.seconds, leg.role) == ("leg-1", cast.room.pk, 60, "chair")
    assert SinkDelivery.objects.count() == 0
    assert OddEvent.objects.count() == 0


def test_tripled_shuffled_and_split_deliveries_give_the_same_legs(cast: Cast, tell: Ask) -> None:
    bodies = [one for number in range(12) for one in call(cast, number)]
    deliver(tell, bodies)
    inbox.drain()
    clean = stored()
    assert len(clean) == 12
    CallLeg.objects.unscoped(reason=REASON).delete()

    again = bodies * 3
    random.Random(7).shuffle(again)
    for one in again[::2]:
        # Numbering starts again after a restart.
        assert tell(json.dumps({**one, "seq": one["seq"] % 2})).status_code == 200
    inbox.drain()
    bulk = {"event": "eventsink_bulk", "node": "127.0.0.1", "seq": 0, "time": START, "data": again}
    assert tell(json.dumps(bulk)).status_code == 200
    inbox.drain()

    assert stored() == clean


def test_without_a_tag_the_rooms_name_or_the_dialled_number_ties_the_leg(
    cast: Cast, tell: Ask
) -> None:
    by_name = event("participant_connected", START, conference=f"Et navn ({cast.room.number})")
    by_number = event(
        "participant_connected", START, destination_alias=f"sip:{cast.own_room.number}@x.example"
    )
    by_number["data"]["uuid"] = "other"
    nobody = event("participant_connected", START, conference="Ukjent", service_tag="x:y")
    nobody["data"]["uuid"] = "third"
    deliver(tell, [by_name, by_number, nobody])
    inbox.drain()
    assert {uuid: room for uuid, room, *_rest in stored()} == {
        "a0ed": cast.room.pk, "other": cast.own_room.pk, "third": None,
    }  # fmt: skip


def test_a_number_alone_ties_nobody_to_a_room_that_is_closed(cast: Cast, tell: Ask) -> None:
    """The number may be another customer's by now."""
    mine = Room.objects.in_organisation(cast.organisation).filter(pk=cast.room.pk)
    mine.update(closed_at=timezone.now())
    deliver(tell, [event("participant_connected", START, destination_alias=cast.room.number)])
    inbox.drain()
    assert [(room, organisation) for _uuid, room, organisation, *_rest in stored()] == [
        (None, None)
    ]


@pytest.mark.parametrize("back", [False, True])
def test_who_is_transferred_is_in_the_other_room_whatever_its_tag(
    cast: Cast, tell: Ask, *, back: bool
) -> None:
    """Both ways are tried: one of them has the lesser tag last."""
    rooms = [cast.room, cast.foreign_room]
    for second, room in enumerate(reversed(rooms) if back else rooms):
        moved = event(
            "participant_updated", START + second, conference=f"{room.name} ({room.number})",
            service_tag=f"{room.organisation_id}:{room.public_id}",
        )  # fmt: skip
        deliver(tell, [moved])
    inbox.drain()
    here, left = (cast.room, cast.foreign_room) if back else (cast.foreign_room, cast.room)
    (leg,) = CallLeg.objects.in_organisation(here.organisation_id)
    assert leg.room_id == here.pk
    assert not CallLeg.objects.in_organisation(left.organisation_id).exists()


def test_a_moved_call_leaves_the_first_room_in_any_order_and_any_batches(
    cast: Cast, tell: Ask
) -> None:
    """From a room of ours to another organisation's, and on to one that is nobody's here."""
    one, other = call(cast, 1)[1], call(cast, 2, foreign=True)[1]
    other["data"]["uuid"] = one["data"]["uuid"]
    other["time"] = one["time"] + 10
    away = event("participant_updated", one["time"] + 20, conference="Andres rom")
    away["data"] |= {
        "uuid": one["data"]["uuid"], "destination_alias": f"sip:{cast.room.number}@x.example",
    }  # fmt: skip
    places = [
        (cast.room.pk, cast.organisation.pk),
        (cast.foreign_room.pk, cast.foreign_room.organisation_id),
        (None, None),
    ]
    for upto in (2, 3):
        told = [one, other, away][:upto]
        for order in itertools.permutations(told):
            for each_alone in (True, False):
                for body in order:
                    deliver(tell, [body])
                    if each_alone:
                        inbox.drain()
                inbox.drain()
                assert [row[1:3] for row in stored()] == [places[upto - 1]]
                CallLeg.objects.unscoped(reason=REASON).delete()


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_words_about_a_conference_in_one_moment_the_later_number_stands(
    cast: Cast, tell: Ask, *, turned: bool
) -> None:
    name = f"{cast.room.name} ({cast.room.number})"
    told = [event("conference_updated", START, name=name, is_locked=True) for _seq in range(2)]
    told[0]["seq"], told[1]["seq"] = 7, 8
    told[1]["data"]["is_locked"] = False
    for one in reversed(told) if turned else told:
        deliver(tell, [one])
        inbox.drain()
    stored = LiveConference.objects.in_organisation(cast.organisation).get()
    assert (stored.is_locked, stored.seq, stored.room_id) == (False, 8, cast.room.pk)


def test_odd_events_are_kept_aside_and_the_rest_goes_on(cast: Cast, tell: Ask) -> None:
    odd: list[Any] = [{"event": "something_new", "time": START, "data": {}}, 7, [], {"event": "x"}]
    for body in odd * 2:
        assert tell(json.dumps(body)).status_code == 200
    deliver(tell, call(cast, 1))
    inbox.drain()
    assert len(stored()) == 1
    kept = OddEvent.objects.order_by("event", "reason").values_list("event", "reason", "times")
    assert list(kept) == [
        ("", "an event that is no object", 4),
        ("", "an event without a time", 2),
        ("something_new", "an unknown event", 2),
    ]


def test_while_another_worker_reads_nothing_is_read(cast: Cast, tell: Ask) -> None:
    """Two could fold two halves of one leg side by side."""
    deliver(tell, call(cast, 1))
    with connected_as("owner") as another:
        another.execute("select pg_advisory_xact_lock(hashtextextended('rooms.drain_events', 0))")
        assert inbox.drain() == 0
        assert SinkDelivery.objects.count() == 3
    assert inbox.drain() == 3


def test_an_outage_parks_nothing(cast: Cast, tell: Ask) -> None:
    """What cannot be stored for want of a database is no fault of the deliveries."""
    deliver(tell, call(cast, 1))
    with connection.cursor() as cursor:
        cursor.execute("set local lock_timeout = '100ms'")
    with connected_as("owner") as another:
        another.execute("lock table rooms_callleg in access exclusive mode")
        with pytest.raises(OperationalError):
            inbox.drain()
        assert SinkDelivery.objects.filter(parked_at=None).count() == 3
    assert OddEvent.objects.count() == 0
    assert inbox.drain() == 3


def test_only_what_is_not_json_is_refused(cast: Cast, tell: Ask) -> None:
    assert tell(b"{not json").status_code == 400
    assert tell(b"\xff\xfe").status_code == 400
    assert tell(b"[" * 100_000).status_code == 400
    assert SinkDelivery.objects.count() == 0
    assert tell(b'{"event": 1}').status_code == 200
    assert SinkDelivery.objects.count() == 1


def test_wrong_password_stores_nothing(cast: Cast, tell: Ask, platform: VideoPlatform) -> None:
    assert tell(b"{}", password="wrong").status_code == 401
    assert tell(b"{}", password=str(platform.policy_password)).status_code == 401
    bare = Client().post(
        f"/platforms/{platform.slug}/events", b"{}", content_type="application/json"
    )
    assert bare.status_code == 401
    # PostgreSQL takes no NUL, and says so with an error: that is no reason to think it is down.
    odd = Client().post(
        f"/platforms/{platform.slug}/events", b"{}", content_type="application/json",
        headers={"authorization": basic(f"{platform.sink_user}\0", "x")},
    )  # fmt: skip
    assert odd.status_code == 401
    assert SinkDelivery.objects.count() == 0


def test_a_bulk_delivery_larger_than_a_form_may_be_is_taken(
    cast: Cast, tell: Ask, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    bodies = [one for number in range(20) for one in call(cast, number)]
    bulk = {"event": "eventsink_bulk", "node": "127.0.0.1", "seq": 0, "time": 1, "data": bodies}
    assert tell(json.dumps(bulk)).status_code == 200
    assert inbox.drain() == 60
    assert len(stored()) == 20


@pytest.mark.parametrize("value", ["\x00", "é" * 400, "🙂" * 200, "\u202e" * 10, "\ud83d"])
def test_odd_text_in_an_event_is_stored(cast: Cast, tell: Ask, value: str) -> None:
    body = event(
        "participant_connected", START, conference=value, vendor=value, service_tag=value,
        related_uuids=[value],
    )  # fmt: skip
    deliver(tell, [body, {**body, "event": f"later{value}"[:80]}])
    inbox.drain()
    assert len(stored()) == 1
    assert OddEvent.objects.get().reason == "an unknown event"
    assert SinkDelivery.objects.count() == 0


@pytest.mark.parametrize(
    "odd",
    [
        {"seq": 10**30},
        {"seq": -1},
        {"duration": 1e999},
        {"duration": 10**300},
        {"end_time": -62_135_596_800, "duration": 500_000_000},
        {"end_time": 253_402_300_799, "connect_time": -1},
        {"connect_time": 10**400},
    ],
)
def test_numbers_beyond_measure_do_not_stop_the_reading(
    cast: Cast, tell: Ask, odd: dict[str, Any]
) -> None:
    body = event("participant_disconnected", START, **odd)
    deliver(tell, [{**body, "seq": odd.get("seq", 1)}, *call(cast, 1)])
    inbox.drain()
    assert [row[0] for row in stored()] == ["a0ed", "leg-1"]
    assert SinkDelivery.objects.count() == 0


def test_bulk_within_bulk_is_kept_aside_however_deep(cast: Cast, tell: Ask) -> None:
    head, tail = '{"event": "eventsink_bulk", "data": [', "]}"
    assert tell(head * 3000 + tail * 3000).status_code == 200
    deliver(tell, call(cast, 1))
    inbox.drain()
    assert len(stored()) == 1
    assert OddEvent.objects.get().reason == "a bulk delivery within another"


def test_what_the_database_refuses_is_parked_and_read_after_an_update(
    as_tables_owner: None, cast: Cast, tell: Ask
) -> None:
    change("alter table rooms_callleg add constraint as_before_an_update check (uuid <> 'leg-1')")
    deliver(tell, [*call(cast, 1), *call(cast, 2)])
    assert inbox.drain() == 3
    assert [row[0] for row in stored()] == ["leg-2"]
    assert OddEvent.objects.get().reason == "could not be stored: IntegrityError"
    assert SinkDelivery.objects.count() == 3
    assert inbox.drain() == 0

    change("alter table rooms_callleg drop constraint as_before_an_update")
    call_command("read_parked_events")
    assert [row[0] for row in stored()] == ["leg-1", "leg-2"]
    assert SinkDelivery.objects.count() == 0


def change(statement: str) -> None:
    with connection.cursor() as cursor:
        # What was inserted so far is checked first: no table changes with checks outstanding.
        cursor.execute("set constraints all immediate")
        cursor.execute(statement)


def test_a_flood_while_no_worker_runs_is_read_without_a_loss(cast: Cast, tell: Ask) -> None:
    events = [one for number in range(3334) for one in call(cast, number)]
    random.Random(3).shuffle(events)
    for first in range(0, len(events), 500):
        part = events[first : first + 500]
        bulk = {"event": "eventsink_bulk", "node": "127.0.0.1", "seq": 0, "data": part}
        assert tell(json.dumps(bulk)).status_code == 200
    assert inbox.drain() == len(events) == 10_002
    ended = CallLeg.objects.in_organisation(cast.organisation).filter(
        room=cast.room, role="chair", seconds=60
    )
    assert ended.count() == 3334
    assert SinkDelivery.objects.count() == OddEvent.objects.count() == 0


def test_a_delivery_beyond_the_limit_is_refused_whole(cast: Cast, tell: Ask) -> None:
    assert tell(b'"' + b"x" * LARGEST + b'"').status_code == 413
    assert SinkDelivery.objects.count() == 0
    assert tell(b'"' + b"x" * (LARGEST - 2) + b'"').status_code == 200
    assert SinkDelivery.objects.count() == 1
