"""One's own rooms: they follow verified addresses, show no price and cannot be terminated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from rooms import actions
from rooms.links import RoomLinks
from rooms.models import Room
from tenants.actions import change_profile
from tenants.actions.invitations import account_exists
from tenants.models import User
from tests import factories
from tests.cast import Cast
from tests.pages import document, links_of, squeezed, text_of
from videoportal.celery import app

type SignIn = Callable[[User], Client]
LIST = "/my/rooms/"


@pytest.fixture(autouse=True)
def english(cast: Cast) -> None:
    for person in (cast.admin, cast.owner, cast.user):
        change_profile(person, by=person, language="en")


def rooms_seen(client: Client) -> set[str]:
    """Return the names on the list of own rooms."""
    return set(links_of(client.get(LIST), "//main//ul[@class='tasks']//a"))


def test_list_holds_the_rooms_on_ones_address_alone(cast: Cast, signed_in: SignIn) -> None:
    foreign = factories.make_room(
        cast.foreign, by=cast.other_admin, name="Elsewhere", owner_email="EVA.eier@example.no"
    )
    client = signed_in(cast.owner)
    # The address decides, whatever the organisation.
    assert rooms_seen(client) == {"Evas rom", "Elsewhere"}
    for room in (cast.room, cast.foreign_room):
        assert client.get(RoomLinks(room, own=True).detail).status_code == 404
    assert foreign.number in client.get(LIST).content.decode().replace("<span>", "")


def test_empty_list_tells_the_rule_and_shows_ones_addresses(cast: Cast, signed_in: SignIn) -> None:
    EmailAddress.objects.create(user=cast.user, email="old.name@example.no", verified=False)
    response = signed_in(cast.user).get(LIST)
    text = text_of(response)
    assert "registered on an e-mail address that you have confirmed here" in text
    assert [
        squeezed(" ".join(node.itertext()))
        for node in document(response).xpath("//main//dl/dd[1]/div")
    ] == ["ola.bruker@example.no Confirmed", "old.name@example.no Not confirmed Confirm"]
    (form,) = document(response).xpath("//main//form")
    assert form.get("action") == reverse("account_email")
    assert dict(form.form_values())["email"] == "old.name@example.no"
    assert cast.owner.email not in text


@pytest.mark.parametrize("rooms", [1, 3, 25])
def test_pages_cost_the_same_whatever_the_rooms(
    cast: Cast,
    signed_in: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
    rooms: int,
) -> None:
    for _room in range(rooms - 1):
        factories.make_room(cast.organisation, by=cast.admin, owner_email="eva.eier@example.no")
    client = signed_in(cast.owner)
    with django_assert_num_queries(4):  # person, own rooms, rooms, rights of the frame
        assert len(client.get(LIST).context["rooms"]) == rooms
    with django_assert_num_queries(6):  # the same, the room, its history
        response = client.get(RoomLinks(cast.own_room, own=True).detail)
    assert len(response.context["others"]) == rooms - 1


def test_administrators_own_room_costs_no_more(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # The frame then names the organisation that the person administers, here another one.
    room = factories.make_room(cast.foreign, by=cast.other_admin, owner_email=cast.admin.email)
    client = signed_in(cast.admin)
    with django_assert_num_queries(4):
        assert len(client.get(LIST).context["rooms"]) == 1
    with django_assert_num_queries(6):
        response = client.get(RoomLinks(room, own=True).detail)
    (named,) = document(response).xpath("//header//p[contains(@class, 'org')]")
    assert squeezed(" ".join(named.itertext())).startswith(cast.organisation.name)


def test_detail_has_checklist_but_neither_price_nor_termination(
    cast: Cast, signed_in: SignIn
) -> None:
    response = signed_in(cast.owner).get(RoomLinks(cast.own_room, own=True).detail)
    text = text_of(response)
    assert "Before you talk with the patient" in text
    assert "The room locks itself when you are two." in text
    for absent in ("50.00", "NOK", "Terminate", "Cost centre 4100"):
        assert absent not in text
    assert document(response).xpath("//body/@data-size") == ["md"]
    assert not [url for url in links_of(response, "//a").values() if "/o/" in str(url)]


def test_meeting_room_has_its_own_checklist(cast: Cast, signed_in: SignIn) -> None:
    room = factories.make_room(
        cast.organisation,
        by=cast.admin,
        product=factories.product("admin-small"),
        owner_email="eva.eier@example.no",
    )
    text = text_of(signed_in(cast.owner).get(RoomLinks(room, own=True).detail))
    assert "Before the meeting" in text
    assert "patient" not in text.lower()


def test_holder_changes_the_fields_of_an_own_room_and_no_others(
    cast: Cast, signed_in: SignIn
) -> None:
    client, links = signed_in(cast.owner), RoomLinks(cast.own_room, own=True)
    page = document(client.get(links.edit))
    names = {str(name) for name in page.xpath("//main//form//*[@name]/@name")}
    assert names == {
        "csrfmiddlewaretoken", "_owner", "version", "name", "guests_allowed", "host_pin",
        "guest_pin", "layout", "theme", "chat", "guests_may_present", "show_names", "new_pin",
    }  # fmt: skip
    typed = {
        "version": cast.own_room.version,
        "name": "Evas nye rom",
        "guests_allowed": "on",
        "layout": "one_main_zero_pips",
        "theme": cast.own_room.theme,
        "owner_email": "taken.over@example.no",
        "cost_centre": "0",
    }
    response = client.post(links.edit, typed)
    assert response.headers["Location"] == links.detail
    room = Room.objects.in_organisation(cast.organisation).get(pk=cast.own_room.pk)
    assert (room.name, room.owner_email, room.cost_centre) == (
        "Evas nye rom",
        "Eva.Eier@example.no",
        "4100",
    )


def test_owner_change_moves_the_room_at_once(cast: Cast, signed_in: SignIn) -> None:
    former, new = signed_in(cast.owner), signed_in(cast.user)
    assert (rooms_seen(former), rooms_seen(new)) == ({"Evas rom"}, set())
    actions.change_room(cast.own_room, by=cast.admin, owner_email="Ola.Bruker@example.no")
    assert (rooms_seen(former), rooms_seen(new)) == (set(), {"Evas rom"})
    assert former.get(RoomLinks(cast.own_room, own=True).detail).status_code == 404


@pytest.fixture
def mail_at_once() -> Iterator[None]:
    """Send mail where it is written: no worker stands beside these tests."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def test_confirming_an_address_gives_the_room_and_removing_it_takes_it(
    cast: Cast,
    mail_at_once: None,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client = Client()
    client.post(
        reverse("account_login"), {"login": cast.user.email, "password": factories.PASSWORD}
    )
    assert rooms_seen(client) == set()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("account_email"), {"action_add": "", "email": "per.annen@example.no"})
    assert rooms_seen(client) == set()

    (letter,) = [m for m in mail.outbox if m.to == ["per.annen@example.no"]]
    found = re.search(r"https?://[^/]+(/accounts/confirm-email/\S+)", str(letter.body))
    assert found
    client.post(found[1])
    assert rooms_seen(client) == {"Samtalerom A"}
    # The foreign organisation's room of the same name and owner came along.
    assert len(client.get(LIST).context["rooms"]) == 2

    client.post(reverse("account_email"), {"action_remove": "", "email": "per.annen@example.no"})
    assert rooms_seen(client) == set()
    assert client.get(RoomLinks(cast.room, own=True).detail).status_code == 404


