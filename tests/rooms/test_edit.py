"""The room's form: type rules, PINs, faults, two people at once, a change of owner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from rooms import actions
from rooms.forms.settings import RoomForm
from rooms.links import RoomLinks
from rooms.models import Room, RoomUserGrant
from tenants.access import Forbidden
from tenants.actions import change_profile
from tenants.models import AuditEntry, User
from tests import factories
from tests.cast import Cast
from tests.pages import document, text_of

type SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def english(cast: Cast) -> None:
    for person in (cast.admin, cast.reseller, cast.owner):
        change_profile(person, by=person, language="en")


def fresh(room: Room) -> Room:
    return Room.objects.in_organisation(room.organisation_id).for_detail().get(pk=room.pk)


def filled(client: Client, url: str, **typed: object) -> dict[str, Any]:
    """Return what a browser posts from the page's form with these fields typed over."""
    form = document(client.get(url)).xpath("//form[contains(@class, 'panel')]")[0]
    data = {
        name: value
        for name, value in form.form_values()
        if name not in {"csrfmiddlewaretoken", "_owner"}
    }
    data |= typed
    return {name: value for name, value in data.items() if value is not None}


def changes_of(room: Room) -> list[AuditEntry]:
    entries = AuditEntry.objects.in_organisation(room.organisation_id).about(room)
    return [entry for entry in entries if entry.action == "rooms.room.changed"]


def faults_of(response: Any) -> list[str]:
    return [
        " ".join(node.text_content().split())
        for node in document(response).xpath("//ds-error-summary//ul[1]/li")
    ]


def test_unchanged_form_changes_nothing(cast: Cast, signed_in: SignIn) -> None:
    client, links = signed_in(cast.admin), RoomLinks(cast.room)
    before = fresh(cast.room)
    response = client.post(links.edit, filled(client, links.edit))
    assert response.headers["Location"] == links.detail
    after = fresh(cast.room)
    assert (after.version, after.host_pin, after.provisioning) == (
        before.version,
        before.host_pin,
        before.provisioning,
    )
    assert changes_of(cast.room) == []


def test_every_field_is_stored(cast: Cast, signed_in: SignIn) -> None:
    client, links = signed_in(cast.admin), RoomLinks(cast.room)
    wanted = {
        "name": "Ørenese 👩‍⚕️ مرحبا",
        "description": "Andre etasje",
        "owner_name": "Åse Ny",
        "owner_email": "ase.ny@example.no",
        "department": "DPS",
        "cost_centre": "4200",
        "reference": "B-17",
        "host_pin": "004182",
        "guest_pin": "000417",
        "layout": "one_main_zero_pips",
        "theme": "",
        "participant_limit": "4",
        "chat": "on",
        "guests_may_present": None,
        "show_names": None,
    }
    response = client.post(links.edit, filled(client, links.edit, **wanted))
    assert response.headers["Location"] == links.detail
    room = fresh(cast.room)
    stored = {name: getattr(room, name) for name in wanted}
    assert stored == wanted | {
        "participant_limit": 4,
        "chat": True,
        "guests_may_present": False,
        "show_names": False,
    }
    (entry,) = changes_of(room)
    assert (entry.before["host_pin"], entry.after["host_pin"]) == ("••••", "••••")
    assert "004182" not in str(entry.after)


def test_type_rules_are_text_with_a_reason(cast: Cast, signed_in: SignIn) -> None:
    response = signed_in(cast.admin).get(RoomLinks(cast.room).edit)
    assert not document(response).xpath("//input[@name='autolock']")
    assert "Autolock Always on Follows the room type sensitive room." in text_of(response)
    meeting = factories.make_room(
        cast.organisation, by=cast.admin, product=factories.product("admin-small")
    )
    response = signed_in(cast.admin).get(RoomLinks(meeting).edit)
    text = text_of(response)
    assert "Autolock Not available Follows the room type administrative room, small." in text
    assert "Theme Standard Follows the room type" in text


def test_all_faults_are_told_at_once_and_nothing_typed_is_lost(
    cast: Cast, signed_in: SignIn
) -> None:
    client, links = signed_in(cast.admin), RoomLinks(cast.room)
    typed = {
        "name": "x" * 101,
        "owner_email": "not an address",
        "host_pin": "123456",
        "guest_pin": "0804",
        "participant_limit": "6",
    }
    response = client.post(links.edit, filled(client, links.edit, **typed))
    assert response.status_code == 422
    assert faults_of(response) == [
        "Name of the room: Ensure this value has at most 100 characters (it has 101).",
        "Owner’s e-mail address: Enter a valid email address.",
        "PIN for the host: The PIN cannot be digits in sequence.",
        "PIN for guests: The two PINs must be equally long, or both end with #.",
        "Capacity: This room type takes from 2 to 5 participants.",
    ]
    page = document(response)
    for anchor in page.xpath("//ds-error-summary//a/@href"):
        assert page.xpath(f"//*[@id='{anchor[1:]}']")
    for name, value in typed.items():
        assert page.xpath(f"//input[@name='{name}']/@value") == [value]
    assert page.xpath("//title")[0].text.startswith("Error: ")
    assert changes_of(cast.room) == []


