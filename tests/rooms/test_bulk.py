"""Changing many rooms at once: the effect is shown, then all or nothing is done, once."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from rooms import actions, bulk, terms
from rooms.choices import BulkAction
from rooms.models import NumberAllocation, Room, RoomUserGrant
from tenants.access import Forbidden
from tenants.models import AuditEntry, User
from tests import factories, sessions
from tests.cast import Cast
from tests.pages import document, squeezed, text_of

type SignIn = Callable[[User], Client]
type Capture = DjangoCaptureOnCommitCallbacks


@pytest.fixture
def admin(cast: Cast, signed_in: SignIn) -> Client:
    return signed_in(cast.admin)


def url_of(cast: Cast, action: str, *rooms: Room, **query: object) -> str:
    pairs = [("action", action), *(("room", room.public_id) for room in rooms), *query.items()]
    return f"/o/{cast.organisation.slug}/rooms/bulk/?{urlencode(pairs)}"


def seal_on(response: Any) -> str:
    return str(document(response).xpath("//input[@name='seal']/@value")[0])


def confirm(client: Client, url: str, **fields: object) -> Any:
    """Open the page and confirm what it shows."""
    return client.post(url, {"seal": seal_on(client.get(url)), **fields}, follow=True)


def said(response: Any) -> list[str]:
    return [
        squeezed(alert.text_content())
        for alert in document(response).xpath("//main//div[contains(@class, 'ds-alert')]")
    ]


def fresh(room: Room) -> Room:
    return Room.objects.in_organisation(room.organisation_id).get(pk=room.pk)


def stored(room: Room, **values: Any) -> None:
    Room.objects.in_organisation(room.organisation_id).filter(pk=room.pk).update(**values)


def entries(cast: Cast) -> list[tuple[str, str]]:
    """Return action and target of the organisation's newest entries, oldest first."""
    rows = AuditEntry.objects.in_organisation(cast.organisation).order_by("pk")
    return [(row.action, row.target_label) for row in rows]


def test_cost_centre_is_set_on_the_chosen_rooms_alone(cast: Cast, admin: Client) -> None:
    third = factories.make_room(cast.organisation, by=cast.admin, cost_centre="4100")
    before = len(entries(cast))
    url = url_of(cast, "cost_centre", cast.room, cast.own_room)
    assert "Sett koststed på 2 møterom" in text_of(admin.get(url), "//h1")

    response = confirm(admin, url, cost_centre="  5200 ")

    assert said(response) == ["2 møterom har fått nytt koststed."]
    rooms = {room.name: room.cost_centre for room in cast.organisation.rooms.all()}
    assert rooms == {"Samtalerom A": "5200", "Evas rom": "5200", third.name: "4100"}
    assert fresh(cast.room).version == cast.room.version + 1
    assert fresh(cast.foreign_room).cost_centre == "4100"
    assert sorted(entries(cast)[before:]) == [
        ("rooms.bulk.done", ""),
        ("rooms.room.changed", "Evas rom"),
        ("rooms.room.changed", "Samtalerom A"),
    ]


def test_rooms_that_are_so_already_are_left_as_they_are(cast: Cast, admin: Client) -> None:
    stored(cast.room, cost_centre="5200")
    response = confirm(
        admin, url_of(cast, "cost_centre", cast.room, cast.own_room), cost_centre="5200"
    )
    assert said(response) == ["1 møterom har fått nytt koststed."]
    assert fresh(cast.room).version == cast.room.version


def test_everything_the_filter_finds_is_taken_by_the_filter(cast: Cast, admin: Client) -> None:
    third = factories.make_room(cast.organisation, by=cast.admin, name="Lager")
    url = url_of(cast, "cost_centre", all="1", filter="q=rom&sort=-name")
    response = admin.get(url)
    names = [squeezed(item.text_content()) for item in document(response).xpath("//main//form//li")]
    assert names == [
        f"Evas rom ({cast.own_room.number})",
        f"Samtalerom A ({cast.room.number})",
    ]
    later = factories.make_room(cast.organisation, by=cast.admin, name="Rom som kom til")
    done = admin.post(url, {"seal": seal_on(response), "cost_centre": "77"}, follow=True)
    # Back to the list as it was filtered; a room that was not shown is not changed.
    assert done.redirect_chain[-1][0] == f"/o/{cast.organisation.slug}/rooms/?q=rom&sort=-name"
    assert (fresh(third).cost_centre, fresh(later).cost_centre) == ("", "")
    assert fresh(cast.room).cost_centre == "77"


