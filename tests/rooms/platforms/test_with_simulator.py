"""The portal and the simulated platform, process to process: policy, events, commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from rooms import actions
from rooms.live import meeting_in
from rooms.models import Room
from rooms.platforms import machines
from rooms.platforms.events import inbox
from rooms.platforms.models import CallLeg, OddEvent, VideoPlatform
from tests.cast import Cast, make_cast
from tests.pexip import Pexip
from videoportal.kit.fields import Secret

REASON = "the test looks at every tenant's legs"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, committed, so that the live server sees it."""
    return make_cast()


@pytest.fixture
def platform(cast: Cast, pexip: Pexip, live_server: Any) -> Iterator[VideoPlatform]:
    """The usual platform, which is the simulator now."""
    machines.breaker.open_until = 0.0
    found = VideoPlatform.objects.usual()
    found.kind = VideoPlatform.Kind.PEXIP
    found.management_url = pexip.url
    found.management_user = pexip.user
    found.management_password = Secret(pexip.password)
    found.save()
    address = f"{live_server.url}/platforms/{found.slug}"
    pexip.attach(
        address,
        (found.policy_user, str(found.policy_password)),
        (found.sink_user, str(found.sink_password)),
    )
    yield found
    pexip.told_everything()
    pexip.control("POST", "reset")


def with_pins(room: Room, **columns: Any) -> Room:
    Room.objects.in_organisation(room.organisation_id).filter(pk=room.pk).update(
        **{"guests_allowed": True, "host_pin": "482913", "guest_pin": "107755", "theme": "",
           **columns}
    )  # fmt: skip
    room.refresh_from_db()
    return room


def heard(pexip: Pexip) -> None:
    """Wait for the events and read them."""
    pexip.told_everything()
    inbox.drain()


def test_every_answer_about_every_room_is_one_that_the_platform_takes(
    cast: Cast, pexip: Pexip, platform: VideoPlatform
) -> None:
    for theme in Room.objects.unscoped(reason=REASON).exclude(theme="").values_list("theme"):
        pexip.config("POST", "ivr_theme/", {"name": theme[0]})
    for room in (cast.room, cast.own_room, cast.foreign_room):
        outcome = pexip.dial(f"{room.number}@{platform.domain}", pin=str(room.host_pin))
        assert (outcome["verdict"], outcome["source"]) == ("admitted", "policy"), outcome
    assert pexip.dial("999999")["verdict"] == "not_found"
    asked = pexip.control("GET", "policy")["asked"]
    assert [one["faults"] for one in asked if one["faults"]] == []


def test_a_new_pin_and_a_closed_room_hold_at_the_next_call(
    cast: Cast, pexip: Pexip, platform: VideoPlatform
) -> None:
    room = with_pins(cast.room)
    assert pexip.dial(room.number, pin="482913")["role"] == "chair"
    actions.renew_pin(room, "host_pin", by=cast.admin)
    room.refresh_from_db()
    assert pexip.dial(room.number, pin="482913")["verdict"] == "wrong_pin"
    assert pexip.dial(room.number, pin=str(room.host_pin))["role"] == "chair"
    actions.terminate_room(room, by=cast.admin, closes_on=timezone.localdate())
    assert pexip.dial(room.number, pin=str(room.host_pin))["verdict"] == "rejected"


def test_people_are_seen_while_they_are_there_and_as_legs_afterwards(
    cast: Cast, pexip: Pexip, platform: VideoPlatform
) -> None:
    room = with_pins(cast.room, autolock=False)
    host = pexip.dial(room.number, pin="482913")["participant_id"]
    guest = pexip.dial(room.number, "webrtc", pin="107755")["participant_id"]
    heard(pexip)
    meeting = meeting_in(room)
    assert [(one.is_host, one.is_waiting) for one in meeting.inside] == [
        (True, False), (False, False),
    ]  # fmt: skip
    assert meeting.can_control

    pexip.hang_up(guest)
    pexip.hang_up(host)
    heard(pexip)
    assert meeting_in(room).people == []
    legs = CallLeg.objects.in_organisation(cast.organisation).in_room(room)
    assert {leg.uuid for leg in legs.people()} == {host, guest}
    assert {leg.reason for leg in legs} == {"Call disconnected"}
    told = {row["id"]: row["duration"] for row in pexip.history("participant")}
    assert {leg.uuid: leg.seconds for leg in legs} == told
    assert OddEvent.objects.count() == 0


def test_what_the_portal_commands_happens_there(
    cast: Cast, pexip: Pexip, platform: VideoPlatform
) -> None:
    room = with_pins(cast.room, autolock=False)
    host = pexip.dial(room.number, pin="482913")["participant_id"]
    guest = pexip.dial(room.number, pin="107755")["participant_id"]
    heard(pexip)
    room = (
        Room.objects.in_organisation(cast.organisation).select_related("platform").get(pk=room.pk)
    )

    actions.command_meeting(room, "lock", by=cast.admin)
    actions.command_meeting(room, "mute_guests", by=cast.admin)
    heard(pexip)
    meeting = meeting_in(room)
    assert (meeting.is_locked, meeting.guests_muted) == (True, True)
    assert {leg["id"]: leg["is_muted"] for leg in pexip.status("participant")} == {
        host: False, guest: True,
    }  # fmt: skip

    person = next(one for one in meeting.people if guest in one.leg_uuids)
    actions.disconnect_person(room, person.key, by=cast.admin)
    assert [leg["id"] for leg in pexip.status("participant")] == [host]
    actions.command_meeting(room, "disconnect", by=cast.admin)
    heard(pexip)
    assert meeting_in(room).people == []
    assert pexip.list_deletes() == []


def test_disorder_and_doubles_make_the_same_legs(
    cast: Cast, pexip: Pexip, platform: VideoPlatform
) -> None:
    room = with_pins(cast.room)
    pexip.control("POST", "sink/hold")
    for number in range(4):
        pexip.hang_up(pexip.dial(room.number, pin="482913", node=f"10.0.4.1{number % 2}")
                      ["participant_id"])  # fmt: skip
        pexip.control("POST", "sink/restart", {"node": "10.0.4.11"})
    pexip.control("POST", "sink/release", {"shuffle": 11, "copies": 3})
    heard(pexip)
    legs = CallLeg.objects.in_organisation(cast.organisation).in_room(room)
    told = {(row["id"], row["duration"], row["role"]) for row in pexip.history("participant")}
    assert {(leg.uuid, leg.seconds, leg.role) for leg in legs} == told
    assert legs.ongoing().count() == 0
    assert len(told) == 4
