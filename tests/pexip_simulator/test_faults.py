"""Trouble on demand, and the record of what was asked."""

from __future__ import annotations

import time

import pytest

from tests.pexip import CONFIGURATION, Pexip


def test_an_answer_is_demanded_for_the_next_calls_only(pexip: Pexip) -> None:
    pexip.fault("answer", status=503, times=2, headers={"Retry-After": "7"})
    replies = [pexip.config("GET", "conference/") for _ in range(3)]
    assert [reply.status for reply in replies] == [503, 503, 200]
    assert replies[0].headers["retry-after"] == "7"


def test_a_fault_without_times_lasts_until_it_is_cleared(pexip: Pexip) -> None:
    pexip.fault("answer", status=500, method="POST")
    for _ in range(3):
        assert pexip.config("POST", "conference/", {"name": "Rom"}).status == 500
    assert pexip.config("GET", "conference/").status == 200
    pexip.control("DELETE", "faults")
    assert pexip.config("POST", "conference/", {"name": "Rom"}).status == 201


def test_one_room_is_refused_and_the_others_are_not(pexip: Pexip) -> None:
    uri = pexip.config("POST", "conference/", {"name": "Giftig rom"}).headers["location"]
    body = {"conference": {"name": ["No."]}}
    pexip.fault("answer", status=400, room="Giftig rom", body=body)
    reply = pexip.ask("PATCH", uri, {"description": "x"})
    assert (reply.status, reply.body) == (400, body)
    alias = {"alias": "48120", "conference": uri}
    assert pexip.config("POST", "conference_alias/", alias).status == 400
    assert pexip.config("POST", "conference/", {"name": "Friskt rom"}).status == 201


def test_a_call_can_succeed_and_its_answer_be_lost(pexip: Pexip) -> None:
    pexip.fault("lose", seconds=2, times=1, method="POST")
    with pytest.raises(TimeoutError):
        pexip.ask("POST", f"{CONFIGURATION}/conference/", {"name": "Rom"}, timeout=0.3)
    assert [room["name"] for room in pexip.objects("conference")] == ["Rom"]
    assert [one["status"] for one in pexip.requests("POST")] == [0]


def test_a_connection_can_be_reset_before_anything_happened(pexip: Pexip) -> None:
    pexip.fault("reset", times=1)
    with pytest.raises(ConnectionResetError):
        pexip.config("POST", "conference/", {"name": "Rom"})
    assert pexip.objects("conference") == []


def test_delay_adds_to_other_trouble(pexip: Pexip) -> None:
    pexip.fault("delay", seconds=0.3)
    pexip.fault("answer", status=502, times=1)
    started = time.monotonic()
    assert pexip.config("GET", "conference/").status == 502
    assert time.monotonic() - started >= 0.3
    assert [one["fault"] for one in pexip.requests()] == ["delay+answer"]


def test_more_requests_than_allowed_are_told_so(pexip: Pexip) -> None:
    pexip.control("PATCH", "settings", {"requests_per_minute": 3})
    statuses = [pexip.config("GET", "conference/").status for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]


def test_every_request_is_recorded_and_steering_is_not(pexip: Pexip) -> None:
    pexip.config("POST", "conference/", {"name": "Rom"})
    pexip.config("GET", "conference/", name="Rom")
    post, get = pexip.requests()
    assert (post["method"], post["path"], post["body"], post["status"]) == (
        "POST", f"{CONFIGURATION}/conference/", {"name": "Rom"}, 201,
    )  # fmt: skip
    assert get["query"] == [["name", "Rom"]]
    with pytest.raises(AssertionError):
        pexip.fault("explode")
    pexip.control("DELETE", "requests")
    assert pexip.requests() == []