def test_new_owner_gets_the_rooms_and_the_old_one_loses_them(cast: Cast, admin: Client) -> None:
    url = url_of(cast, "owner", cast.room, cast.own_room)
    response = confirm(admin, url, owner_name="Ola Bruker", owner_email="OLA.bruker@example.no")
    assert said(response) == ["2 møterom har fått ny eier."]
    holders = RoomUserGrant.objects.values_list("user__email", "content_object__name")
    assert sorted(holders) == [
        ("ola.bruker@example.no", "Evas rom"),
        ("ola.bruker@example.no", "Samtalerom A"),
    ]
    room = fresh(cast.own_room)
    assert (room.owner_name, room.owner_email, room.provisioning) == (
        "Ola Bruker",
        "OLA.bruker@example.no",
        "pending",
    )


def test_new_and_old_owners_are_told_once_each(
    cast: Cast, at_once: None, django_capture_on_commit_callbacks: Capture
) -> None:
    third = factories.make_room(
        cast.organisation, by=cast.admin, name="Uten eier", owner_name="", owner_email=""
    )
    rooms = [cast.room, cast.own_room, third]
    olds = {room.owner_email.lower() for room in rooms if room.owner_email}
    seal = bulk.plan(rooms, BulkAction.OWNER, organisation=cast.organisation).seal()
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        bulk.change_owners(
            cast.organisation,
            seal,
            by=cast.admin,
            owner_name="Ola Bruker",
            owner_email=cast.user.email,
        )
    told = {message.to[0]: str(message.body) for message in mail.outbox}
    assert len(told) == len(mail.outbox)
    assert set(told) == olds | {cast.user.email}
    assert all(room.number in told[cast.user.email] for room in rooms)
    # Nobody hears who had the room, or which other rooms moved.
    assert not any(address in told[cast.user.email] for address in olds)
    for room in (cast.room, cast.own_room):
        if room.owner_email:
            others = {other.number for other in rooms} - {
                own.number for own in rooms if own.owner_email.lower() == room.owner_email.lower()
            }
            assert room.number in told[room.owner_email.lower()]
            assert not any(number in told[room.owner_email.lower()] for number in others)


def test_faults_in_the_form_keep_what_was_typed_and_change_nothing(
    cast: Cast, admin: Client
) -> None:
    url = url_of(cast, "owner", cast.room)
    response = admin.post(
        url, {"seal": seal_on(admin.get(url)), "owner_name": "Ola", "owner_email": "ikke-en"}
    )
    assert response.status_code == 422
    page = document(response)
    assert page.xpath("//input[@name='owner_name']/@value") == ["Ola"]
    assert page.xpath("//ds-error-summary//a/@href") == ["#id_owner_email"]
    assert fresh(cast.room).owner_email == cast.room.owner_email


def test_new_pins_are_made_for_each_pin_and_the_list_is_logged(cast: Cast, admin: Client) -> None:
    stored(cast.room, host_pin="111222", guest_pin="333444")
    stored(cast.own_room, host_pin="0530#", guest_pin="")
    open_room = factories.make_room(
        cast.organisation, by=cast.admin, product=factories.product("admin-small"), name="Uten"
    )
    stored(open_room, host_pin="", guests_allowed=False)
    url = url_of(cast, "pins", cast.room, cast.own_room, open_room)
    page = text_of(admin.get(url))
    assert "1 rom er ikke med. Rom uten PIN-kode får ingen." in page

    response = confirm(admin, url)

    assert "2 møterom har fått nye PIN-koder" in text_of(response)
    room, own = fresh(cast.room), fresh(cast.own_room)
    assert room.host_pin not in {"111222", room.guest_pin}
    assert room.guest_pin != "333444"
    assert (len(room.host_pin), len(room.guest_pin), own.guest_pin) == (6, 6, "")
    assert own.host_pin != "0530#"
    # Nothing is shown before it is asked for, and each time it is logged for each room.
    assert room.host_pin not in response.content.decode()
    before = len(entries(cast))
    result = f"/o/{cast.organisation.slug}/rooms/bulk/?done=pins"
    shown = admin.post(result, {"list": "print"})
    cells = [
        [squeezed(cell.text_content()) for cell in row]
        for row in document(shown).xpath("//tbody/tr")
    ]
    assert cells == [
        ["Evas rom", own.number, "Eva Eier", own.host_pin, "–"],
        ["Samtalerom A", room.number, "Per Annen", room.host_pin, room.guest_pin],
    ]
    file = admin.post(result, {"list": "csv"}).getvalue().decode("utf-8-sig")
    assert f"{room.number};Samtalerom A;Per Annen;{room.host_pin};{room.guest_pin}" in file
    assert sorted(entries(cast)[before:]) == [
        ("rooms.pin.included", "Evas rom"),
        ("rooms.pin.included", "Evas rom"),
        ("rooms.pin.included", "Samtalerom A"),
        ("rooms.pin.included", "Samtalerom A"),
    ]
    logged = AuditEntry.objects.in_organisation(cast.organisation)
    assert room.host_pin not in str([(row.before, row.after) for row in logged])


