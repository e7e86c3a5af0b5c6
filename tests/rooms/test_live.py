"""Who is in a room now, on its page and in the list; without names, and in own rooms alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rooms.links import RoomLinks
from rooms.models import Room
from rooms.platforms.events import inbox
from rooms.platforms.facts import people_in_calls
from rooms.platforms.models import CallLeg, VideoPlatform
from tenants.models import User
from tests.cast import Cast
from tests.pages import document, squeezed
from tests.rooms.platforms.conftest import basic
from tests.rooms.platforms.test_legs import START, event

type SignIn = Callable[[User], Client]


@pytest.fixture
def platform(cast: Cast) -> VideoPlatform:
    return VideoPlatform.objects.usual()


def tell(platform: VideoPlatform, *bodies: dict[str, Any]) -> None:
    for body in bodies:
        response: Any = Client().post(
            f"/platforms/{platform.slug}/events",
            json.dumps(body),
            content_type="application/json",
            headers={"authorization": basic(platform.sink_user, str(platform.sink_password))},
        )
        assert response.status_code == 200
    inbox.drain()


def participant(room: Room, uuid: str, name: str = "participant_connected", **data: Any) -> Any:
    body = event(
        name, START, conference=f"{room.name} ({room.number})", connect_time=START,
        service_tag=f"{room.organisation_id}:{room.public_id}",
        **{
            "service_type": "conference", "role": "guest", "protocol": "WebRTC",
            "display_name": "Kari Pasient", "source_alias": "kari@example.no", **data,
        },
    )  # fmt: skip
    body["data"]["uuid"] = uuid
    return body


def people(response: Any) -> list[str]:
    return [
        squeezed(line.text_content())
        for line in document(response).xpath("//ul[@class='plain live']/li")
    ]


def test_browser_legs_of_one_person_are_one_line_and_the_host_comes_first(
    cast: Cast, signed_in: SignIn, platform: VideoPlatform
) -> None:
    room = cast.room
    tell(
        platform,
        # Still on its way, while the person is inside with the other legs.
        participant(
            room, "api", protocol="API", conversation_id="talk", has_media=False,
            service_type="connecting",
        ),
        participant(room, "video", conversation_id="talk", is_muted=True),
        participant(room, "screen", conversation_id="talk", is_presenting=True),
        participant(room, "host", role="chair", protocol="SIP"),
        participant(room, "early", service_type="waiting_room", role="unknown"),
    )  # fmt: skip
    response = signed_in(cast.admin).get(RoomLinks(room).live)
    assert people(response) == [
        "Vert I rommet SIP · siden kl. 09.14",
        "Gjest I rommet Nettleser eller app · siden kl. 09.14 · mikrofonen er av · deler skjermen",
        "Ikke kjent ennå Venter Nettleser eller app · siden kl. 09.14",
    ]
    assert "Kari Pasient" not in response.content.decode()
    assert document(response).xpath("string(//h2[@id='live-heading'])") == "2 deltakere"


def test_operator_sees_how_many_a_pause_concerns(cast: Cast, platform: VideoPlatform) -> None:
    tell(
        platform,
        participant(cast.room, "api", protocol="API", conversation_id="talk", has_media=False),
        participant(cast.room, "video", conversation_id="talk"),
        participant(cast.room, "screen", conversation_id="talk", is_presenting=True),
        participant(cast.foreign_room, "other"),
        participant(cast.room, "early", service_type="waiting_room"),
        participant(cast.room, "gone"),
        participant(cast.room, "gone", "participant_disconnected"),
    )
    assert people_in_calls(platform) == 2


def test_a_meeting_is_seen_where_it_is_and_nowhere_else(
    cast: Cast, signed_in: SignIn, platform: VideoPlatform
) -> None:
    tell(platform, participant(cast.foreign_room, "theirs"), participant(cast.own_room, "own"))
    admin, owner = signed_in(cast.admin), signed_in(cast.owner)

    listed = admin.get(reverse("rooms:meetings", args=[cast.organisation.slug]))
    assert [row["room__name"] for row in listed.context["table"].records] == ["Evas rom"]
    assert people(admin.get(RoomLinks(cast.room).live)) == []
    assert len(people(owner.get(RoomLinks(cast.own_room, own=True).live))) == 1
    assert owner.get(RoomLinks(cast.room, own=True).live).status_code == 404
    foreign = reverse("rooms:live", args=[cast.organisation.slug, cast.foreign_room.public_id])
    assert admin.get(foreign).status_code == 404

    tell(platform, participant(cast.own_room, "own", "participant_disconnected"))
    listed = admin.get(reverse("rooms:meetings", args=[cast.organisation.slug]))
    assert list(listed.context["table"].records) == []


def test_locked_is_what_was_told_last(
    cast: Cast, signed_in: SignIn, platform: VideoPlatform
) -> None:
    room = cast.room
    name = f"{room.name} ({room.number})"

    def conference(what: str, second: int, *, locked: bool) -> Any:
        body = event(f"conference_{what}", START + second, name=name, is_locked=locked)
        del body["data"]["uuid"]
        return body

    tell(
        platform,
        participant(room, "host", role="chair"),
        conference("updated", 5, locked=True),
        conference("started", 0, locked=False),
    )
    admin = signed_in(cast.admin)
    assert admin.get(RoomLinks(room).live).context["meeting"].is_locked
    tell(platform, conference("updated", 9, locked=False), conference("updated", 5, locked=True))
    assert not admin.get(RoomLinks(room).live).context["meeting"].is_locked
    tell(platform, conference("updated", 12, locked=True), conference("ended", 20, locked=True))
    assert not admin.get(RoomLinks(room).live).context["meeting"].is_locked


def test_nothing_can_be_commanded_where_the_platform_takes_no_commands(
    cast: Cast, signed_in: SignIn, platform: VideoPlatform
) -> None:
    tell(platform, participant(cast.room, "host", role="chair"))
    response = signed_in(cast.admin).get(RoomLinks(cast.room).live)
    assert document(response).xpath("//section[@id='live']//form") == []


def test_page_and_list_cost_the_same_whatever_the_participants(
    cast: Cast, signed_in: SignIn, platform: VideoPlatform, django_assert_num_queries: Any
) -> None:
    admin = signed_in(cast.admin)
    listed = reverse("rooms:meetings", args=[cast.organisation.slug])
    for count in (1, 3, 25):
        tell(platform, *(participant(cast.room, f"leg-{n}") for n in range(count)))
        # user, access and organisation, room, legs
        with django_assert_num_queries(4):
            assert len(people(admin.get(RoomLinks(cast.room).live))) == count
        # user, access and organisation, meetings
        with django_assert_num_queries(3):
            admin.get(listed)
    assert CallLeg.objects.in_organisation(cast.organisation).count() == 25


def test_panel_knows_the_page_it_stands_on(cast: Cast, signed_in: SignIn) -> None:
    """On the room's own page it links to the page of the meeting; there it does not."""
    client = signed_in(cast.admin)
    links = RoomLinks(cast.room)

    def asked_from(page: str) -> str:
        headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
        return client.get(links.live, headers=headers).content.decode()

    link = f'href="{links.live}"'
    assert link in asked_from(links.detail)
    assert link not in asked_from(links.live)
    assert link not in asked_from(f"{links.live}?updating=off")
