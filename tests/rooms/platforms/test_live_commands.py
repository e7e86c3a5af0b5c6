"""Commands to a meeting, where there is none, and where the platform is silent."""

from __future__ import annotations

from typing import Any

import pytest

from rooms import actions
from rooms.models import Room
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import sending
from rooms.platforms.pexip.live import NotRunning, command_conference, disconnect
from rooms.platforms.port import PlatformDown
from tenants.models import AuditEntry
from tests.cast import Cast
from tests.pexip import Pexip
from tests.rooms.platforms.test_outbox_to_pexip import connect, order


@pytest.fixture
def platform(cast: Cast, pexip: Pexip) -> VideoPlatform:
    return connect(pexip)


@pytest.fixture
def rooms(cast: Cast, platform: VideoPlatform) -> list[Room]:
    """Two rooms that the platform has in its own configuration, as it is not told of policy."""
    made = [
        order(cast, name=name, host_pin="482913", guest_pin="107755") for name in ("Her", "Der")
    ]
    assert sending.drain(platform).sent == 2
    return made


def name_of(room: Room) -> str:
    return f"{room.name} ({room.number})"


def state(pexip: Pexip) -> dict[str, Any]:
    return {
        one["name"]: (one["is_locked"], one["guests_muted"]) for one in pexip.status("conference")
    }


def test_command_reaches_the_meeting_with_the_name_and_no_other(
    pexip: Pexip, platform: VideoPlatform, rooms: list[Room]
) -> None:
    here, there = rooms
    people = [pexip.dial(room.number, pin="482913")["participant_id"] for room in rooms]
    for command, after in (
        ("lock", (True, False)),
        ("mute_guests", (True, True)),
        ("unlock", (False, True)),
        ("unmute_guests", (False, False)),
    ):
        command_conference(platform, name_of(here), command)
        assert state(pexip) == {name_of(here): after, name_of(there): (False, False)}
    command_conference(platform, name_of(here), "disconnect")
    assert [one["id"] for one in pexip.status("participant")] == people[1:]
    assert disconnect(platform, [people[0], people[1], "nobody"]) == 1
    assert pexip.status("participant") == []


def test_empty_room_has_nothing_to_command(
    pexip: Pexip, platform: VideoPlatform, rooms: list[Room]
) -> None:
    pexip.dial(rooms[1].number, pin="482913")
    with pytest.raises(NotRunning):
        command_conference(platform, name_of(rooms[0]), "disconnect")
    assert state(pexip) == {name_of(rooms[1]): (False, False)}


def test_platform_that_overlooks_the_name_ends_nobody_elses_meeting(
    pexip: Pexip, platform: VideoPlatform, rooms: list[Room]
) -> None:
    pexip.dial(rooms[1].number, pin="482913")
    everything = {"meta": {"next": None}, "objects": pexip.status("conference")}
    pexip.fault("answer", status=200, body=everything, path="/status/v1/conference/")
    with pytest.raises(NotRunning):
        command_conference(platform, name_of(rooms[0]), "disconnect")
    pexip.control("DELETE", "faults")
    assert len(pexip.status("participant")) == 1


def test_silence_is_told_and_not_logged_as_done(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, rooms: list[Room]
) -> None:
    participant = pexip.dial(rooms[0].number, pin="482913")["participant_id"]
    pexip.fault("answer", status=503)
    room = (
        Room.objects.in_organisation(cast.organisation)
        .select_related("platform")
        .get(pk=rooms[0].pk)
    )
    with pytest.raises(PlatformDown):
        command_conference(platform, name_of(room), "lock")
    for refused in (
        lambda: actions.command_meeting(room, "lock", by=cast.admin),
        lambda: actions.disconnect_person(room, [participant], by=cast.admin),
    ):
        with pytest.raises(actions.NotPossible):
            refused()
    logged = AuditEntry.objects.in_organisation(cast.organisation).filter(
        action__startswith="rooms.meeting."
    )
    assert logged.count() == 0
