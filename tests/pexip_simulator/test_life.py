"""Meetings that go on by themselves, and what is left when the process is killed."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from scripts.pexip_simulator.life import Life
from scripts.pexip_simulator.simulator import Simulator
from tests.pexip import running_pexip
from tests.pexip_simulator.portal import SERVICE, Portal, room, running_portal


@pytest.fixture
def simulator() -> Simulator:
    """A simulator in this process, with rooms of its own and nobody to tell."""
    found = Simulator("portal", "secret")
    found.attach(policy=None, sink=None)
    for number in ("101", "201"):
        uri = found.put("conference", f"Rom {number}", {"pin": "1234", "allow_guests": True})
        found.put_alias(number, uri)
    return found


def test_a_meeting_is_kept_going_in_each_group(simulator: Simulator) -> None:
    life = Life(simulator.calls, simulator.policy, [["101"], ["201"]], seed=5)
    sizes = []
    for second in range(0, 600, 6):
        life.step(float(second))
        sizes.append({name: len(simulator.calls.inside(name)) for name in ("Rom 101", "Rom 201")})
    seen = [size["Rom 101"] for size in sizes]
    assert max(seen) >= 3
    assert len(set(seen)) >= 3
    assert {one.role for one in simulator.calls.people.values()} == {"chair", "guest"}
    assert all(size["Rom 201"] for size in sizes[5:60])

    for second in range(3000, 3100):
        life.step(float(second))
    assert len(simulator.calls.past_conferences) >= 2


def test_it_goes_on_where_people_were_thrown_out_and_where_nobody_answers(
    simulator: Simulator,
) -> None:
    life = Life(simulator.calls, simulator.policy, [["101"], ["999"]], seed=5)
    life.step(0)
    (conference,) = simulator.calls.conferences.values()
    simulator.calls.end(conference)
    life.step(6)
    assert simulator.calls.people == {}
    life.step(200)
    assert {one.conference.name for one in simulator.calls.people.values() if one.conference} == {
        "Rom 101"
    }


@pytest.fixture
def config(tmp_path: Path) -> Any:
    """Write a file for --config that names the portal."""

    def write(portal: Portal, **more: Any) -> list[str]:
        path = tmp_path / "config.json"
        side = {"user": "u", "password": "p"}
        wanted = {
            "policy": {"url": portal.url, **side},
            "sink": {"url": f"{portal.url}/events", **side},
        }
        path.write_text(json.dumps(wanted | more))
        return ["--config", str(path), "--state", str(tmp_path / "state")]

    return write


def until_written(path: Path, word: str) -> None:
    until = time.monotonic() + 30
    while not path.exists() or word not in path.read_text():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_the_next_process_takes_leave_for_one_that_was_killed(config: Any, tmp_path: Path) -> None:
    with running_portal() as portal:
        arguments = config(portal)
        with running_pexip(*arguments) as first:
            outcome = first.dial("48120", "webrtc", pin="482913")
            first.told_everything()
            until_written(tmp_path / "state.calls", outcome["participant_id"])
            first.kill()
        before = len(portal.events)
        assert "participant_disconnected" not in portal.told()
        with running_pexip(*arguments) as second:
            second.told_everything()
            assert second.status("participant") == []
        told = portal.events[before:]
        assert [event["event"] for event in told] == [
            "eventsink_started", "participant_disconnected", "participant_disconnected",
            "conference_ended",
        ]  # fmt: skip
        assert told[0]["seq"] == 1
        assert {event["data"]["uuid"] for event in told[1:3]} == set(outcome["legs"])
        assert {event["data"]["disconnect_reason"] for event in told[1:3]} == {"Node restarted"}
        with running_pexip(*arguments) as third:
            third.told_everything()
        assert len(portal.events) == before + 4


def test_meetings_begin_by_themselves_with_the_portals_pins(config: Any) -> None:
    with running_portal() as portal:
        portal.answers[SERVICE] = (200, room(ivr_theme_name="Klinikk"))
        with running_pexip(*config(portal, meetings=[["48120"]], themes=["Klinikk"])) as pexip:
            until = time.monotonic() + 20
            while not pexip.status("conference") and time.monotonic() < until:
                time.sleep(0.2)
            pexip.told_everything()
            assert [one["name"] for one in pexip.status("conference")] == ["Samtale 2"]
        roles = [event["data"].get("role") for event in portal.events]
        assert "chair" in roles
