"""Upgrade at once, downgrade after the binding, and the page that tells which it is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from rooms import actions
from rooms.models import Room, RoomType
from tenants.access import Forbidden
from tests import factories
from tests.cast import Cast
from tests.pages import text_of

NOON = "2026-11-23T11:00:00Z"
TODAY = date(2026, 11, 23)


@pytest.fixture
def room(cast: Cast) -> Room:
    """A personal full HD room, ordered on 6 February 2026."""
    room = factories.make_room(
        cast.organisation,
        by=cast.admin,
        name="Vaktrom",
        product=factories.product("personal", "fullhd"),
        today=date(2026, 2, 6),
    )
    room.refresh_from_db()
    return room


def charges(room: Room) -> list[tuple[str, date, date | None]]:
    return [(str(row.product), row.starts_on, row.ends_on) for row in room.subscriptions.all()]


def test_upgrade_changes_the_room_now_and_the_price_next_month(cast: Cast, room: Room) -> None:
    upgraded = actions.change_product(
        room, factories.product("admin-large", "hd"), by=cast.admin, today=TODAY
    )
    assert str(upgraded.product) == "Administrativt rom, stort"
    assert upgraded.participant_limit == 50
    assert upgraded.bound_until == date(2027, 2, 5)
    assert charges(room) == [
        ("Personlig rom, Full HD", date(2026, 2, 6), date(2026, 11, 30)),
        ("Administrativt rom, stort", date(2026, 12, 1), None),
    ]


def test_two_upgrades_in_a_month_charge_the_last_from_the_next(cast: Cast, room: Room) -> None:
    actions.change_product(room, factories.product("admin-small"), by=cast.admin, today=TODAY)
    actions.change_product(
        room, factories.product("admin-large"), by=cast.admin, today=date(2026, 11, 30)
    )
    assert charges(room) == [
        ("Personlig rom, Full HD", date(2026, 2, 6), date(2026, 11, 30)),
        ("Administrativt rom, stort", date(2026, 12, 1), None),
    ]


def test_downgrade_waits_for_the_binding_and_changes_nothing_yet(cast: Cast, room: Room) -> None:
    agreed = actions.change_product(
        room, factories.product("sensitive", "hd"), by=cast.admin, today=TODAY
    )
    assert (str(agreed.product), str(agreed.next_product), agreed.next_product_from) == (
        "Personlig rom, Full HD",
        "Sensitivt rom",
        date(2027, 3, 1),
    )
    assert charges(room) == [("Personlig rom, Full HD", date(2026, 2, 6), None)]


def test_choosing_the_present_product_cancels_the_agreement(cast: Cast, room: Room) -> None:
    agreed = actions.change_product(
        room, factories.product("sensitive"), by=cast.admin, today=TODAY
    )
    cancelled = actions.change_product(agreed, agreed.product, by=cast.admin, today=TODAY)
    assert (cancelled.next_product, cancelled.next_product_from) == (None, None)


def test_sensitive_room_gets_its_lock_and_pin_back(cast: Cast) -> None:
    room = factories.make_room(
        cast.organisation,
        by=cast.admin,
        product=factories.product("admin-small"),
        guests_allowed=False,
        host_pin="",
        chat=True,
    )
    RoomType.objects.filter(code="sensitive").update(chat_on_order=False, guest_pin_allowed=False)
    fitted = actions.fitted_settings(room, factories.product("sensitive"))
    assert fitted.keys() == {"autolock", "layout", "chat", "host_pin", "participant_limit"} - (
        {"layout"} if room.layout in factories.product("sensitive").room_type.layouts else set()
    )
    assert fitted["autolock"] is True
    assert len(fitted["host_pin"]) == 6


def test_terminated_room_and_closed_type_refuse(cast: Cast, room: Room) -> None:
    RoomType.objects.filter(code="auditorium").update(open_to=date(2021, 1, 2))
    with pytest.raises(actions.NotPossible):
        actions.change_product(room, factories.product("auditorium"), by=cast.admin, today=TODAY)
    actions.terminate_room(room, by=cast.admin, closes_on=date(2027, 1, 1), today=TODAY)
    with pytest.raises(actions.NotPossible):
        actions.change_product(room, factories.product("admin-small"), by=cast.admin, today=TODAY)


def test_only_administrators_of_the_organisation_change_type(cast: Cast) -> None:
    for person in (cast.user, cast.owner, cast.other_admin, cast.other_reseller, cast.operator):
        with pytest.raises(Forbidden):
            actions.change_product(cast.own_room, factories.product("admin-small"), by=person)
    cast.own_room.refresh_from_db()
    assert cast.own_room.product == factories.product("sensitive")


# The page


def url(room: Room) -> str:
    return reverse("rooms:change_type", args=[room.organisation.slug, room.public_id])


@time_machine.travel(NOON, tick=False)
def test_page_tells_prices_settings_and_dates_before_the_button(
    cast: Cast, room: Room, signed_in: Any
) -> None:
    text = text_of(signed_in(cast.admin).get(url(room), {"product": "admin-large-hd"}))
    facts = [
        "Nå Personlig rom, Full HD, kr 90,00 per måned",
        "Blir Administrativt rom, stort, kr 200,00 per måned",
        "Rommet endres med en gang",
        "Ny pris fra 1. desember 2026",
        "Bindingstid Fortsatt til og med 05.02.2027",
        "Kvalitet Full HD → HD",
        "Kapasitet 5 → 50",
        "Ikke for pasientopplysninger",
        "Oppgrader til Administrativt rom, stort",
    ]
    places = [text.index(fact) for fact in facts]
    assert places == sorted(places)


@time_machine.travel(NOON, tick=False)
def test_page_agrees_on_a_downgrade_and_cancels_it(cast: Cast, room: Room, signed_in: Any) -> None:
    client = signed_in(cast.admin)
    shown = text_of(client.get(url(room), {"product": "sensitive-hd"}))
    assert "Avtal nedgradering fra 1. mars 2027" in shown
    client.post(url(room), {"product": "sensitive-hd", "version": room.version})
    room.refresh_from_db()
    assert room.next_product_from == date(2027, 3, 1)

    assert "Endring til Sensitivt rom er avtalt fra 1. mars 2027" in text_of(client.get(url(room)))
    client.post(url(room), {"product": "personal-fullhd", "version": room.version})
    room.refresh_from_db()
    assert room.next_product is None


@time_machine.travel(NOON, tick=False)
def test_page_tells_of_a_change_made_meanwhile_and_keeps_the_choice(
    cast: Cast, room: Room, signed_in: Any
) -> None:
    seen = room.version
    actions.change_room(room, by=cast.admin, name="Nytt navn")
    response = signed_in(cast.admin).post(url(room), {"product": "sensitive-hd", "version": seen})
    assert response.status_code == 422
    assert "Noen har endret dette i mellomtiden." in text_of(response)
    assert "Avtal nedgradering fra 1. mars 2027" in text_of(response)
    room.refresh_from_db()
    assert room.next_product is None


def test_page_of_a_product_that_is_not_offered_asks_again(
    cast: Cast, room: Room, signed_in: Any
) -> None:
    client = signed_in(cast.admin)
    assert "Velg en type" in text_of(client.get(url(room), {"product": "finnes-ikke"}))
    response = client.post(url(room), {"product": "finnes-ikke", "version": room.version})
    assert response.status_code == 422
    assert "Denne romtypen kan ikke lenger bestilles." in text_of(response)
