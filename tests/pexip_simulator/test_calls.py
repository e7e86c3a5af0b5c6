"""Calls into the simulator: whom it asks, who gets in, what it tells."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.pexip import Pexip
from tests.pexip_simulator.portal import PARTICIPANT, SERVICE, Portal, room

HOST, GUEST = "482913", "107755"
ALIAS = "48120@video.example.no"


def live_id(pexip: Pexip) -> str:
    (conference,) = pexip.status("conference")
    return str(conference["id"])


def test_a_sip_call_asks_in_order_and_tells_the_worked_sequence(
    pexip: Pexip, portal: Portal
) -> None:
    outcome = pexip.dial(ALIAS, pin=HOST, remote_alias="kari@klinikk.example.no")
    assert (outcome["verdict"], outcome["role"], outcome["source"]) == (
        "admitted", "chair", "policy",
    )  # fmt: skip
    pexip.hang_up(outcome["participant_id"])
    pexip.told_everything()

    assert [lookup for lookup, _query in portal.asked] == [
        SERVICE, PARTICIPANT, "participant/location",
    ]  # fmt: skip
    service, participant = portal.asked[0][1], portal.asked[1][1]
    assert (service["local_alias"], service["remote_alias"], service["trigger"]) == (
        f"sip:{ALIAS}", "sip:kari@klinikk.example.no", "invite",
    )  # fmt: skip
    assert (service["registered"], participant["service_tag"]) == ("False", "org-8841")
    assert participant["preauthenticated_role"] == "None"
    assert len(portal.credentials) == 1

    assert portal.told() == [
        "participant_connected", "conference_started", "participant_updated",
        "conference_updated", "participant_media_streams_destroyed",
        "participant_disconnected", "conference_ended",
    ]  # fmt: skip
    by_name = {event["event"]: event for event in portal.events}
    came, inside = by_name["participant_connected"]["data"], by_name["participant_updated"]["data"]
    left = by_name["participant_disconnected"]["data"]
    assert (came["service_type"], came["role"], came["conference"]) == ("ivr", "unknown", "")
    assert (inside["service_type"], inside["role"]) == ("conference", "chair")
    assert (left["conference"], left["service_tag"], left["disconnect_reason"]) == (
        "Samtale 2", "org-8841", "Call disconnected",
    )  # fmt: skip
    assert left["duration"] == pytest.approx(left["end_time"] - left["connect_time"])
    assert {came["uuid"], inside["uuid"], left["uuid"]} == {outcome["participant_id"]}
    assert [event["seq"] for event in portal.events] == [1, 2, 3, 4, 5, 6, 7]
    assert {event["version"] for event in portal.events} == {2}


def test_a_browser_has_a_shadow_leg_and_is_asked_about_twice(pexip: Pexip, portal: Portal) -> None:
    outcome = pexip.dial("48120", "webrtc", pin=GUEST)
    assert (outcome["verdict"], outcome["role"]) == ("waiting", "guest")
    kinds = [query["participant_type"] for lookup, query in portal.asked if lookup == PARTICIPANT]
    assert kinds == ["api", "standard"]
    assert portal.asked[0][1]["trigger"] == "web"

    legs = pexip.status("participant")
    assert {(leg["protocol"], leg["has_media"]) for leg in legs} == {
        ("API", False), ("WebRTC", True),
    }  # fmt: skip
    assert len({leg["conversation_id"] for leg in legs}) == 1
    pexip.told_everything()
    shadow = next(event["data"] for event in portal.events if event["data"]["protocol"] == "API")
    assert shadow["related_uuids"] == [outcome["participant_id"]]

    pexip.dial("48120", pin=HOST)
    assert {leg["service_type"] for leg in pexip.status("participant")} == {"conference"}


# docs/pexip.md, PINs, with what a caller types: the answer's, the typed ones, who they become.
DOORS = [
    ({"allow_guests": False, "pin": "", "guest_pin": ""}, [], "admitted", "chair"),
    ({"allow_guests": False, "pin": "1234", "guest_pin": ""}, ["1234"], "admitted", "chair"),
    ({"allow_guests": False, "pin": "1234", "guest_pin": ""}, [], "wrong_pin", ""),
    ({"pin": "1234", "guest_pin": ""}, [""], "waiting", "guest"),
    ({"pin": "1234", "guest_pin": "5678"}, ["5678"], "waiting", "guest"),
    ({"pin": "1234", "guest_pin": "5678"}, ["1111", "2222", "1234"], "admitted", "chair"),
    ({"pin": "1234", "guest_pin": "5678"}, ["1", "2", "3", "1234"], "wrong_pin", ""),
    ({"pin": "1234#", "guest_pin": "56789#"}, ["56789#"], "waiting", "guest"),
    ({"allow_guests": False, "pin": "1234", "guest_pin": "5678"}, ["1234"], "not_found", ""),
    ({"pin": "", "guest_pin": "5678"}, ["5678"], "not_found", ""),
    ({"pin": "1234", "guest_pin": "56789"}, ["1234"], "not_found", ""),
    ({"pin": "1234#", "guest_pin": "5678"}, ["1234"], "not_found", ""),
    ({"pin": "1234", "guest_pin": "1234"}, ["1234"], "not_found", ""),
]


@pytest.mark.parametrize(("pins", "typed", "verdict", "role"), DOORS)
def test_the_door(
    pexip: Pexip, portal: Portal, pins: dict[str, Any], typed: list[str], verdict: str, role: str
) -> None:
    portal.answers[SERVICE] = (200, room(**pins))
    outcome = pexip.dial("48120", pins=typed)
    assert (outcome["verdict"], outcome["role"]) == (verdict, role)


@pytest.mark.parametrize(
    "changes",
    [
        {"ivr_theme_name": "Finnes ikke"},
        {"max_callrate_in": 2048},
        {"description": ""},
        {"view": "no_such_view"},
        {"service_tag": None},
        {"locked": "true"},
        {"name": "x" * 251},
        {"guest_view": "one_main_zero_pips"},
        {"theme": "Klinikk"},
    ],
)
def test_an_answer_that_breaks_the_rules_is_no_answer(
    pexip: Pexip, portal: Portal, changes: dict[str, Any]
) -> None:
    portal.answers[SERVICE] = (200, room(**changes))
    outcome = pexip.dial("48120", pin=HOST)
    assert (outcome["verdict"], outcome["reason"]) == ("not_found", "Invalid service configuration")
    (asked,) = pexip.control("GET", "policy")["asked"]
    assert len(asked["faults"]) == 1


@pytest.mark.parametrize(
    "answer",
    [
        (404, {"status": "failure"}),
        (200, {"status": "failure"}),
        (200, {"status": "success", "action": "continue"}),
        (200, b"{"),
        (302, {"status": "success", "action": "reject"}),
        (503, {}),
    ],
)
def test_without_a_usable_word_the_own_configuration_decides(
    pexip: Pexip, portal: Portal, answer: tuple[int, Any]
) -> None:
    portal.answers[SERVICE] = answer
    assert pexip.dial("48120")["verdict"] == "not_found"
    pexip.control("POST", "load", {"conference": [{"name": "Lokalt", "aliases": ["48120"]}]})
    outcome = pexip.dial("48120")
    assert (outcome["verdict"], outcome["service"], outcome["source"]) == (
        "admitted", "Lokalt", "configuration",
    )  # fmt: skip


def test_rejects_of_service_and_of_participant_hold(pexip: Pexip, portal: Portal) -> None:
    portal.answers[SERVICE] = (200, {"status": "success", "action": "reject"})
    assert pexip.dial("48120")["verdict"] == "rejected"
    portal.answers[SERVICE] = (200, room())
    for answer in (
        {"status": "success", "action": "reject", "result": {"reject_reason": "Stengt"}},
        {"status": "success", "result": {"reject": True, "reject_reason": "Stengt"}},
    ):
        portal.answers[PARTICIPANT] = (200, answer)
        outcome = pexip.dial("48120", pin=HOST)
        assert (outcome["verdict"], outcome["reason"]) == ("rejected", "Stengt")
    assert pexip.status("participant") == []


def test_a_given_role_needs_no_pin_and_a_given_name_is_shown(pexip: Pexip, portal: Portal) -> None:
    told = {"preauthenticated_role": "chair", "remote_display_name": "Møterom 3"}
    portal.answers[PARTICIPANT] = (200, {"status": "success", "result": told})
    assert pexip.dial("48120")["verdict"] == "admitted"
    assert [leg["display_name"] for leg in pexip.status("participant")] == ["Møterom 3"]


def test_a_locked_room_lets_the_host_in_and_the_others_when_it_opens(
    pexip: Pexip, portal: Portal
) -> None:
    portal.answers[SERVICE] = (200, room(locked=True))
    assert pexip.dial("48120", pin=HOST)["verdict"] == "admitted"
    first, second = (pexip.dial("48120", pin=GUEST) for _ in range(2))
    assert (first["verdict"], second["verdict"]) == ("waiting", "waiting")

    assert pexip.command("participant/unlock", participant_id=first["participant_id"]).status == 202
    stages = {leg["id"]: leg["service_type"] for leg in pexip.status("participant")}
    assert stages[first["participant_id"]] == "conference"
    assert stages[second["participant_id"]] == "waiting_room"

    assert pexip.command("conference/unlock", conference_id=live_id(pexip)).body == {
        "status": "success", "data": {},
    }  # fmt: skip
    assert {leg["service_type"] for leg in pexip.status("participant")} == {"conference"}
    assert [one["is_locked"] for one in pexip.status("conference")] == [False]
    pexip.told_everything()
    locked = [event["data"]["is_locked"] for event in portal.events
              if event["event"].startswith("conference_")]  # fmt: skip
    assert locked == [True, True, False]


def test_a_full_room_takes_no_more_and_guards_against_guessing(
    pexip: Pexip, portal: Portal
) -> None:
    portal.answers[SERVICE] = (200, room(participant_limit=1))
    assert pexip.dial("48120", "webrtc", pin=HOST)["verdict"] == "admitted"
    assert pexip.dial("48120", pin=HOST)["verdict"] == "full"

    portal.answers[SERVICE] = (200, room())
    for _ in range(7):
        assert pexip.dial("48120", pins=["1", "2", "3"])["verdict"] == "wrong_pin"
    assert pexip.dial("48120", pin=HOST)["verdict"] == "wrong_pin"


def test_commands_change_the_meeting_and_tell_of_it(pexip: Pexip, portal: Portal) -> None:
    host = pexip.dial("48120", pin=HOST)["participant_id"]
    guest = pexip.dial("48120", "webrtc", pin=GUEST)["participant_id"]

    def one(leg: str) -> dict[str, Any]:
        return next(row for row in pexip.status("participant") if row["id"] == leg)

    pexip.command("conference/mute_guests", conference_id=live_id(pexip))
    assert (one(host)["is_muted"], one(guest)["is_muted"]) == (False, True)
    assert pexip.status("conference")[0]["guests_muted"] is True
    pexip.command("conference/unmute_guests", conference_id=live_id(pexip))
    pexip.command("participant/mute", participant_id=host)
    assert (one(host)["is_muted"], one(guest)["is_muted"]) == (True, False)
    pexip.command("participant/role", participant_id=guest, role="chair")
    assert one(guest)["role"] == "chair"
    pexip.command("conference/lock", conference_id=live_id(pexip))
    assert pexip.status("conference")[0]["is_locked"] is True

    reply = pexip.command("conference/lock", conference_id="1")
    assert (reply.status, reply.body) == (
        400, {"status": "failure", "error": "Failed to find conference."},
    )  # fmt: skip

    pexip.command("participant/disconnect", participant_id=guest)
    assert [leg["id"] for leg in pexip.status("participant")] == [host]
    pexip.command("conference/disconnect", conference_id=live_id(pexip))
    assert (pexip.status("participant"), pexip.status("conference")) == ([], [])
    reasons = {leg["id"]: leg["disconnect_reason"] for leg in pexip.history("participant")}
    assert (reasons[guest], reasons[host]) == ("Participant disconnected", "Conference terminated")


def test_somebody_is_called_and_transferred(pexip: Pexip, portal: Portal) -> None:
    portal.answers[SERVICE] = (200, room(allow_guests=False, pin=None, guest_pin=None))
    reply = pexip.command(
        "participant/dial", conference_alias="48120", destination="rom3@klinikk.example.no",
        system_location="Oslo", role="chair",
    )  # fmt: skip
    (called,) = reply.body["data"]["participant_ids"]
    assert portal.asked[-1][1]["call_direction"] == "dial_out"
    assert pexip.status("participant")[0]["call_direction"] == "out"

    portal.answers[SERVICE] = (200, room(name="Et annet rom", allow_guests=False, pin=None,
                                         guest_pin=None))  # fmt: skip
    reply = pexip.command(
        "participant/transfer", participant_id=called, conference_alias="48121", role="chair"
    )
    assert reply.status == 202
    (leg,) = pexip.status("participant")
    assert (leg["id"], leg["conference"]) == (called, "Et annet rom")
    assert [one["name"] for one in pexip.status("conference")] == ["Et annet rom"]


def test_a_meeting_on_two_nodes_starts_and_ends_on_each(pexip: Pexip, portal: Portal) -> None:
    one = pexip.dial("48120", pin=HOST, node="10.0.4.11")["participant_id"]
    two = pexip.dial("48120", pin=HOST, node="10.0.4.12")["participant_id"]
    assert [shard["node"] for shard in pexip.status("conference_shard")] == [
        "10.0.4.11", "10.0.4.12",
    ]  # fmt: skip
    pexip.control("POST", "present", {"participant_id": one, "on": True})
    pexip.hang_up(one)
    pexip.hang_up(two)
    pexip.told_everything()
    told = [(event["event"], event["node"]) for event in portal.events
            if event["event"] in ("conference_started", "conference_ended")]  # fmt: skip
    assert told == [
        ("conference_started", "10.0.4.11"), ("conference_started", "10.0.4.12"),
        ("conference_ended", "10.0.4.11"), ("conference_ended", "10.0.4.12"),
    ]  # fmt: skip
    seqs: dict[str, list[int]] = {}
    for event in portal.events:
        seqs.setdefault(event["node"], []).append(event["seq"])
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in seqs.values())
    assert len({leg["conversation_id"] for leg in pexip.history("participant")}) == 2


def test_history_is_read_by_windows_of_time(pexip: Pexip, portal: Portal) -> None:
    leg = pexip.dial("48120", pin=HOST)["participant_id"]
    pexip.hang_up(leg)
    (person,), (meeting,) = pexip.history("participant"), pexip.history("conference")
    assert (person["conference_name"], person["service_tag"], person["local_alias"]) == (
        "Samtale 2", "org-8841", "48120",
    )  # fmt: skip
    assert person["conference"] == meeting["resource_uri"]
    assert meeting["participants"] == [person["resource_uri"]]
    end = person["end_time"]
    assert len(pexip.history("participant", end_time__gte=end)) == 1
    assert pexip.history("participant", end_time__lt=end) == []
    detail = pexip.ask("GET", person["resource_uri"]).body
    assert len(detail["bucketed_call_quality"]) == 5
    assert "bucketed_call_quality" not in person
    assert pexip.ask("POST", "/api/admin/history/v1/participant/", {}).status == 405

    years = [
        {**person, "id": f"old-{number}", "end_time": f"2026-0{number}-02T08:47:31"}
        for number in range(1, 10)
    ]
    pexip.control("POST", "load", {"history_participant": years})
    window = {"end_time__gte": "2026-03-01T00:00:00", "end_time__lt": "2026-06-01T00:00:00"}
    assert [row["id"] for row in pexip.history("participant", **window)] == [
        "old-3", "old-4", "old-5",
    ]  # fmt: skip


# The event sink


def test_what_is_not_taken_is_told_again_in_order(pexip: Pexip, portal: Portal) -> None:
    pexip.control("PATCH", "settings", {"sink_first_pause": 0.05})
    portal.refuse_events = 3
    leg = pexip.dial("48120", pin=HOST)["participant_id"]
    pexip.hang_up(leg)
    told = pexip.told_everything()
    assert [event["seq"] for event in portal.events] == [1, 2, 3, 4, 5, 6, 7]
    assert (told["delivered"], told["refused"]) == (7, 3)


def test_at_the_longest_pause_the_publisher_stops_until_it_is_restarted(
    pexip: Pexip, portal: Portal
) -> None:
    pexip.config("PATCH", "global/1/", {"es_maximum_retry_backoff": 1})
    portal.refuse_events = 100
    pexip.dial("48120", pin=HOST)
    until = time.monotonic() + 5
    while not pexip.control("GET", "sink")["stopped"] and time.monotonic() < until:
        time.sleep(0.05)
    assert pexip.control("GET", "sink")["stopped"]
    assert portal.events == []
    portal.refuse_events = 0
    pexip.control("POST", "sink/restart", {})
    pexip.told_everything()
    assert portal.told()[-1] == "eventsink_started"
    assert portal.events[-1]["seq"] == 1
    assert portal.told()[:2] == ["participant_connected", "conference_started"]


def test_a_queue_is_flushed_in_bulk(pexip: Pexip, portal: Portal) -> None:
    pexip.control("POST", "reset")
    pexip.attach(portal.url, ("p", "p"), ("s", "s"), bulk=True)
    pexip.control("POST", "sink/hold")
    for _ in range(3):
        pexip.hang_up(pexip.dial("48120", pin=HOST)["participant_id"])
    assert portal.bodies == []
    sent = pexip.control("POST", "sink/release", {})["sent"]
    pexip.told_everything()
    assert sent == 21 == len(portal.events)
    assert len(portal.bodies) < 21
    assert any(body["event"] == "eventsink_bulk" and body["seq"] == 0 for body in portal.bodies)


def test_disorder_doubles_restarts_and_nonsense_on_demand(pexip: Pexip, portal: Portal) -> None:
    pexip.control("POST", "sink/hold")
    pexip.hang_up(pexip.dial("48120", pin=HOST)["participant_id"])
    pexip.control("POST", "sink/release", {"shuffle": 3, "copies": 3})
    pexip.told_everything()
    seqs = [event["seq"] for event in portal.events]
    assert sorted(seqs) == sorted([1, 2, 3, 4, 5, 6, 7] * 3)
    assert seqs != sorted(seqs)

    pexip.control("POST", "sink/restart", {"node": "10.0.4.11"})
    pexip.control("POST", "sink/say", {"body": {"event": "something_new", "data": {}}})
    pexip.control("POST", "sink/say", {"body": "{no json"})
    found = pexip.told_everything()
    assert (portal.events[-2]["event"], portal.events[-2]["seq"]) == ("eventsink_started", 1)
    assert portal.told()[-1] == "something_new"
    assert found["refused"] == 1


# Registrations and the directory


def test_registrations_are_judged_by_policy_then_by_devices(pexip: Pexip, portal: Portal) -> None:
    path = "registrations/rom3%40klinikk.example.no"
    account = {"username": "rom3", "password": "Hemmelig-3"}
    portal.answers[path] = (200, {"status": "success", "action": "continue", "result": account})

    def register(password: str) -> Any:
        phone = {"alias": "rom3@klinikk.example.no", "username": "rom3", "password": password}
        found = pexip.control("POST", "register", phone)
        return found["verdict"], found["source"]

    assert register("Hemmelig-3") == ("registered", "policy")
    assert register("hemmelig-3") == ("wrong_password", "policy")
    assert [row["alias"] for row in pexip.status("registration_alias")] == [
        "rom3@klinikk.example.no"
    ]
    portal.answers[path] = (200, {"status": "success", "action": "reject", "result": {}})
    assert register("Hemmelig-3") == ("refused", "policy")
    assert pexip.status("registration_alias") == []
    del portal.answers[path]
    assert register("Annet-4") == ("refused", "configuration")
    device = {"alias": "rom3@klinikk.example.no", "username": "rom3", "password": "Annet-4"}
    pexip.config("POST", "device/", device)
    assert register("Annet-4") == ("registered", "configuration")


def test_the_directory_is_asked_for_who_asks(pexip: Pexip, portal: Portal) -> None:
    found = [{"username": "", "alias": "rom3@klinikk.example.no", "description": "Møterom 3"}]
    portal.answers["registrations"] = (
        200, {"status": "success", "result": found, "ignore_local": True},
    )  # fmt: skip
    asked = {"q": "rom", "registration_alias": "rom1@klinikk.example.no"}
    assert pexip.control("POST", "directory", asked) == {"verdict": "result", "result": found}
    lookup, query = portal.asked[-1]
    assert (lookup, query["registration_alias"], query["limit"]) == (
        "registrations", "rom1@klinikk.example.no", "10",
    )  # fmt: skip