def test_list_of_new_pins_is_for_whoever_showed_lately_who_they_are(
    cast: Cast, admin: Client
) -> None:
    confirm(admin, url_of(cast, "pins", cast.room))
    sessions.signed_in_at(admin, cast.admin, minutes_ago=11)
    before = entries(cast)
    result = f"/o/{cast.organisation.slug}/rooms/bulk/?done=pins"
    assert "1 møterom har fått nye PIN-koder" in text_of(admin.get(result))
    for wanted in ("print", "csv", "xlsx"):
        answer = admin.post(
            result, {"list": wanted}, headers={"Referer": f"http://testserver{result}"}
        )
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/reauthenticate/?next=")
    assert entries(cast) == before
    confirmed = admin.post(answer["Location"], {"password": factories.PASSWORD})
    assert confirmed["Location"] == result
    shown = admin.post(result, {"list": "print"}).content.decode()
    assert fresh(cast.room).host_pin in shown


def test_list_of_new_pins_stays_in_its_organisation(cast: Cast, signed_in: SignIn) -> None:
    reseller = signed_in(cast.reseller)
    confirm(reseller, url_of(cast, "pins", cast.room))
    other = f"/o/{cast.second_client.slug}/rooms/bulk/?done=pins"
    for response in (reseller.get(other), reseller.post(other, {"list": "csv"})):
        assert (response.status_code, response["Location"]) == (
            302,
            f"/o/{cast.second_client.slug}/rooms/",
        )


def test_change_of_type_shows_dates_and_prices_before_it_is_done(cast: Cast, admin: Client) -> None:
    today = timezone.localdate()
    small = factories.product("admin-small")
    big = factories.make_room(
        cast.organisation, by=cast.admin, product=factories.product("admin-large"), name="Stort"
    )
    ended = factories.make_room(cast.organisation, by=cast.admin, name="Oppsagt")
    actions.terminate_room(ended, by=cast.admin, closes_on=today + timedelta(days=3))
    choose = url_of(cast, "product", cast.room, big, ended)
    page = document(admin.get(choose))
    assert page.xpath("//form[@method='get']//input[@type='hidden']/@name") == [
        "action",
        "room",
        "room",
        "room",
    ]
    assert len(page.xpath("//input[@type='radio' and @name='product']")) == 10

    url = f"{choose}&product={small.pk}"
    words = text_of(admin.get(url))
    now = terms.upgrade_price_from(today)
    later = terms.downgrade_from(asked_on=today, bound_until=big.bound_until)
    assert f"1 rom endres med én gang. Den nye prisen gjelder fra og med {now:%d.%m.%Y}." in words
    assert f"1 rom er bundet til typen det har nå, og endres {later:%d.%m.%Y}." in words
    assert "Per måned nå, eks. mva.kr 250,00" in words.replace(" kr", "kr")
    assert "1 rom er ikke med. Rom som er sagt opp, beholder typen sin." in words

    response = confirm(admin, url)

    assert said(response) == ["Endringen av type er lagret for 2 møterom."]
    assert fresh(cast.room).product_id == small.pk
    assert (fresh(big).next_product_id, fresh(big).next_product_from) == (small.pk, later)
    assert fresh(ended).product_id == ended.product_id


