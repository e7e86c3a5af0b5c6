"""PINs on a room's page: masked, shown once on request, made anew; every look is logged."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from rooms import actions
from rooms.links import RoomLinks
from rooms.models import Room
from rooms.platforms.models import VideoPlatform
from tenants.access import Forbidden
from tenants.actions import change_profile
from tenants.models import AuditEntry, User
from tests.cast import Cast
from tests.pages import text_of
from tests.rooms.test_edit import filled

type SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def english(cast: Cast) -> None:
    for person in (cast.admin, cast.reseller, cast.owner):
        change_profile(person, by=person, language="en")


def fresh(room: Room) -> Room:
    return Room.objects.in_organisation(room.organisation_id).for_detail().get(pk=room.pk)


def logged(room: Room) -> list[str]:
    """Return the actions logged about the room, newest first, without its order."""
    entries = AuditEntry.objects.in_organisation(room.organisation_id).about(room)
    return [entry.action for entry in entries if entry.action != "rooms.room.ordered"]


@pytest.mark.parametrize("own", [False, True])
def test_pin_is_hidden_until_asked_for_and_hidden_again_after(
    cast: Cast, signed_in: SignIn, own: bool
) -> None:
    room, person = cast.own_room, cast.owner if own else cast.admin
    links, client = RoomLinks(room, own), signed_in(person)
    pin = str(room.host_pin)
    assert pin not in client.get(links.detail).content.decode()
    assert logged(room) == []

    response = client.post(links.reveal("host_pin"))
    assert pin in text_of(response, "//section[@id='pins']")
    assert "no-store" in response["Cache-Control"]
    assert logged(room) == ["rooms.host_pin.revealed"]

    assert pin not in client.get(links.detail).content.decode()
    assert client.get(links.reveal("host_pin")).headers["Location"] == links.detail
    assert logged(room) == ["rooms.host_pin.revealed"]


def test_fragment_holds_the_pins_panel_alone(cast: Cast, signed_in: SignIn) -> None:
    response = signed_in(cast.admin).post(
        RoomLinks(cast.room).reveal("host_pin"), headers={"HX-Request": "true", "HX-Target": "pins"}
    )
    body = response.content.decode()
    assert body.strip().startswith('<section class="ds-card panel" id="pins"')
    assert body.strip().endswith("</section>")
    assert "HX-Request" in response["Vary"]


def test_page_says_when_a_new_pin_works_on_the_platform_that_the_room_is_on(
    cast: Cast, signed_in: SignIn
) -> None:
    links, client = RoomLinks(cast.room), signed_in(cast.admin)
    slow, quick = "A new PIN works within a couple", "A new PIN works from the next call on."
    for kind, writes, told in (
        ("simulator", False, slow),
        ("pexip", True, slow),
        ("pexip", False, quick),
    ):
        VideoPlatform.objects.update(kind=kind, writes_rooms=writes)
        page = text_of(client.get(links.detail))
        assert [said for said in (slow, quick) if said in page] == [told]
    version = fresh(cast.room).version
    made = client.post(links.renew("guest_pin"), {"version": version})
    assert "The new PIN works from the next call on." in text_of(made)
    bulk = reverse("rooms:bulk", args=[cast.organisation.slug])
    chosen = {"action": "pins", "room": str(cast.room.public_id)}
    assert "The old codes let nobody in after that." in text_of(client.get(bulk, chosen))
    saved = client.post(links.edit, filled(client, links.edit, name="Nytt navn"), follow=True)
    assert "The changes are saved and take effect at the next call." in text_of(saved)


def test_new_pin_is_shown_once_and_pressing_twice_changes_nothing(
    cast: Cast, signed_in: SignIn
) -> None:
    links, client = RoomLinks(cast.room), signed_in(cast.admin)
    typed = {"version": cast.room.version}
    response = client.post(links.renew("guest_pin"), typed)
    made = str(fresh(cast.room).guest_pin)
    assert len(made) == len(str(cast.room.host_pin))
    assert made in text_of(response, "//section[@id='pins']")
    assert "The new PIN works within a couple of minutes." in text_of(response)
    assert logged(cast.room) == ["rooms.guest_pin.revealed", "rooms.pin.renewed"]

    again = client.post(links.renew("guest_pin"), typed)
    assert str(fresh(cast.room).guest_pin) == made
    assert made not in again.content.decode()
    assert "No new PIN was made." in text_of(again)
    assert fresh(cast.room).provisioning == "pending"


def test_no_pin_for_guests_where_no_guests_may_join(cast: Cast, signed_in: SignIn) -> None:
    room = actions.change_room(cast.room, by=cast.admin, guests_allowed=False)
    response = signed_in(cast.admin).post(
        RoomLinks(room).renew("guest_pin"), {"version": room.version}
    )
    assert "A guest PIN needs a room that allows guests." in text_of(response)
    assert fresh(room).guest_pin == ""


def test_other_fields_cannot_be_revealed(cast: Cast, signed_in: SignIn) -> None:
    response = signed_in(cast.admin).post(RoomLinks(cast.room).reveal("owner_email"))
    assert response.status_code == 404
    assert logged(cast.room) == []


def test_a_person_without_the_right_sees_nothing_and_nothing_is_logged(
    cast: Cast, signed_in: SignIn
) -> None:
    for person in (cast.user, cast.owner, cast.other_admin, cast.other_reseller, cast.operator):
        for links in (RoomLinks(cast.room), RoomLinks(cast.room, own=True)):
            response = signed_in(person).post(links.reveal("host_pin"))
            assert response.status_code in {403, 404}
            assert str(cast.room.host_pin) not in response.content.decode()
        with pytest.raises(Forbidden):
            actions.reveal_pin(cast.room, "host_pin", by=person)
        with pytest.raises(Forbidden):
            actions.note_pins_shown([cast.room], by=person, where="export")
    assert logged(cast.room) == []


def test_weak_imported_pin_stays_while_the_other_is_changed(cast: Cast) -> None:
    rooms = Room.objects.in_organisation(cast.organisation)
    rooms.filter(pk=cast.room.pk).update(host_pin="1234")
    room = actions.renew_pin(fresh(cast.room), "guest_pin", by=cast.admin)
    assert (str(room.host_pin), len(room.guest_pin)) == ("1234", 4)
    with pytest.raises(ValidationError) as refused:
        actions.change_room(room, by=cast.admin, host_pin="4321")
    assert refused.value.error_dict["host_pin"][0].code == "pin_weak"
    with pytest.raises(ValidationError) as refused:
        actions.change_room(room, by=cast.admin, host_pin="")
    assert refused.value.error_dict["host_pin"][0].code == "host_pin_missing"


def test_pin_with_leading_zeros_keeps_them(cast: Cast, signed_in: SignIn) -> None:
    room = actions.change_room(cast.room, by=cast.admin, host_pin="004182", guest_pin="000417")
    assert (str(fresh(room).host_pin), str(fresh(room).guest_pin)) == ("004182", "000417")
    response = signed_in(cast.admin).post(RoomLinks(room).reveal("guest_pin"))
    assert "000417" in text_of(response, "//section[@id='pins']")
