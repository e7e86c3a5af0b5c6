"""Commands to meetings of somebody else, from somebody who may not, or at a wrong time."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rooms import actions
from rooms.links import RoomLinks
from rooms.models import Room
from rooms.platforms.events import inbox
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import sending
from rooms.platforms.pexip import client as management
from tenants.actions import end_connection
from tenants.models import AuditEntry, User
from tests.cast import Cast
from tests.pages import document, squeezed
from tests.pexip import Pexip
from tests.rooms.platforms.test_live_commands import name_of, state, stored, tag_of
from tests.rooms.platforms.test_outbox_to_pexip import connect, order
from tests.rooms.test_live import participant, people, tell

type SignIn = Callable[[User], Client]

PIN = "482913"
COMMANDS = ("lock", "unlock", "mute_guests", "unmute_guests", "disconnect")


@pytest.fixture
def platform(cast: Cast, pexip: Pexip) -> VideoPlatform:
    return connect(pexip)


@pytest.fixture
def room(cast: Cast, platform: VideoPlatform) -> Room:
    """A room of Eva's that the platform has, in a customer with a reseller."""
    made = order(
        cast, name="Her", host_pin=PIN, guest_pin="107755", owner_email="eva.eier@example.no"
    )
    assert sending.drain(platform).sent == 1
    cast.owner.forget_access()
    return made


def load(pexip: Pexip, name: str, tag: str, number: str) -> None:
    """Let the platform have a conference that this room knows nothing of."""
    pexip.control(
        "POST",
        "load",
        {"conference": [{"name": name, "tag": tag, "aliases": [number]}]},
    )


def dial(pexip: Pexip, number: str, **more: Any) -> str:
    participant_id: str = pexip.dial(number, **more)["participant_id"]
    return participant_id


def commands_given(pexip: Pexip) -> list[str]:
    return [one["path"] for one in pexip.requests("POST") if "/command/" in one["path"]]


def said(response: Any) -> str:
    """Return the message of the page that the answer leads to."""
    found = document(response).xpath("//*[contains(@class, 'ds-alert')]")
    return " ".join(squeezed(one.text_content()) for one in found)


def logged(room: Room) -> list[str]:
    entries = AuditEntry.objects.in_organisation(room.organisation_id)
    return sorted(
        entries.filter(action__regex=r"^rooms\.(meeting|participant)\.").values_list(
            "action", flat=True
        )
    )


def test_name_that_another_room_has_now_is_not_commanded(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room, signed_in: SignIn
) -> None:
    """A closed room's number rests for a year, and may be another customer's after it."""
    actions.terminate_room(room, by=cast.admin, closes_on=timezone.localdate())
    sending.drain(platform)
    theirs = f"{cast.foreign.pk}:{uuid.uuid4()}"
    load(pexip, name_of(room), theirs, room.number)
    dial(pexip, room.number)
    client = signed_in(cast.admin)
    for command in COMMANDS:
        client.post(RoomLinks(room).command(command))
    assert state(pexip) == {name_of(room): (False, False)}
    assert len(pexip.status("participant")) == 1
    assert commands_given(pexip) == []
    assert logged(room) == []


def begun_and_renamed(cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room) -> str:
    """Let a meeting begin, give the room another name and return the one it began under."""
    before = name_of(room)
    leg = dial(pexip, room.number, pin=PIN)
    started = {
        "event": "conference_started", "node": "10.0.4.11", "seq": 1, "version": 2,
        "time": 1_772_439_291.0, "data": {"name": before, "tag": tag_of(room)},
    }  # fmt: skip
    tell(platform, started, participant(room, leg))
    actions.change_room(room, by=cast.admin, name="Et annet navn")
    sending.drain(platform)
    return before


def test_meeting_that_began_under_the_old_name_is_commanded(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room, signed_in: SignIn
) -> None:
    before = begun_and_renamed(cast, pexip, platform, room)
    client = signed_in(cast.admin)
    client.post(RoomLinks(room).lock)
    assert state(pexip) == {before: (True, False)}
    client.post(RoomLinks(room).end_meeting)
    assert pexip.status("participant") == []
    assert logged(room) == ["rooms.meeting.ended", "rooms.meeting.locked"]


