"""Commands to a meeting, where there is none, and where the platform is silent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from rooms import actions
from rooms.links import RoomLinks
from rooms.models import Room
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import sending
from rooms.platforms.pexip.live import Conference, NotRunning, command_conference, disconnect
from rooms.platforms.policy.answers import room_tag
from rooms.platforms.port import PlatformDown
from tenants.access import Forbidden
from tenants.models import AuditEntry, User
from tests.cast import Cast
from tests.pages import document, squeezed, text_of
from tests.pexip import Pexip
from tests.rooms.platforms.test_legs import START, event
from tests.rooms.platforms.test_outbox_to_pexip import connect, order
from tests.rooms.test_live import participant, tell

type SignIn = Callable[[User], Client]


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


def stored(room: Room) -> Room:
    """Return the room as a page reads it."""
    rooms = Room.objects.in_organisation(room.organisation_id)
    return rooms.select_related("platform", "organisation").get(pk=room.pk)


def enter(pexip: Pexip, room: Room) -> str:
    """Let somebody call the room, and return the key that the room's page posts for them."""
    uuid = str(pexip.dial(room.number, pin="482913")["participant_id"])
    tell(room.platform, participant(room, uuid, role="chair"))
    return uuid


def tag_of(room: Room) -> str:
    return room_tag(room.organisation_id, room.public_id)


def meant(room: Room) -> Conference:
    return Conference(tag_of(room), (name_of(room),))


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
        command_conference(platform, meant(here), command)
        assert state(pexip) == {name_of(here): after, name_of(there): (False, False)}
    command_conference(platform, meant(here), "disconnect")
    assert [one["id"] for one in pexip.status("participant")] == people[1:]
    assert disconnect(platform, tag_of(there), [people[0], people[1], "nobody"]) == 1
    assert pexip.status("participant") == []


def test_page_after_a_command_shows_what_the_platform_did_before_it_tells(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, rooms: list[Room], signed_in: SignIn
) -> None:
    """No worker reads events here: what the page shows is what the platform answered."""
    here, there = rooms
    legs = [
        participant(room, pexip.dial(room.number, pin="482913")["participant_id"]) for room in rooms
    ]
    tell(platform, *legs)
    admin, links = signed_in(cast.admin), RoomLinks(here)

    def shown(after: str) -> tuple[bool, bool]:
        page = admin.post(after, follow=True)
        assert page.request["PATH_INFO"] == links.live
        words = text_of(page, "//section[@id='live']")
        assert ("Lås opp rommet" in words) == ("Lås rommet" not in words) == ("Låst" in words)
        return "Låst" in words, "La gjestene høres" in words

    def told(room: Room, what: str, second: int, **data: Any) -> Any:
        body = event(f"conference_{what}", START + second, name=name_of(room), **data)
        body["data"]["tag"] = f"{room.organisation_id}:{room.public_id}"
        return body

    assert shown(links.lock) == (True, False)
    # An event of before the command does not undo it, as the platform's next one may.
    tell(platform, told(here, "started", 0, is_locked=True))
    assert shown(links.mute_guests) == (True, True)
    assert shown(links.unlock) == (False, True)
    assert shown(links.unmute_guests) == (False, False)
    assert state(pexip) == {name_of(here): (False, False), name_of(there): (False, False)}
    tell(platform, told(here, "updated", 5, is_locked=True))
    live = admin.get(links.live)
    assert live.context["meeting"].is_locked
    other = admin.get(RoomLinks(there).live)
    assert not other.context["meeting"].is_locked


def test_owner_of_a_room_sees_at_once_that_it_is_locked(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, signed_in: SignIn
) -> None:
    room = order(cast, name="Evas", host_pin="482913", owner_email="eva.eier@example.no")
    assert sending.drain(platform).sent == 1
    tell(platform, participant(room, pexip.dial(room.number, pin="482913")["participant_id"]))
    links = RoomLinks(room, own=True)
    page = signed_in(cast.owner).post(links.lock, follow=True)
    assert "Lås opp rommet" in text_of(page, "//section[@id='live']")
    assert state(pexip) == {name_of(room): (True, False)}


def test_empty_room_has_nothing_to_command(
    pexip: Pexip, platform: VideoPlatform, rooms: list[Room]
) -> None:
    pexip.dial(rooms[1].number, pin="482913")
    with pytest.raises(NotRunning):
        command_conference(platform, meant(rooms[0]), "disconnect")
    assert state(pexip) == {name_of(rooms[1]): (False, False)}