def test_termination_shows_until_when_each_is_paid(cast: Cast, admin: Client) -> None:
    today = timezone.localdate()
    stored(cast.own_room, bound_until=today + timedelta(days=400))
    url = url_of(cast, "terminate", cast.room, cast.own_room)
    paid = {
        room.pk: terms.charged_until(terminated_on=today, bound_until=fresh(room).bound_until)
        for room in (cast.room, cast.own_room)
    }
    words = text_of(admin.get(url))
    for day in paid.values():
        assert f"Sier du opp i dag, betaler dere for 1 rom til og med {day:%d.%m.%Y}." in words

    response = confirm(admin, url, when="end", closes_on="")

    assert said(response) == ["2 møterom er sagt opp."]
    rooms = [fresh(cast.room), fresh(cast.own_room)]
    assert [room.closes_on for room in rooms] == list(paid.values())
    assert [room.charged_until for room in rooms] == list(paid.values())
    assert [room.terminated_on for room in rooms] == [today, today]


def test_termination_today_closes_and_rests_the_numbers(cast: Cast, admin: Client) -> None:
    confirm(admin, url_of(cast, "terminate", cast.own_room), when="now")
    room = fresh(cast.own_room)
    assert (room.is_closed, room.closes_on) == (True, timezone.localdate())
    assert NumberAllocation.objects.get(number=room.number).quarantined_until is not None
    assert not RoomUserGrant.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Skriv en dato."),
        ("01.01.2020", "Stengedato: Stengedatoen kan ikke"),
        ("01.01.2199", "Minst ett av rommene betales bare til og med"),
        ("31.02.2027", "Skriv datoen som dag.måned.år"),
    ],
)
def test_closing_date_that_does_not_fit_changes_nothing(
    cast: Cast, admin: Client, typed: str, sentence: str
) -> None:
    url = url_of(cast, "terminate", cast.room)
    response = confirm(admin, url, when="date", closes_on=typed)
    assert response.status_code == 422
    assert sentence in text_of(response, "//ds-error-summary")
    assert not fresh(cast.room).is_terminated


def test_room_changed_meanwhile_is_named_and_nothing_is_half_done(
    cast: Cast, admin: Client
) -> None:
    url = url_of(cast, "cost_centre", cast.room, cast.own_room)
    seal = seal_on(admin.get(url))
    actions.change_room(cast.own_room, by=cast.admin, description="Ny")

    response = admin.post(url, {"seal": seal, "cost_centre": "99"})

    assert response.status_code == 409
    named = document(response).xpath("//div[@role='alert']//li")
    assert [squeezed(item.text_content()) for item in named] == [
        f"Evas rom ({cast.own_room.number})"
    ]
    assert {room.cost_centre for room in cast.organisation.rooms.all()} == {"4100"}
    assert document(response).xpath("//input[@name='cost_centre']/@value") == ["99"]
    # The page is about the rooms as they are now: confirming it again does it.
    again = admin.post(url, {"seal": seal_on(response), "cost_centre": "99"}, follow=True)
    assert said(again) == ["2 møterom har fått nytt koststed."]


def test_second_submit_of_one_page_does_nothing_more(cast: Cast, admin: Client) -> None:
    url = url_of(cast, "pins", cast.room)
    seal = seal_on(admin.get(url))
    admin.post(url, {"seal": seal})
    pin, log = fresh(cast.room).host_pin, entries(cast)
    response = admin.post(url, {"seal": seal}, follow=True)
    assert said(response) == ["Dette er allerede gjort. Det ble ikke gjort to ganger."]
    assert (fresh(cast.room).host_pin, entries(cast)) == (pin, log)


def test_one_refused_room_stops_all(cast: Cast) -> None:
    rooms = [cast.room, cast.own_room]
    seal = bulk.plan(
        [fresh(room) for room in rooms], BulkAction.TERMINATE, organisation=cast.organisation
    ).seal()
    with pytest.raises(bulk.Refused, match="Samtalerom A"):
        bulk.terminate_rooms(
            cast.organisation,
            seal,
            by=cast.admin,
            closes_on=date(2199, 1, 1),
            today=timezone.localdate(),
        )
    assert [fresh(room).is_terminated for room in rooms] == [False, False]