def test_one_of_two_meetings_in_the_room_that_is_over_does_not_spare_the_other(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room, signed_in: SignIn
) -> None:
    """Under the new name and the old: what was done to one is not told as nothing done."""
    before = begun_and_renamed(cast, pexip, platform, room)
    now = name_of(stored(room))
    dial(pexip, room.number, pin=PIN)
    client, path = signed_in(cast.admin), "/command/v1/conference/"
    pexip.fault("answer", status=404, body={"error": "Not Found"}, path=path, times=1)
    client.post(RoomLinks(room).lock)
    assert state(pexip) == {now: (False, False), before: (True, False)}
    assert logged(room) == ["rooms.meeting.locked"]
    pexip.fault("answer", status=200, body={"status": "success"}, path=path, times=1)
    pexip.fault("answer", status=503, body={"error": "Busy"}, path=path, times=1)
    page = client.post(RoomLinks(room).mute_guests, follow=True)
    assert "kan ha gjort det likevel" in said(page)
    assert logged(room) == ["rooms.meeting.locked", "rooms.meeting.unanswered"]


def test_participant_whom_the_platform_moved_elsewhere_is_left_alone(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room, signed_in: SignIn
) -> None:
    theirs = f"{cast.foreign.pk}:{uuid.uuid4()}"
    load(pexip, "Deres (777001)", theirs, "777001")
    leg = dial(pexip, room.number, pin=PIN)
    tell(platform, participant(room, leg))
    moved = pexip.command("participant/transfer", participant_id=leg, conference_alias="777001")
    assert moved.status == 202, moved
    before = commands_given(pexip)
    client = signed_in(cast.admin)
    page = client.post(RoomLinks(room).disconnect, {"person": leg}, follow=True)
    assert "Deltakeren har gått allerede" in said(page)
    assert [one["id"] for one in pexip.status("participant")] == [leg]
    assert commands_given(pexip) == before
    assert logged(room) == []


def test_whoever_is_asked_for_a_pin_may_be_disconnected(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room, signed_in: SignIn
) -> None:
    """They are in no conference yet, so the platform gives them no tag."""
    leg = dial(pexip, room.number, pin=PIN)
    asked = {"id": leg, "service_type": "ivr", "service_tag": "", "conference": room.number}
    pexip.fault("answer", status=200, body=asked, path="/status/v1/participant/")
    tell(platform, participant(room, leg, service_type="ivr", role="unknown"))
    page = signed_in(cast.admin).post(RoomLinks(room).disconnect, {"person": leg}, follow=True)
    assert "koblet fra" in said(page)
    pexip.control("DELETE", "faults")
    assert pexip.status("participant") == []


def test_foreign_participant_is_nobody_under_ones_own_address(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room, signed_in: SignIn
) -> None:
    load(pexip, "Deres (777001)", f"{cast.foreign.pk}:{cast.foreign_room.public_id}", "777001")
    leg = dial(pexip, "777001")
    tell(platform, participant(cast.foreign_room, leg, conversation_id="their-talk"))
    asked = len(pexip.requests())
    for client, links in (
        (signed_in(cast.admin), RoomLinks(room)),
        (signed_in(cast.owner), RoomLinks(room, own=True)),
        (signed_in(cast.reseller), RoomLinks(room)),
    ):
        for key in (leg, "their-talk", "", "a" * 100_000, "\x00", f"{leg}/../{leg}"):
            page = client.post(links.disconnect, {"person": key}, follow=True)
            assert "Deltakeren har gått allerede" in said(page)
    assert len(pexip.requests()) == asked
    assert [one["id"] for one in pexip.status("participant")] == [leg]


def test_whoever_lost_the_room_between_page_and_button_commands_nothing(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room, signed_in: SignIn
) -> None:
    leg = dial(pexip, room.number, pin=PIN)
    tell(platform, participant(room, leg))
    own, reseller, administrator = RoomLinks(room, own=True), RoomLinks(room), RoomLinks(room)
    owner_client, reseller_client = signed_in(cast.owner), signed_in(cast.reseller)
    for client, links in ((owner_client, own), (reseller_client, reseller)):
        assert document(client.get(links.live)).xpath("//form[contains(@action, 'disconnect')]")

    actions.change_room(room, by=cast.admin, owner_email="ny.eier@example.no")
    connection = cast.organisation.reseller_connections.get()
    end_connection(connection, by=cast.operator, reason="Oppsagt")
    asked = len(pexip.requests())
    for client, links in (
        (owner_client, own),
        (owner_client, administrator),
        (reseller_client, reseller),
        (signed_in(cast.user), administrator),
        (signed_in(cast.user), own),
        (signed_in(cast.other_admin), administrator),
        (signed_in(cast.other_reseller), administrator),
        (signed_in(cast.operator), administrator),
        (Client(), administrator),
    ):
        for address in (*map(links.command, COMMANDS), links.disconnect):
            response = client.post(address, {"person": leg})
            assert response.status_code in (403, 404, 302), address
            if response.status_code == 302:
                assert "/login/" in response["Location"] or "/logg-inn" in response["Location"]
    assert len(pexip.requests()) == asked
    assert state(pexip) == {name_of(room): (False, False)}
    assert logged(room) == []


