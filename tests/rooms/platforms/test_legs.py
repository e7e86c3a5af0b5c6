"""Call legs from events: the same whatever comes twice, late, in parts or out of order."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.platforms.events.legs import (
    Envelope,
    Leg,
    NotUnderstood,
    envelopes,
    folded,
    leg_of,
    merged,
)

START = 1_772_439_291.0


def event(name: str, time: float, /, **data: Any) -> dict[str, Any]:
    return {
        "event": name, "node": "10.0.4.11", "seq": 1, "version": 2, "time": time,
        "data": {"uuid": "a0ed", **data},
    }  # fmt: skip


def legs(*bodies: Any) -> dict[str, Leg]:
    read = [entry for body in bodies for entry in envelopes(body)]
    return folded(
        leg for entry in read if isinstance(entry, Envelope) and (leg := leg_of(entry)) is not None
    )


# A caller by SIP who is asked for a PIN first: docs/pexip.md, Event sinks.
CALL = [
    event("participant_connected", START, service_type="ivr", role="unknown", conference="48120",
          protocol="SIP", connect_time=START, destination_alias="sip:48120@video.example.no:5060"),
    event("participant_updated", START + 9, service_type="conference", role="chair",
          conference="Samtale 2 (48120)", service_tag="7:abc", connect_time=START),
    event("participant_disconnected", START + 160.2, service_type="conference", role="chair",
          conference="Samtale 2 (48120)", service_tag="7:abc", connect_time=START,
          end_time=START + 160.2, duration=160.2, disconnect_reason="Call disconnected"),
]  # fmt: skip


def test_a_call_becomes_one_leg() -> None:
    (leg,) = legs(*CALL).values()
    assert (leg.role, leg.service_type, leg.conference) == (
        "chair", "conference", "Samtale 2 (48120)",
    )  # fmt: skip
    assert leg.tag == "7:abc"
    assert leg.dialled == "48120@video.example.no"
    assert leg.connected_at == dt.datetime.fromtimestamp(START, tz=dt.UTC)
    assert leg.ended_at == dt.datetime.fromtimestamp(START + 160.2, tz=dt.UTC)
    assert (leg.seconds, leg.reason) == (160, "Call disconnected")


def test_an_end_without_a_beginning_tells_both() -> None:
    lone = event("participant_disconnected", START + 61, connect_time=None, duration=60.4)
    (leg,) = legs(lone).values()
    assert leg.seconds == 60
    assert leg.ended_at is not None
    assert leg.connected_at == leg.ended_at - dt.timedelta(seconds=60)


def test_an_update_that_comes_after_the_end_opens_nothing() -> None:
    late = event("participant_updated", START + 20, service_type="conference", is_muted=True)
    (leg,) = legs(*CALL, late).values()
    assert leg.ended_at is not None
    assert not leg.is_muted


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_events_in_one_moment_the_nodes_own_number_tells_the_later(*, turned: bool) -> None:
    """Each word of the earlier one would win by the alphabet."""
    told = [
        event("participant_updated", START, service_type="waiting_room", role="unknown"),
        event("participant_updated", START, service_type="conference", role="chair"),
    ]
    for seq, body in enumerate(told, 7):
        body["seq"] = seq
    (leg,) = legs(*(reversed(told) if turned else told)).values()
    assert (leg.service_type, leg.role, leg.seq) == ("conference", "chair", 8)


@pytest.mark.parametrize("turned", [False, True])
def test_a_call_began_when_it_was_first_said_to(*, turned: bool) -> None:
    told = [
        event("participant_updated", START + second, connect_time=START + second)
        for second in (0, 9)
    ]
    (leg,) = legs(*(reversed(told) if turned else told)).values()
    assert leg.connected_at == dt.datetime.fromtimestamp(START, dt.UTC)


def test_a_breakout_room_counts_as_its_room() -> None:
    inside = event("participant_connected", START, conference="Møte (123456)_breakout_7f3a")
    (leg,) = legs(inside).values()
    assert leg.conference == "Møte (123456)"


def place(leg: Leg) -> tuple[str, str]:
    return leg.conference, leg.tag


# Moved under one uuid from a room whose tag sorts last, and then out to a room that is not ours.
MOVED = [
    event("participant_connected", START, conference="Rom (2)", service_tag="9:zzz"),
    event("participant_updated", START + 5, conference="Alt (1)", service_tag="1:aaa"),
    event("participant_updated", START + 9, conference="Andres rom"),
]  # fmt: skip


@pytest.mark.parametrize("upto", [1, 2, 3])
def test_a_moved_call_is_in_the_room_that_was_named_last(upto: int) -> None:
    places = [("Rom (2)", "9:zzz"), ("Alt (1)", "1:aaa"), ("Andres rom", "")]
    for order in itertools.permutations(MOVED[:upto] * 2):
        (leg,) = legs(*order).values()
        assert place(leg) == places[upto - 1]


def test_an_event_that_names_no_room_moves_nobody() -> None:
    silent = event("participant_disconnected", START + 20, duration=20)
    for order in itertools.permutations([*MOVED[:2], silent]):
        (leg,) = legs(*order).values()
        assert place(leg) == ("Alt (1)", "1:aaa")
        assert leg.ended_at is not None


def test_bulk_holds_single_events_and_a_bad_one_does_not_spoil_the_others() -> None:
    bulk = {
        "event": "eventsink_bulk", "node": "127.0.0.1", "seq": 0, "time": START,
        "data": [CALL[0], {"event": "participant_connected"}, "nonsense", CALL[2]],
    }  # fmt: skip
    read = list(envelopes(bulk))
    assert [type(entry) for entry in read] == [Envelope, NotUnderstood, NotUnderstood, Envelope]
    assert len(legs(bulk)) == 1


@pytest.mark.parametrize("time", [None, "now", True, float("nan"), 1e300])
def test_an_event_without_a_true_time_is_not_understood(time: Any) -> None:
    (entry,) = envelopes(event("participant_connected", time))
    assert isinstance(entry, NotUnderstood)


def test_a_participant_without_a_name_of_its_own_is_not_understood() -> None:
    body = event("participant_connected", START)
    body["data"]["uuid"] = None
    (entry,) = envelopes(body)
    assert isinstance(entry, Envelope)
    with pytest.raises(NotUnderstood):
        leg_of(entry)


def test_names_and_addresses_of_participants_are_not_kept() -> None:
    body = event(
        "participant_connected", START, display_name="Kari Nordmann",
        source_alias="kari@klinikk.example.no", remote_address="10.0.9.22",
    )  # fmt: skip
    (leg,) = legs(body).values()
    assert not any(word in repr(leg) for word in ("Kari", "kari@", "10.0.9.22"))


def test_very_long_and_binary_text_fits_its_column() -> None:
    body = event("participant_connected", START, vendor="v" * 999 + "\x00", conference="n" * 999)
    (leg,) = legs(body).values()
    assert (len(leg.vendor), len(leg.conference)) == (120, 250)


some_event = st.builds(
    event,
    st.sampled_from(["participant_connected", "participant_updated", "participant_disconnected"]),
    st.integers(0, 6).map(lambda second: START + second),
    service_type=st.sampled_from(["ivr", "conference", ""]),
    role=st.sampled_from(["unknown", "chair", "guest"]),
    conference=st.sampled_from(["", "A (1)", "B (2)"]),
    service_tag=st.sampled_from(["", "7:abc", "8:def"]),
    connect_time=st.sampled_from([None, START, START + 1]),
    end_time=st.sampled_from([START + 3, START + 4]),
    duration=st.sampled_from([None, 2, 3.5]),
    is_muted=st.booleans(),
    related_uuids=st.lists(st.sampled_from(["x", "y"]), max_size=2),
)


@given(st.lists(some_event, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_order_and_doubles_do_not_matter(bodies: list[dict[str, Any]], random: Any) -> None:
    again = bodies * 3
    random.shuffle(again)
    assert legs(*again) == legs(*bodies)


@given(st.lists(some_event, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_room_and_tag_are_one_events_own_whatever_the_numbering(
    bodies: list[dict[str, Any]], random: Any
) -> None:
    """``seq`` starts again at any of them: it says nothing of which room was named last."""
    again = [{**body, "seq": random.randrange(3)} for body in bodies * 3]
    random.shuffle(again)
    found = legs(*again)["a0ed"]
    named = [
        (body["time"], body["data"]["service_tag"], body["data"]["conference"])
        for body in bodies
        if body["data"]["service_tag"] or body["data"]["conference"]
    ]
    _time, tag, conference = max(named, default=(0, "", ""))
    assert place(found) == (conference, tag)


@given(some_event, some_event, some_event)
def test_parts_may_be_folded_in_any_grouping(one: Any, two: Any, three: Any) -> None:
    a, b, c = (legs(body)["a0ed"] for body in (one, two, three))
    assert merged(merged(a, b), c) == merged(a, merged(b, c))
    assert merged(a, b) == merged(b, a)