def test_foreign_and_odd_ids_are_not_found(cast: Cast, admin: Client) -> None:
    junk = f"&room={uuid.uuid4()}&room=%27+or+1%3D1&room=&room=%F0%9F%98%80&room={'x' * 9000}"
    url = url_of(cast, "cost_centre", cast.foreign_room, cast.room) + junk
    names = [squeezed(i.text_content()) for i in document(admin.get(url)).xpath("//main//form//li")]
    assert names == [f"Samtalerom A ({cast.room.number})"]
    confirm(admin, url, cost_centre="1")
    assert (fresh(cast.room).cost_centre, fresh(cast.foreign_room).cost_centre) == ("1", "4100")
    only_foreign = admin.get(url_of(cast, "cost_centre", cast.foreign_room), follow=True)
    assert said(only_foreign) == ["Velg minst ett rom først."]


def test_seal_of_another_organisation_or_a_made_up_one_is_refused(
    cast: Cast, admin: Client
) -> None:
    foreign = bulk.plan(
        [cast.foreign_room], BulkAction.COST_CENTRE, organisation=cast.foreign
    ).seal()
    for seal in (foreign, "x", "", "1:2:3"):
        response = admin.post(
            url_of(cast, "cost_centre", cast.room), {"seal": seal, "cost_centre": "1"}, follow=True
        )
        assert said(response) == ["Ingenting er endret. Velg rommene på nytt."]
    assert {fresh(r).cost_centre for r in (cast.room, cast.foreign_room)} == {"4100"}


def test_product_without_a_price_is_not_offered(cast: Cast, admin: Client) -> None:
    unpriced = factories.product("admin-large")
    offered = "//input[@type='radio' and @name='product']/@value"
    choose = url_of(cast, "product", cast.room)
    before = document(admin.get(choose)).xpath(offered)
    unpriced.prices.all().delete()
    page = document(admin.get(f"{choose}&product={unpriced.pk}"))
    assert page.xpath(offered) == [value for value in before if value != str(unpriced.pk)]
    assert str(unpriced.pk) in before


@pytest.mark.parametrize("query", ["", "action=", "action=delete", "action=product&product=x"])
def test_odd_requests_lead_back_to_the_list(cast: Cast, admin: Client, query: str) -> None:
    for method in (admin.get, admin.post):
        response = method(f"/o/{cast.organisation.slug}/rooms/bulk/?{query}")
        assert (response.status_code, response["Location"]) == (
            302,
            f"/o/{cast.organisation.slug}/rooms/",
        )


def test_action_needs_the_right_whoever_calls_it(cast: Cast) -> None:
    seal = bulk.plan([cast.room], BulkAction.PINS, organisation=cast.organisation).seal()
    for person in (cast.user, cast.owner, cast.other_admin, cast.other_reseller, cast.operator):
        with pytest.raises(Forbidden):
            bulk.renew_pins(cast.organisation, seal, by=person)
        with pytest.raises(Forbidden):
            actions.take_pin_list(cast.organisation, [cast.room.pk], by=person, where="new_pins")
    assert fresh(cast.room).version == cast.room.version


def more_rooms(cast: Cast, count: int) -> None:
    values = {
        field.attname: getattr(cast.room, field.attname)
        for field in Room._meta.concrete_fields
        if field.name not in {"id", "public_id", "number", "order_key"}
    }
    # Four digits: drawn ones have six.
    Room.objects.bulk_create(
        [Room(**{**values, "number": f"{2_000 + index}"}) for index in range(count)]
    )


def test_more_than_a_thousand_rooms_get_a_clear_message(cast: Cast, admin: Client) -> None:
    more_rooms(cast, bulk.MAX_ROOMS)
    response = admin.get(url_of(cast, "pins", all="1", filter="q=rom"), follow=True)
    assert said(response) == ["Høyst 1 000 rom kan endres om gangen. Avgrens søket og prøv igjen."]
    assert response.redirect_chain[-1][0].endswith("/rooms/?q=rom")


@pytest.mark.parametrize("action", ["owner", "pins", "terminate"])
def test_a_thousand_rooms_are_changed_in_one_go(cast: Cast, admin: Client, action: str) -> None:
    more_rooms(cast, bulk.MAX_ROOMS - 2)
    url = url_of(cast, action, all="1", filter="")
    fields = {"owner_name": "Ola", "owner_email": "ola.bruker@example.no", "when": "now"}
    started = time.perf_counter()
    confirm(admin, url, **fields)
    print(f"{action}: {time.perf_counter() - started:.1f} s")  # noqa: T201 - shown by pytest -s
    assert cast.organisation.rooms.filter(version=cast.room.version).count() == 0