def test_looking_following_a_link_and_a_forged_form_command_nothing(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room, signed_in: SignIn
) -> None:
    leg = dial(pexip, room.number, pin=PIN)
    tell(platform, participant(room, leg))
    asked = len(pexip.requests())
    client = signed_in(cast.admin)
    forged = Client(enforce_csrf_checks=True)
    forged.cookies = client.cookies
    links = RoomLinks(room)
    for address in (*map(links.command, COMMANDS), links.disconnect):
        for method in (client.get, client.head, client.put, client.delete):
            assert method(address).status_code == 405
        assert forged.post(address, {"person": leg}).status_code == 403
    assert client.post(links.command("dial")).status_code == 404
    assert len(pexip.requests()) == asked


def test_button_pressed_twice_ends_once(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room, signed_in: SignIn
) -> None:
    first, _second = (dial(pexip, room.number, pin=PIN) for _caller in range(2))
    tell(platform, participant(room, first))
    client, links = signed_in(cast.admin), RoomLinks(room)
    answers = [client.post(links.disconnect, {"person": first}, follow=True) for _turn in range(2)]
    assert "koblet fra" in said(answers[0])
    assert "Deltakeren har gått allerede" in said(answers[1])
    answers = [client.post(links.end_meeting, follow=True) for _turn in range(2)]
    assert "avsluttet for alle" in said(answers[0])
    assert "Ingen er i rommet nå" in said(answers[1])
    assert logged(room) == ["rooms.meeting.ended", "rooms.participant.disconnected"]


SENSELESS: list[Any] = [
    None, 7, "text", [], {}, {"objects": None}, {"objects": "text"}, {"objects": [1]},
    {"objects": {"id": 1}}, {"objects": [None]}, {"objects": [{}]}, {"meta": None, "objects": []},
]  # fmt: skip


@pytest.mark.parametrize("body", SENSELESS)
def test_platform_that_talks_nonsense_is_told_in_words(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room, signed_in: SignIn, body: Any
) -> None:
    leg = dial(pexip, room.number, pin=PIN)
    tell(platform, participant(room, leg))
    client, links = signed_in(cast.admin), RoomLinks(room)
    for path in ("/status/v1/conference/", "/status/v1/participant/", "/command/v1/"):
        pexip.control("DELETE", "faults")
        pexip.fault("answer", status=200, body=body, path=path)
        for address in (links.lock, links.disconnect):
            page = client.post(address, {"person": leg}, follow=True)
            assert page.status_code == 200
            assert said(page)
    pexip.control("DELETE", "faults")
    assert "rooms.meeting.ended" not in logged(room)


def test_participant_of_another_shape_is_left_alone(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room, signed_in: SignIn
) -> None:
    leg = dial(pexip, room.number, pin=PIN)
    tell(platform, participant(room, leg))
    client, links = signed_in(cast.admin), RoomLinks(room)
    for odd in (
        {"id": [leg]}, {"id": leg}, {"id": leg, "service_tag": ["x"]},
        {"id": leg, "service_tag": 7},
        {"id": leg, "service_type": ["ivr"]}, {"id": leg, "service_type": {"ivr": 1}},
    ):  # fmt: skip
        pexip.fault("answer", status=200, body=odd, path="/status/v1/participant/")
        page = client.post(links.disconnect, {"person": leg}, follow=True)
        assert "Deltakeren har gått allerede" in said(page), odd
        pexip.control("DELETE", "faults")
    assert commands_given(pexip) == []


def test_conference_without_its_own_id_is_not_commanded(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room
) -> None:
    dial(pexip, room.number, pin=PIN)
    for odd in ({}, {"id": None}, {"id": 7}, {"id": ["a", "b"]}):
        one = {"name": name_of(room), "tag": tag_of(room), **odd}
        pexip.fault("answer", status=200, body={"objects": [one]}, path="/status/v1/conference/")
        with pytest.raises(actions.NotPossible, match="Ingen er i rommet nå"):
            actions.command_meeting(stored(room), "disconnect", by=cast.admin)
        pexip.control("DELETE", "faults")
    assert commands_given(pexip) == []