def test_an_added_address_is_confirmed_by_its_own_account_alone(
    cast: Cast,
    signed_in: SignIn,
    mail_at_once: None,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    """Somebody adds another's address; whoever has it opens the link and says: yes, it is mine."""
    thief = Client()
    thief.post(reverse("account_login"), {"login": cast.user.email, "password": factories.PASSWORD})
    with django_capture_on_commit_callbacks(execute=True):
        thief.post(reverse("account_email"), {"action_add": "", "email": "per.annen@example.no"})
    found = re.search(r"https?://[^/]+(/accounts/confirm-email/\S+)", str(mail.outbox[-1].body))
    assert found
    for ask in (Client().get, Client().post):
        answer = ask(found[1])
        assert answer.status_code == 302
        assert unquote(answer["Location"]) == f"{reverse('account_login')}?next={found[1]}"
    other = signed_in(cast.owner)
    for ask in (other.get, other.post):
        answer = ask(found[1])
        assert answer.status_code == 403
        assert "another account" in text_of(answer)
    assert rooms_seen(thief) == set()
    # A new password asked for at the address is not one for the account that only claims it.
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        Client().post(reverse("account_reset_password"), {"email": "per.annen@example.no"})
    assert not any("/password/reset/key/" in str(m.body) for m in mail.outbox)
    # Nor is somebody who is invited at the address kept out by it.
    assert not account_exists("per.annen@example.no")
    thief.post(found[1])
    assert rooms_seen(thief) == {"Samtalerom A"}


def test_unconfirmed_address_gives_nothing(cast: Cast, signed_in: SignIn) -> None:
    EmailAddress.objects.create(user=cast.user, email="per.annen@example.no", verified=False)
    actions.sync_own_rooms(cast.user)
    assert rooms_seen(signed_in(cast.user)) == set()


def test_history_of_an_own_room_calls_the_reader_you(cast: Cast, signed_in: SignIn) -> None:
    actions.reveal_pin(cast.own_room, "host_pin", by=cast.owner)
    text = text_of(signed_in(cast.owner).get(RoomLinks(cast.own_room, own=True).history))
    assert "You viewed the PIN for the host in the room" in text
    assert "Kari Admin ordered the room" in text


def test_history_begins_when_the_room_became_ones_own(cast: Cast, signed_in: SignIn) -> None:
    room = actions.change_room(
        cast.room, by=cast.admin, owner_name="Ola Bruker", owner_email=cast.user.email
    )
    room = actions.change_room(room, by=cast.user, name="Fjordgløtt")
    room = actions.change_room(
        room, by=cast.admin, owner_name="Eva Eier", owner_email="EVA.eier@example.no"
    )
    actions.change_room(room, by=cast.admin, layout="five_mains_seven_pips")
    client, links = signed_in(cast.owner), RoomLinks(room, own=True)
    for url in (links.history, links.detail):
        text = text_of(client.get(url))
        assert "Kari Admin changed owner's name and owner's e-mail address in the room" in text
        assert "Kari Admin changed layout in the room" in text
        for told in ("Ola", cast.user.email, "changed name", "ordered"):
            assert told not in text, told
    assert "before the room was registered on your address is not shown" in text_of(
        client.get(links.history)
    )
    # The organisation still sees all of it.
    whole = text_of(signed_in(cast.admin).get(RoomLinks(room).history))
    assert "Ola Bruker" in whole
    assert "ordered" in whole


def test_history_goes_on_when_ones_own_address_changes(cast: Cast, signed_in: SignIn) -> None:
    EmailAddress.objects.create(user=cast.owner, email="Eva.Ny@example.no", verified=True)
    actions.change_room(cast.own_room, by=cast.owner, name="Evas beste rom")
    actions.change_room(cast.own_room, by=cast.admin, owner_email="eva.ny@example.no")
    text = text_of(signed_in(cast.owner).get(RoomLinks(cast.own_room, own=True).history))
    assert "ordered" in text
    assert "Evas beste rom" in text
