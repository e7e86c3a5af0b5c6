"""Termination: dates, money, who has the room, and a change of mind."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from rooms import actions
from rooms.models import NumberAllocation, Room, RoomUserGrant
from tenants.access import Forbidden
from tenants.models import AuditEntry
from tests import factories
from tests.cast import Cast
from tests.pages import text_of

TODAY = date(2026, 11, 23)


@pytest.fixture
def room(cast: Cast) -> Room:
    """A room ordered on 6 February 2026, so bound until 5 February 2027."""
    room = factories.make_room(
        cast.organisation, by=cast.admin, name="Vaktrom", today=date(2026, 2, 6)
    )
    room.refresh_from_db()
    return room


def charges(room: Room) -> list[tuple[str, date, date | None]]:
    return [(str(row.product), row.starts_on, row.ends_on) for row in room.subscriptions.all()]


def test_terminated_room_is_paid_to_the_end_of_the_bindings_month(cast: Cast, room: Room) -> None:
    ended = actions.terminate_room(
        room, by=cast.admin, closes_on=date(2026, 12, 24), version=room.version, today=TODAY
    )
    assert (ended.terminated_on, ended.closes_on, ended.charged_until, ended.closed_at) == (
        TODAY,
        date(2026, 12, 24),
        date(2027, 2, 28),
        None,
    )
    assert charges(room) == [("Sensitivt rom", date(2026, 2, 6), date(2027, 2, 28))]


def test_after_the_binding_a_room_is_paid_to_the_end_of_the_month(cast: Cast, room: Room) -> None:
    ended = actions.terminate_room(
        room, by=cast.admin, closes_on=date(2028, 2, 29), today=date(2028, 2, 1)
    )
    assert ended.charged_until == date(2028, 2, 29)


def test_closing_at_once_takes_the_room_from_its_owner_and_rests_the_number(cast: Cast) -> None:
    room = cast.own_room
    assert RoomUserGrant.objects.filter(content_object=room).exists()
    today = date(2026, 11, 23)
    closed = actions.terminate_room(room, by=cast.admin, closes_on=today, today=today)
    assert closed.is_closed
    assert not RoomUserGrant.objects.filter(content_object=room).exists()
    assert NumberAllocation.objects.get(number=room.number).quarantined_until == date(2027, 11, 23)
    with pytest.raises(actions.NotPossible):
        actions.change_room(closed, by=cast.admin, name="Annet")


@pytest.mark.parametrize("closes_on", [date(2026, 11, 22), date(2027, 3, 1)])
def test_closing_date_must_lie_between_today_and_the_last_day_paid(
    cast: Cast, room: Room, closes_on: date
) -> None:
    with pytest.raises(actions.NotPossible):
        actions.terminate_room(room, by=cast.admin, closes_on=closes_on, today=TODAY)
    room.refresh_from_db()
    assert room.terminated_on is None


def test_second_termination_moves_the_closing_and_not_the_charge(cast: Cast, room: Room) -> None:
    actions.terminate_room(room, by=cast.admin, closes_on=date(2027, 1, 1), today=TODAY)
    again = actions.terminate_room(
        room, by=cast.admin, closes_on=date(2027, 2, 1), today=date(2026, 12, 30)
    )
    assert (again.terminated_on, again.closes_on, again.charged_until) == (
        TODAY,
        date(2027, 2, 1),
        date(2027, 2, 28),
    )
    entry = (
        AuditEntry.objects.in_organisation(room.organisation)
        .filter(action="rooms.termination.changed")
        .get()
    )
    assert (entry.before["closes_on"], entry.after["closes_on"]) == ("2027-01-01", "2027-02-01")


def test_withdrawing_charges_on_as_before(cast: Cast, room: Room) -> None:
    actions.terminate_room(room, by=cast.admin, closes_on=date(2027, 2, 28), today=TODAY)
    open_again = actions.withdraw_termination(room, by=cast.admin)
    assert (open_again.terminated_on, open_again.closes_on, open_again.charged_until) == (
        None,
        None,
        None,
    )
    assert charges(room) == [("Sensitivt rom", date(2026, 2, 6), None)]


def test_withdrawing_keeps_the_price_of_an_upgrade_made_in_the_last_month(
    cast: Cast, room: Room
) -> None:
    today = date(2027, 5, 10)
    upgraded = actions.change_product(
        room, factories.product("personal", "fullhd"), by=cast.admin, today=today
    )
    actions.terminate_room(upgraded, by=cast.admin, closes_on=date(2027, 5, 31), today=today)
    assert charges(room) == [("Sensitivt rom", date(2026, 2, 6), date(2027, 5, 31))]

    actions.withdraw_termination(upgraded, by=cast.admin)

    assert charges(room) == [
        ("Sensitivt rom", date(2026, 2, 6), date(2027, 5, 31)),
        ("Personlig rom, Full HD", date(2027, 6, 1), None),
    ]


def test_only_administrators_of_the_organisation_terminate(cast: Cast) -> None:
    for person in (cast.user, cast.owner, cast.other_admin, cast.other_reseller, cast.operator):
        for act in (
            lambda by: actions.terminate_room(cast.own_room, by=by, closes_on=TODAY, today=TODAY),
            lambda by: actions.withdraw_termination(cast.own_room, by=by),
        ):
            with pytest.raises(Forbidden):
                act(person)
    cast.own_room.refresh_from_db()
    assert cast.own_room.terminated_on is None


# The page


def url(room: Room, name: str = "terminate") -> str:
    return reverse(f"rooms:{name}", args=[room.organisation.slug, room.public_id])


@time_machine.travel("2026-11-23T11:00:00Z", tick=False)
def test_page_tells_the_consequence_before_the_button(cast: Cast, room: Room, signed_in) -> None:
    text = text_of(signed_in(cast.admin).get(url(room)))
    told = text.index(
        "Sier du opp i dag, betaler dere til og med 28. februar 2027, fordi bindingstiden varer "
        "til og med 5. februar 2027 og vi fakturerer hele måneder."
    )
    assert told < text.rindex("Si opp rommet")


@time_machine.travel("2026-11-23T11:00:00Z", tick=False)
def test_page_terminates_on_a_date_typed_in_norwegian(cast: Cast, room: Room, signed_in) -> None:
    response = signed_in(cast.admin).post(
        url(room), {"closing": "date", "closes_on": "24.12.2026", "version": room.version}
    )
    assert response.url == url(room, "detail")
    room.refresh_from_db()
    assert room.closes_on == date(2026, 12, 24)


@time_machine.travel("2026-11-23T11:00:00Z", tick=False)
@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("22.11.2026", "Stengedatoen kan ikke være tilbake i tid."),
        ("01.03.2027", "Stengedatoen kan ikke være etter 28.02.2027"),
        ("31.02.2027", "Skriv datoen som dag.måned.år"),
        ("", "Skriv datoen rommet skal stenge."),
    ],
)
def test_page_keeps_a_date_that_cannot_be(
    cast: Cast, room: Room, signed_in, typed: str, answer: str
) -> None:
    response = signed_in(cast.admin).post(
        url(room), {"closing": "date", "closes_on": typed, "version": room.version}
    )
    assert response.status_code == 422
    assert answer in text_of(response)
    assert f'value="{typed}"' in response.content.decode() or not typed
    room.refresh_from_db()
    assert room.terminated_on is None


@time_machine.travel("2026-11-23T11:00:00Z", tick=False)
def test_page_tells_of_a_change_made_meanwhile(cast: Cast, room: Room, signed_in) -> None:
    seen = room.version
    actions.change_room(room, by=cast.admin, name="Nytt navn")
    client = signed_in(cast.admin)
    typed = {"closing": "date", "closes_on": "24.12.2026", "version": seen}
    response = client.post(url(room), typed)
    assert response.status_code == 422
    assert "Noen har endret dette i mellomtiden." in text_of(response)
    assert 'value="24.12.2026"' in response.content.decode()
    room.refresh_from_db()
    assert room.terminated_on is None


@time_machine.travel("2026-11-23T11:00:00Z", tick=False)
def test_termination_is_withdrawn_from_its_page_while_open(
    cast: Cast, room: Room, signed_in
) -> None:
    client = signed_in(cast.admin)
    actions.terminate_room(room, by=cast.admin, closes_on=date(2027, 1, 1))
    assert "Rommet skulle stenge 1. januar 2027." in text_of(client.get(url(room, "withdraw")))
    client.post(url(room, "withdraw"))
    room.refresh_from_db()
    assert room.terminated_on is None

    actions.terminate_room(room, by=cast.admin, closes_on=TODAY)
    response = client.post(url(room, "withdraw"))
    assert response.url == url(room, "detail")
    room.refresh_from_db()
    assert room.terminated_on == TODAY


def test_foreign_room_has_no_page(cast: Cast, signed_in) -> None:
    client = signed_in(cast.admin)
    for name in ("terminate", "withdraw", "change_type"):
        address = reverse(
            f"rooms:{name}", args=[cast.organisation.slug, cast.foreign_room.public_id]
        )
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404
    cast.foreign_room.refresh_from_db()
    assert cast.foreign_room.terminated_on is None