@pytest.mark.parametrize(
    "text", ["a\x00b", "bell\x07", "turn\u202eed", "iso\u2067late", "two\nlines"]
)
@pytest.mark.parametrize(
    "field", ["name", "description", "owner_name", "department", "cost_centre", "reference"]
)
def test_hidden_characters_are_refused_in_every_text(cast: Cast, field: str, text: str) -> None:
    room = cast.room
    form = RoomForm({field: text}, room=room)
    assert not form.is_valid()
    assert form.errors[field]


@pytest.mark.parametrize("field", ["owner_email", "host_pin", "guest_pin"])
def test_hidden_characters_are_refused_in_addresses_and_pins(cast: Cast, field: str) -> None:
    for text in ("a\x00@b.no", "1234\u202e56"):
        form = RoomForm({field: text}, room=cast.room)
        assert not form.is_valid()
        assert form.errors[field]


def test_stored_pins_are_not_in_the_page(cast: Cast, signed_in: SignIn) -> None:
    room = actions.change_room(cast.room, by=cast.admin, guest_pin="804719")
    response = signed_in(cast.admin).get(RoomLinks(room).edit)
    assert "804719" not in response.content.decode()
    assert str(room.host_pin) not in response.content.decode()
    assert "A PIN is set. Leave the field empty to keep it." in text_of(response)


def test_pin_can_be_taken_away_by_its_own_box(cast: Cast, signed_in: SignIn) -> None:
    room = actions.change_room(cast.room, by=cast.admin, guest_pin="804719")
    client, links = signed_in(cast.admin), RoomLinks(room)
    both = filled(client, links.edit, guest_pin="482603", remove_guest_pin="on")
    assert faults_of(client.post(links.edit, both)) == [
        "PIN for guests: Enter a new PIN or remove it, not both."
    ]
    client.post(links.edit, filled(client, links.edit, remove_guest_pin="on"))
    assert fresh(room).guest_pin == ""
    assert not document(client.get(links.edit)).xpath("//input[@name='remove_host_pin']")


def test_new_pin_is_proposed_without_saving_and_keeps_what_was_typed(
    cast: Cast, signed_in: SignIn
) -> None:
    client, links = signed_in(cast.admin), RoomLinks(cast.room)
    data = filled(client, links.edit, name="Typed", layout="one_main_zero_pips", show_names=None)
    response = client.post(links.edit, {**data, "new_pin": "guest_pin"})
    page = document(response)
    (pin,) = page.xpath("//input[@name='guest_pin']/@value")
    assert len(pin) == len(cast.room.host_pin)
    assert page.xpath("//input[@name='name']/@value") == ["Typed"]
    assert page.xpath("//select[@name='layout']/option[@selected]/@value") == ["one_main_zero_pips"]
    assert not page.xpath("//input[@name='show_names']/@checked")
    assert page.xpath("//input[@name='host_pin']/@value") == []
    assert fresh(cast.room).version == cast.room.version

    client.post(links.edit, {**data, "guest_pin": pin})
    assert str(fresh(cast.room).guest_pin) == pin


def test_same_form_sent_twice_is_harmless(cast: Cast, signed_in: SignIn) -> None:
    client, links = signed_in(cast.admin), RoomLinks(cast.room)
    data = filled(client, links.edit, name="Once", host_pin="482603")
    answers = [client.post(links.edit, data) for _time in range(2)]
    assert [answer.headers.get("Location") for answer in answers] == [links.detail] * 2
    assert fresh(cast.room).version == cast.room.version + 1
    assert len(changes_of(cast.room)) == 1