def test_command_without_an_answer_is_told_as_what_it_is(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room, signed_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What was done and not answered stands in the log: it may have ended a consultation."""
    monkeypatch.setattr(management, "READ_SECONDS", 0.3)
    leg = dial(pexip, room.number, pin=PIN)
    tell(platform, participant(room, leg))
    client, links = signed_in(cast.admin), RoomLinks(room)
    pexip.fault("lose", path="/command/v1/conference/lock/", times=1, seconds=0.6)
    assert "kan ha gjort det likevel" in said(client.post(links.lock, follow=True))
    assert state(pexip) == {name_of(room): (True, False)}
    pexip.fault("lose", path="/command/v1/participant/", times=1, seconds=0.6)
    page = client.post(links.disconnect, {"person": leg}, follow=True)
    assert "kan ha gjort det likevel" in said(page)
    assert pexip.status("participant") == []
    assert logged(room) == ["rooms.meeting.unanswered"] * 2


def test_silence_before_the_command_is_told_as_nothing_done(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room, signed_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(management, "READ_SECONDS", 0.3)
    leg = dial(pexip, room.number, pin=PIN)
    tell(platform, participant(room, leg))
    client, links = signed_in(cast.admin), RoomLinks(room)
    pexip.fault("delay", path="/status/v1/", seconds=0.6)
    for address in (links.lock, links.disconnect):
        page = client.post(address, {"person": leg}, follow=True)
        assert "Ingenting er endret" in said(page)
    pexip.control("DELETE", "faults")
    assert state(pexip) == {name_of(room): (False, False)}
    assert logged(room) == []


ODD_NAMES = (
    "<script>alert(1)</script>", "\u202egnp.exe\u2066", "A" * 10_240, "\x00\x07\x1b[2J",
    "{{ 7*7 }}", "' or 1=1 --", "\ud83d\ude00" * 500,
)  # fmt: skip


@pytest.mark.parametrize("name", ODD_NAMES, ids=range(len(ODD_NAMES)))
def test_participants_words_are_not_on_the_page_and_keep_nobody_in(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room, signed_in: SignIn, name: str
) -> None:
    leg = dial(pexip, room.number, pin=PIN)
    odd = {"display_name": name, "source_alias": name, "vendor": name}
    tell(platform, participant(room, leg, conversation_id=name, protocol=name, **odd))
    client, links = signed_in(cast.admin), RoomLinks(room)
    page = client.get(links.live)
    text = page.content.decode()
    assert len(people(page)) == 1
    assert "<script>alert" not in text
    assert "\x00" not in text
    assert "A" * 200 not in text
    (form,) = document(page).xpath("//form[contains(@action, 'participant/disconnect')]")
    (key,) = form.xpath(".//input[@name='person']/@value")
    client.post(links.disconnect, {"person": key})
    assert pexip.status("participant") == []
    assert logged(room) == ["rooms.participant.disconnected"]


def test_page_stays_the_same_size_in_a_flood_of_one_participants_events(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room, signed_in: SignIn
) -> None:
    client, links = signed_in(cast.admin), RoomLinks(room)
    bulk = [
        participant(room, f"leg-{number % 3}", "participant_updated", is_muted=bool(number % 2))
        for number in range(3000)
    ]
    tell(platform, {"event": "eventsink_bulk", "node": "10.0.4.11", "seq": 1, "version": 2,
                    "time": 1_772_439_291.0, "data": bulk})  # fmt: skip
    for _turn in range(2):
        assert len(people(client.get(links.live))) == 3
        inbox.drain()


def test_same_name_on_two_platforms_is_two_rooms(
    cast: Cast, pexip: Pexip, platform: VideoPlatform, room: Room, signed_in: SignIn
) -> None:
    """A second platform tells of a call in a room with this name: it is not in this room."""
    elsewhere = VideoPlatform.objects.get(pk=platform.pk)
    elsewhere.pk, elsewhere.slug, elsewhere.is_default = None, "elsewhere", False
    elsewhere.save()
    leg = dial(pexip, room.number, pin=PIN)
    tell(elsewhere, participant(room, leg))
    client, links = signed_in(cast.admin), RoomLinks(room)
    assert people(client.get(links.live)) == []
    client.post(links.disconnect, {"person": leg})
    assert [one["id"] for one in pexip.status("participant")] == [leg]
