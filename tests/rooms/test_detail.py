"""The room's page as administrator and reseller: ways in, PINs, invitation, truth, history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from rooms import actions
from rooms.links import RoomLinks
from rooms.models import Room
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import contact
from tenants.actions import change_profile
from tenants.models import AuditEntry, User
from tests import factories
from tests.cast import Cast
from tests.pages import document, links_of, squeezed, text_of

type SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def english(cast: Cast) -> None:
    for person in (cast.admin, cast.reseller, cast.owner, cast.other_admin):
        change_profile(person, by=person, language="en")


def store(room: Room, **values: object) -> Room:
    """Put the room in a state that no action gives alone."""
    rooms = Room.objects.in_organisation(room.organisation_id)
    rooms.filter(pk=room.pk).update(**values)
    return rooms.for_detail().get(pk=room.pk)


def rows(response: object, heading: str) -> dict[str, str]:
    """Return term by description of the list in the panel with this heading's id."""
    panel = document(response).xpath(f"//section[@aria-labelledby='{heading}']")[0]

    def text(node: Any) -> str:
        return squeezed(" ".join(node.itertext()))

    return {text(term): text(term.getnext()) for term in panel.xpath(".//dt")}


def test_page_shows_every_way_in(cast: Cast, signed_in: SignIn) -> None:
    VideoPlatform.objects.update(phone="12 34 56 78")
    number = cast.room.number
    response = signed_in(cast.admin).get(RoomLinks(cast.room).detail)
    assert rows(response, "ways") == {
        "Browser": f"https://join.videoportal.example/{number}",
        "SIP": f"{number}@join.videoportal.example",
        "H.323": f"join.videoportal.example##{number}",
        "Phone": f"12 34 56 78, then press {number}#",
    }
    assert document(response).xpath("//section[@aria-labelledby='ways']//@data-copy") == [
        f"https://join.videoportal.example/{number}",
        f"{number}@join.videoportal.example",
        f"join.videoportal.example##{number}",
        "12 34 56 78",
    ]


def test_page_leaves_the_phone_out_where_there_is_none(cast: Cast, signed_in: SignIn) -> None:
    response = signed_in(cast.admin).get(RoomLinks(cast.room).detail)
    assert list(rows(response, "ways")) == ["Browser", "SIP", "H.323"]


@pytest.mark.parametrize(("person", "queries"), [("admin", 4), ("reseller", 5)])
def test_page_costs_the_same_whatever_the_history(
    cast: Cast,
    signed_in: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
    person: str,
    queries: int,
) -> None:
    client = signed_in(getattr(cast, person))
    url = RoomLinks(cast.room).detail
    client.get(url)
    for repeats in (1, 2, 22):
        for _entry in range(repeats):
            actions.reveal_pin(cast.room, "host_pin", by=cast.admin)
        # person, rights (and clients), organisation, room with its price, history
        with django_assert_num_queries(queries):
            response = client.get(url)
        assert len(response.context["page"].entries) == {1: 2, 2: 4, 22: 5}[repeats]


def test_page_of_a_foreign_room_does_not_exist(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.admin)
    own, foreign = RoomLinks(cast.room), RoomLinks(cast.foreign_room)
    crossed = own.detail.replace(str(cast.room.public_id), str(cast.foreign_room.public_id))
    for url in (foreign.detail, crossed, foreign.qr, foreign.history, foreign.edit):
        response = client.get(url)
        assert response.status_code == 404
        assert cast.foreign_room.number not in response.content.decode()


def test_settings_say_what_the_type_decides(cast: Cast, signed_in: SignIn) -> None:
    response = signed_in(cast.admin).get(RoomLinks(cast.room).detail)
    assert rows(response, "settings") == {
        "Autolock": "On, follows the room type",
        "Guests": "May join",
        "Layout": "Grid of four",
        "Theme": "Patient and practitioner",
        "Chat": "Off",
        "Guests may share": "Yes",
        "Names in the picture": "Yes",
        "Capacity": "5 participants",
    }