def test_second_of_two_people_is_told_who_what_and_may_save_over(
    cast: Cast, signed_in: SignIn
) -> None:
    client, links = signed_in(cast.admin), RoomLinks(cast.room)
    data = filled(client, links.edit, name="Mine", layout="four_mains_zero_pips", host_pin="482603")
    signed_in(cast.reseller).post(
        links.edit,
        filled(
            signed_in(cast.reseller), links.edit, layout="one_main_zero_pips", host_pin="739104"
        ),
    )

    response = client.post(links.edit, data)
    assert response.status_code == 422
    text = text_of(response)
    assert (
        "Nothing is saved yet. Rita Reseller has changed this in the meantime. "
        "Look it over and save again." in text
    )
    assert (
        "Rita Reseller (Nordlys Partner AS, on your organisation’s behalf) changed "
        "layout and PIN for the host in the room" in text
    )
    assert "Layout: from “Grid of four” to “One large”" in text
    listed = [
        " ".join(node.text_content().split())
        for node in document(response).xpath("//ds-error-summary//ul[2]/li")
    ]
    assert listed == ["PIN for the host: Hidden", "Layout: One large"]
    assert "739104" not in response.content.decode()
    page = document(response)
    assert page.xpath("//input[@name='name']/@value") == ["Mine"]
    assert fresh(cast.room).name == "Samtalerom A"

    (version,) = page.xpath("//input[@name='version']/@value")
    client.post(links.edit, {**data, "version": version})
    room = fresh(cast.room)
    assert (room.name, room.layout, str(room.host_pin)) == (
        "Mine",
        "four_mains_zero_pips",
        "482603",
    )


def test_action_refuses_an_old_version_even_for_a_box_alone(cast: Cast) -> None:
    actions.change_room(cast.room, by=cast.admin, name="Another")
    with pytest.raises(actions.StaleEdit) as stale:
        actions.change_room(cast.room, by=cast.admin, version=1, chat=True)
    assert stale.value.room.name == "Another"


def test_owner_change_says_who_loses_and_who_gets(cast: Cast, signed_in: SignIn) -> None:
    client, links = signed_in(cast.admin), RoomLinks(cast.own_room)
    hint = text_of(client.get(links.edit))
    assert "Eva.Eier@example.no loses the room at once" in hint
    data = filled(client, links.edit, owner_name="Ola Bruker", owner_email="OLA.bruker@example.no")
    response = client.post(links.edit, data, follow=True)
    text = text_of(response)
    assert "Eva.Eier@example.no no longer has the room." in text
    assert (
        "OLA.bruker@example.no has the room as soon as the address is confirmed in the portal."
        in text
    )
    holders = RoomUserGrant.objects.filter(content_object=cast.own_room)
    assert [grant.user for grant in holders] == [cast.user]


def test_owner_change_is_told_to_both_by_mail(
    cast: Cast, at_once: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    def change(**values: Any) -> dict[str, str]:
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            actions.change_room(cast.own_room, by=cast.admin, **values)
        return {message.to[0]: str(message.body) for message in mail.outbox}

    before = cast.own_room.owner_email
    # The same mailbox written otherwise is the same owner.
    assert change(owner_email=before.upper()) == {}
    told = change(owner_email="ny.eier@example.no", owner_name="Ny Eier")
    assert set(told) == {before.lower(), "ny.eier@example.no"}
    assert "Ny Eier (ny.eier@example.no)" in told[before.lower()]
    assert before.lower() not in told["ny.eier@example.no"].lower()
    told = change(owner_email="", owner_name="")
    assert set(told) == {"ny.eier@example.no"}
    assert "ikke lenger registrert på adressen din" in told["ny.eier@example.no"]
    assert change(owner_name="Another name") == {}


def test_cost_centres_in_use_are_offered_and_no_others(cast: Cast, signed_in: SignIn) -> None:
    Room.objects.in_organisation(cast.foreign).update(cost_centre="FOREIGN")
    response = signed_in(cast.admin).get(RoomLinks(cast.room).edit)
    assert document(response).xpath("//datalist[@id='cost-centres']/option/@value") == ["4100"]


def test_cost_centres_are_offered_in_norwegian_order(cast: Cast, signed_in: SignIn) -> None:
    for place in ("Ål", "Østre", "Ærfugl", "bro"):
        factories.make_room(cast.organisation, by=cast.admin, cost_centre=place)
    response = signed_in(cast.admin).get(RoomLinks(cast.room).edit)
    offered = document(response).xpath("//datalist[@id='cost-centres']/option/@value")
    assert offered == ["4100", "bro", "Ærfugl", "Østre", "Ål"]


def test_constraint_is_told_in_words_at_its_field(cast: Cast) -> None:
    meeting = factories.make_room(
        cast.organisation, by=cast.admin, product=factories.product("admin-small")
    )
    with pytest.raises(ValidationError) as refused:
        actions.change_room(meeting, by=cast.admin, host_pin="")
    assert [fault.code for fault in refused.value.error_dict["host_pin"]] == ["host_pin_missing"]
    assert set(refused.value.error_dict) == {"host_pin"}


def test_holder_may_not_change_more_than_their_fields(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        actions.change_room(cast.own_room, by=cast.owner, owner_email="x@example.no")
    with pytest.raises(Forbidden):
        actions.change_room(cast.own_room, by=cast.owner, name="New", cost_centre="1")