def test_platform_that_overlooks_the_name_ends_nobody_elses_meeting(
    pexip: Pexip, platform: VideoPlatform, rooms: list[Room]
) -> None:
    pexip.dial(rooms[1].number, pin="482913")
    everything = {"meta": {"next": None}, "objects": pexip.status("conference")}
    pexip.fault("answer", status=200, body=everything, path="/status/v1/conference/")
    with pytest.raises(NotRunning):
        command_conference(platform, meant(rooms[0]), "disconnect")
    pexip.control("DELETE", "faults")
    assert len(pexip.status("participant")) == 1


def test_silence_is_told_and_not_logged_as_done(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, rooms: list[Room]
) -> None:
    room = stored(rooms[0])
    key = enter(pexip, room)
    pexip.fault("answer", status=503)
    with pytest.raises(PlatformDown):
        command_conference(platform, meant(room), "lock")
    for refused in (
        lambda: actions.command_meeting(room, "lock", by=cast.admin),
        lambda: actions.disconnect_person(room, key, by=cast.admin),
    ):
        with pytest.raises(actions.NotPossible):
            refused()
    assert logged(room) == []


def logged(room: Room) -> list[tuple[str, str]]:
    """Return what the log says of the room's meetings, and who did it."""
    entries = AuditEntry.objects.in_organisation(room.organisation_id).about(room).order_by("pk")
    return [
        (entry.action, entry.actor_label)
        for entry in entries
        if entry.action.startswith(("rooms.meeting.", "rooms.participant."))
    ]


def test_who_may_not_edit_the_room_commands_nothing_in_it(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, rooms: list[Room]
) -> None:
    room = stored(rooms[0])
    key = enter(pexip, room)
    for stranger in (cast.user, cast.owner, cast.other_admin, cast.other_reseller, cast.operator):
        with pytest.raises(Forbidden):
            actions.command_meeting(room, "disconnect", by=stranger)
        with pytest.raises(Forbidden):
            actions.disconnect_person(room, key, by=stranger)
    assert [leg["id"] for leg in pexip.status("participant")] == [key]
    actions.command_meeting(room, "lock", by=cast.reseller)
    actions.disconnect_person(room, key, by=cast.admin)
    assert pexip.status("participant") == []
    assert logged(room) == [
        ("rooms.meeting.locked", "Rita Reseller"),
        ("rooms.participant.disconnected", "Kari Admin"),
    ]


def test_key_of_somebody_in_another_room_ends_no_call(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, rooms: list[Room]
) -> None:
    here, there = map(stored, rooms)
    inside = [enter(pexip, room) for room in (here, there)]
    with pytest.raises(actions.NotPossible):
        actions.disconnect_person(here, inside[1], by=cast.admin)
    assert {leg["id"] for leg in pexip.status("participant")} == set(inside)
    assert (logged(here), logged(there)) == ([], [])


def test_buttons_of_the_page_command_the_meeting(
    cast: Cast,
    pexip: Pexip,
    platform: VideoPlatform,
    rooms: list[Room],
    signed_in: Callable[[User], Client],
) -> None:
    room = stored(rooms[0])
    links, client = RoomLinks(room), signed_in(cast.admin)
    key = enter(pexip, room)
    page = document(client.get(links.live))
    assert set(page.xpath("//section[@id='live']//form/@action")) == {
        links.lock, links.mute_guests, links.end_meeting, links.disconnect,
    }  # fmt: skip
    assert page.xpath("//form//input[@name='person']/@value") == [key]

    client.post(links.lock)
    assert state(pexip) == {name_of(room): (True, False)}
    told = squeezed(client.post(links.disconnect, {"person": key}, follow=True).content.decode())
    assert "Deltakeren er koblet fra." in told
    assert pexip.status("participant") == []
    tell(platform, participant(room, key, "participant_disconnected"))
    told = squeezed(client.post(links.disconnect, {"person": key}, follow=True).content.decode())
    assert "Deltakeren har gått allerede." in told


def test_button_that_ends_the_meeting_ends_it_for_everybody(
    cast: Cast,
    pexip: Pexip,
    platform: VideoPlatform,
    rooms: list[Room],
    signed_in: Callable[[User], Client],
) -> None:
    room = stored(rooms[0])
    links = RoomLinks(room)
    for _ in range(2):
        enter(pexip, room)
    told = signed_in(cast.admin).post(links.end_meeting, follow=True)
    assert "Møtet er avsluttet for alle." in squeezed(told.content.decode())
    assert pexip.status("participant") == []
    assert logged(room) == [("rooms.meeting.ended", "Kari Admin")]