@time_machine.travel("2026-11-23 12:00+01:00", tick=False)
def test_cost_and_binding_and_the_dates_of_a_termination(cast: Cast, signed_in: SignIn) -> None:
    room = store(cast.room, ordered_on=date(2026, 2, 3), bound_until=date(2027, 2, 2))
    response = signed_in(cast.admin).get(RoomLinks(room).detail)
    assert rows(response, "agreement") == {
        "Price": "NOK 50.00 a month excl. VAT",
        "Ordered": "03.02.2026",
        "Binding period": "until and including 02.02.2027",
        "Cost centre": "4100",
        "Owner": "Per Annen per.annen@example.no",
    }
    assert text_of(response, "//section[@aria-labelledby='termination']") == (
        "Terminate the room If you terminate today, you pay until and including 28.02.2027, "
        "because the binding period lasts until and including 02.02.2027. You choose yourself "
        "whether the room closes at once or on a later date. Terminate the room"
    )


@time_machine.travel("2026-11-23 12:00+01:00", tick=False)
def test_termination_after_the_binding_names_no_binding(cast: Cast, signed_in: SignIn) -> None:
    room = store(cast.room, ordered_on=date(2024, 2, 3), bound_until=date(2025, 2, 2))
    text = text_of(
        signed_in(cast.admin).get(RoomLinks(room).detail),
        "//section[@aria-labelledby='termination']",
    )
    assert "you pay until and including 30.11.2026. You choose" in text


@time_machine.travel("2026-11-23 12:00+01:00", tick=False)
def test_terminated_room_shows_its_dates_and_the_way_back(cast: Cast, signed_in: SignIn) -> None:
    actions.terminate_room(cast.room, by=cast.admin, closes_on=date(2026, 12, 24))
    response = signed_in(cast.admin).get(RoomLinks(cast.room).detail)
    charged = cast.room.bound_until
    text = text_of(response, "//section[@aria-labelledby='termination']")
    assert "It was terminated on 23.11.2026 and closes on 24.12.2026." in text
    assert f"{charged:%m.%Y}" in text
    panel = document(response).xpath("//section[@aria-labelledby='termination']//form")[0]
    assert panel.get("action") == RoomLinks(cast.room).withdraw
    assert "Change room type or quality" not in links_of(response)


def test_closed_room_is_read_only_and_says_why(cast: Cast, signed_in: SignIn) -> None:
    pin = str(cast.room.host_pin)
    actions.terminate_room(
        cast.room, by=cast.admin, closes_on=date.fromisoformat(_today()), today=_day()
    )
    client = signed_in(cast.admin)
    links = RoomLinks(cast.room)
    response = client.get(links.detail)
    page = text_of(response)
    assert "The room is closed It closed on" in page
    assert not document(response).xpath("//main//form[@method='post']")
    assert links_of(response, "//main//a[contains(@class, 'ds-button')]") == {}

    refused = client.get(links.edit, follow=True)
    assert refused.redirect_chain == [(links.detail, 302)]
    assert "The room is closed and cannot be changed." in text_of(refused)
    shown = client.post(links.reveal("host_pin"))
    assert pin not in shown.content.decode()
    assert client.get(links.handout).status_code == 404
    assert client.get(links.calendar).status_code == 404
    assert Room.objects.in_organisation(cast.organisation).get(pk=cast.room.pk).is_closed


def _day() -> date:
    from django.utils import timezone

    return timezone.localdate()


def _today() -> str:
    return _day().isoformat()


def test_refusal_shows_the_platforms_own_words_and_a_way_to_retry(
    cast: Cast, signed_in: SignIn
) -> None:
    store(cast.room, provisioning="failed", provisioning_error="alias <b>already</b> exists")
    client = signed_in(cast.admin)
    response = client.get(RoomLinks(cast.room).detail)
    assert "The video platform did not accept the room" in text_of(response)
    assert text_of(response, "//p[@class='quote']") == "alias <b>already</b> exists"

    told = client.post(RoomLinks(cast.room).retry, follow=True)
    assert "The room is sent to the video platform once more." in text_of(told)
    assert "The room is being made on the video platform" in text_of(told)
    assert AuditEntry.objects.in_organisation(cast.organisation).about(cast.room)[0].action == (
        "rooms.provisioning.retried"
    )


def test_retry_is_not_for_get(cast: Cast, signed_in: SignIn) -> None:
    store(cast.room, provisioning="failed")
    assert signed_in(cast.admin).get(RoomLinks(cast.room).retry).status_code == 405
    assert store(cast.room).provisioning == "failed"


def test_pending_room_says_whether_the_platform_is_silent(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.admin)
    store(cast.room, provisioning="pending")
    assert "It works within a couple of minutes." in text_of(
        client.get(RoomLinks(cast.room).detail)
    )
    silent = "The video platform does not answer. We keep trying by ourselves."
    store(cast.room, provisioning_error="timed out")
    assert silent in text_of(client.get(RoomLinks(cast.room).detail))
    # Not tried yet, because another room found the platform silent.
    store(cast.room, provisioning_error="")
    contact.note_silence(cast.room.platform_id, None, "No answer.", down=True)
    assert silent in text_of(client.get(RoomLinks(cast.room).detail))
    contact.note_answer(cast.room.platform_id)
    assert silent not in text_of(client.get(RoomLinks(cast.room).detail))


def test_history_is_paged_and_tells_what_changed(cast: Cast, signed_in: SignIn) -> None:
    # Through the page, so that the reseller is named as such.
    signed_in(cast.reseller).post(
        RoomLinks(cast.room).renew("host_pin"), {"version": cast.room.version}
    )
    actions.change_room(cast.room, by=cast.admin, layout="one_main_zero_pips")
    for _entry in range(25):
        actions.reveal_pin(cast.room, "host_pin", by=cast.admin)
    client = signed_in(cast.admin)
    url = RoomLinks(cast.room).history
    first, second = client.get(url), client.get(f"{url}?page=2")
    assert [len(r.context["table"].records) for r in (first, second)] == [20, 9]
    assert not {e.pk for e in first.context["table"].records} & {
        e.pk for e in second.context["table"].records
    }
    text = text_of(second)
    assert (
        "Rita Reseller (Nordlys Partner AS, on your organisation’s behalf) made a new "
        "PIN for the host in the room" in text
    )
    assert "A hidden value was replaced by a new hidden value" in text
    assert "From “Grid of four” to “One large”" in text
    assert "ordered the room" in text


def test_names_that_are_hard_to_show_are_escaped_and_isolated(
    cast: Cast, signed_in: SignIn
) -> None:
    name = "مرحبا <script>alert(1)</script> 🏥 " + "w" * 60
    actions.change_room(cast.room, by=cast.admin, name=name)
    response = signed_in(cast.admin).get(RoomLinks(cast.room).detail)
    assert document(response).xpath("//h1/bdi/text()") == [name]
    assert not document(response).xpath("//main//script")


def test_price_is_only_for_those_who_may_see_it(cast: Cast, signed_in: SignIn) -> None:
    group = cast.organisation.role_groups.get(role="customer_admin").group
    group.organisationgroupgrant_set.filter(permission__codename="view_billing").delete()
    response = signed_in(cast.admin).get(RoomLinks(cast.room).detail)
    assert "Price" not in rows(response, "agreement")
    assert "50.00" not in text_of(response)


def test_agreed_downgrade_is_told(cast: Cast, signed_in: SignIn) -> None:
    room = factories.make_room(
        cast.organisation, by=cast.admin, product=factories.product("sensitive", "fullhd")
    )
    actions.change_product(room, factories.product("sensitive", "hd"), by=cast.admin)
    stored = store(room)
    response = signed_in(cast.admin).get(RoomLinks(room).detail)
    assert rows(response, "agreement")["Agreed change"] == (
        f"Sensitive room from and including {stored.next_product_from:%d.%m.%Y}"
    )
    assert reverse("rooms:change_type", args=[cast.organisation.slug, room.public_id]) in (
        links_of(response).values()
    )
