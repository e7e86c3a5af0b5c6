"""The order in four steps: what is offered, what is kept, what is told, and one room only."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from rooms.models import NumberRange, ProductPrice, Room, RoomType
from tenants.models import OrganisationGroupGrant, RoleGroup, User
from tests import factories, second_factors
from tests.cast import Cast
from tests.pages import document, squeezed, text_of

NOON = "2026-11-23T11:00:00Z"
DETAILS = {
    "name": "Samtalerom B",
    "owner_name": "Eva Eier",
    "owner_email": "eva.eier@example.no",
    "department": "DPS",
    "cost_centre": "4100",
    "reference": "B 123",
    "guest_pin": "on",
}
TYPE = {"room_type": "sensitive", "quality": "fullhd", "shown_type": "sensitive"}


class Visitor:
    """Walks the wizard as a browser without script does: fields of the page, then a button."""

    def __init__(self, client: Client, slug: str) -> None:
        self.client = client
        self.response: Any = client.get(reverse("rooms:order", args=[slug]))

    @property
    def form(self) -> Any:
        return document(self.response).xpath("//main//form[contains(@action, 'order=')]")[0]

    def hidden(self) -> dict[str, str]:
        return {
            field.get("name"): field.get("value", "")
            for field in self.form.xpath(".//input[@type='hidden']")
            if field.get("name")
        }

    def send(self, **typed: str) -> Any:
        """Send the page's form with what was typed, and follow to the next page."""
        self.response = self.client.post(
            self.form.get("action"), {**self.hidden(), **typed}, follow=False
        )
        if self.response.status_code == 302 and "order=" in self.response.url:
            self.response = self.client.get(self.response["Location"])
        return self.response

    def to_review(self, **details: str) -> Any:
        self.send(purpose="patient")
        self.send(**TYPE)
        return self.send(**{**DETAILS, **details})

    def checked(self, name: str) -> str | None:
        found = self.form.xpath(f".//input[@name='{name}'][@checked]/@value")
        return found[0] if found else None

    def value(self, name: str) -> str:
        return str(self.form.xpath(f".//input[@name='{name}']/@value")[0])

    def types(self) -> list[str]:
        return [str(value) for value in self.form.xpath(".//input[@name='room_type']/@value")]


@pytest.fixture
def visitor(cast: Cast, signed_in: Any) -> Visitor:
    return Visitor(signed_in(cast.admin), cast.organisation.slug)


def ordered(cast: Cast) -> list[Room]:
    return list(cast.organisation.rooms.exclude(pk__in=[cast.room.pk, cast.own_room.pk]))


@time_machine.travel(NOON, tick=False)
def test_four_steps_order_a_room_and_lead_to_its_page(cast: Cast, visitor: Visitor) -> None:
    visitor.to_review()
    assert "Bestill for kr 80,00 per måned" in text_of(visitor.response)
    response = visitor.send()

    (room,) = ordered(cast)
    assert response["Location"] == reverse(
        "rooms:detail", args=[cast.organisation.slug, room.public_id]
    )
    assert (room.name, room.owner_email, room.cost_centre, room.reference) == (
        "Samtalerom B",
        "eva.eier@example.no",
        "4100",
        "B 123",
    )
    assert room.product == factories.product("sensitive", "fullhd")
    assert len(str(room.guest_pin)) == len(str(room.host_pin)) == 6
    (told,) = [str(message) for message in list(response.wsgi_request._messages)]
    assert room.number == re.sub(r"\D", "", told)


@pytest.mark.parametrize(
    ("purpose", "types"),
    [
        ("patient", ["sensitive", "personal"]),
        ("meeting", ["personal", "admin-small", "admin-large", "auditorium"]),
        ("both", ["personal"]),
    ],
)
def test_first_answer_decides_the_types(visitor: Visitor, purpose: str, types: list[str]) -> None:
    visitor.send(purpose=purpose)
    assert visitor.types() == types


def test_closed_type_is_not_offered_and_an_end_is_told(cast: Cast, visitor: Visitor) -> None:
    RoomType.objects.filter(code="sensitive").update(open_to=date(2021, 1, 2))
    RoomType.objects.filter(code="personal").update(sunset_nb="Fases ut 1. juli 2027.")
    visitor.send(purpose="patient")
    assert visitor.types() == ["personal"]
    assert "Fases ut 1. juli 2027." in text_of(visitor.response)


def test_product_without_price_is_not_offered_and_cannot_be_forced(
    cast: Cast, visitor: Visitor
) -> None:
    ProductPrice.objects.filter(product=factories.product("sensitive", "fullhd")).delete()
    visitor.send(purpose="patient")
    response = visitor.send(**TYPE)
    assert response.status_code == 422
    assert "Denne romtypen har ikke den kvaliteten." in text_of(response)
    assert ordered(cast) == []


def test_demo_values_are_marked(visitor: Visitor) -> None:
    visitor.send(purpose="meeting")
    tags = document(visitor.response).xpath("//main//*[contains(@class, 'ds-tag')]/text()")
    assert tags == ["Demoverdi"]


@time_machine.travel(NOON, tick=False)
def test_side_panel_tells_the_cost_and_the_binding(visitor: Visitor) -> None:
    visitor.send(purpose="patient")
    visitor.send(**TYPE)
    panel = text_of(visitor.response, "//aside")
    assert "Sensitivt rom, Full HD Per måned kr 80,00" in panel
    assert "November, 8 av 30 dager kr 21,33" in panel
    assert "Sum i bindingstiden kr 981,33" in panel
    assert "Binding til og med 22.11.2027" in panel
    assert "Nedgradering og oppsigelse gjelder tidligst fra 1. desember 2027." in panel


def test_prices_are_hidden_from_those_who_may_not_see_them(cast: Cast, visitor: Visitor) -> None:
    group = RoleGroup.objects.in_organisation(cast.organisation).get(role="customer_admin").group
    OrganisationGroupGrant.objects.filter(group=group, permission__codename="view_billing").delete()
    for step in ({"purpose": "patient"}, TYPE, DETAILS):
        assert "kr " not in text_of(visitor.response)
        visitor.send(**step)
    assert "kr " not in text_of(visitor.response)
    assert "Bestill møterommet" in text_of(visitor.response)
    visitor.send()
    assert [room.name for room in ordered(cast)] == ["Samtalerom B"]


def test_going_back_loses_nothing(visitor: Visitor) -> None:
    visitor.send(purpose="patient")
    visitor.send(**TYPE)
    visitor.send(back="type", name="Halvferdig", cost_centre="4100")
    assert (visitor.checked("room_type"), visitor.checked("quality")) == ("sensitive", "fullhd")
    visitor.send(back="purpose", **TYPE)
    assert visitor.checked("purpose") == "patient"
    visitor.send(purpose="patient")
    visitor.send(**TYPE)
    assert (visitor.value("name"), visitor.value("cost_centre")) == ("Halvferdig", "4100")


def test_another_type_shows_its_own_prices_before_going_on(visitor: Visitor) -> None:
    visitor.send(purpose="patient")
    response = visitor.send(room_type="personal", quality="fullhd", shown_type="sensitive")
    assert "step=type" in visitor.form.get("action")
    assert "kr 90,00" in text_of(response, "//*[@id='quality']")
    assert visitor.checked("quality") == "fullhd"
    visitor.send(room_type="personal", quality="fullhd", shown_type="personal")
    assert "step=details" in visitor.form.get("action")


def test_owner_is_the_orderer_until_another_is_written(cast: Cast, visitor: Visitor) -> None:
    visitor.send(purpose="patient")
    visitor.send(**TYPE)
    assert (visitor.value("owner_name"), visitor.value("owner_email")) == (
        cast.admin.name,
        cast.admin.email,
    )


def test_name_follows_the_address_of_a_member(cast: Cast, signed_in: Any) -> None:
    def reviewed(name: str, address: str) -> str:
        visitor = Visitor(signed_in(cast.admin), cast.organisation.slug)
        visitor.to_review(owner_name=name, owner_email=address)
        return text_of(visitor.response)

    proposed, member = cast.admin.name, cast.user
    User.objects.filter(pk=cast.other_admin.pk).update(name="Frida Fremmed")
    for name in (proposed, ""):
        page = reviewed(name, member.email.upper())
        assert member.name in page
        assert proposed not in page
    assert "Vakta" in reviewed("Vakta", member.email)
    for stranger in ("vakt@fjordvik.example", cast.other_admin.email):
        page = reviewed(proposed, stranger)
        assert proposed in page
        assert "Frida Fremmed" not in page


def test_suggestions_are_the_organisations_own(cast: Cast, visitor: Visitor) -> None:
    Room.objects.in_organisation(cast.foreign).update(cost_centre="Hemmelig")
    visitor.send(purpose="patient")
    visitor.send(**TYPE)
    values = document(visitor.response).xpath("//datalist[@id='cost-centres']/option/@value")
    assert values == ["4100"]


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ({"name": ""}, "Fyll ut dette feltet."),
        ({"name": "x" * 101}, "100"),
        ({"name": "Rom \u202e mor"}, "U+202E"),
        ({"owner_email": "eva"}, "Skriv en e-postadresse"),
    ],
)
def test_faulty_details_are_named_and_kept(
    cast: Cast, visitor: Visitor, typed: dict[str, str], answer: str
) -> None:
    response = visitor.to_review(**typed)
    assert response.status_code == 422
    assert answer in text_of(response)
    ((name, value),) = typed.items()
    assert visitor.form.xpath(f".//input[@name='{name}']/@value") in (
        [value],
        [] if not value else 0,
    )
    assert visitor.value("reference") == "B 123"


def test_emoji_in_a_name_is_welcome(cast: Cast, visitor: Visitor) -> None:
    visitor.to_review(name="Rom 🩺 på 2.")
    visitor.send()
    assert [room.name for room in ordered(cast)] == ["Rom 🩺 på 2."]


def test_two_tabs_do_not_mix(cast: Cast, signed_in: Any) -> None:
    client = signed_in(cast.admin)
    first, second = (Visitor(client, cast.organisation.slug) for _tab in range(2))
    first.send(purpose="patient")
    second.send(purpose="meeting")
    first.send(**TYPE)
    second.send(room_type="admin-small", quality="hd", shown_type="admin-small")
    first.send(**{**DETAILS, "name": "Første"})
    second.send(**{**DETAILS, "name": "Andre"})
    first.send()
    second.send()
    assert {(room.name, room.product.room_type.code) for room in ordered(cast)} == {
        ("Første", "sensitive"),
        ("Andre", "admin-small"),
    }


def test_button_pressed_twice_makes_one_room(cast: Cast, visitor: Visitor) -> None:
    visitor.to_review()
    address, fields = visitor.form.get("action"), visitor.hidden()
    first = visitor.client.post(address, fields)
    again = visitor.client.post(address, fields)
    assert first["Location"] == again["Location"]
    refreshed = visitor.client.get(address)
    assert refreshed["Location"] == first["Location"]
    assert len(ordered(cast)) == 1


def test_price_that_changed_since_the_page_was_shown_is_told(cast: Cast, visitor: Visitor) -> None:
    visitor.to_review()
    ProductPrice.objects.filter(product=factories.product("sensitive", "fullhd")).update(
        amount=Decimal("85.36")
    )
    response = visitor.send()
    assert response.status_code == 422
    assert "Prisen er endret fra kr 80,00 til kr 85,36." in text_of(response)
    assert ordered(cast) == []
    visitor.send()
    assert len(ordered(cast)) == 1


def test_type_closed_in_the_meantime_leads_back_to_the_choice(cast: Cast, visitor: Visitor) -> None:
    visitor.to_review()
    RoomType.objects.filter(code="sensitive").update(open_to=date(2021, 1, 2))
    visitor.send()
    assert "step=type" in visitor.form.get("action")
    assert "Noe er endret siden du svarte." in text_of(visitor.response)
    assert ordered(cast) == []


def test_exhausted_numbers_are_told_and_logged_and_nothing_is_lost(
    cast: Cast, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    visitor.to_review()
    NumberRange.objects.update(is_active=False)
    response = visitor.send()
    assert response.status_code == 503
    assert "Det er ingen ledige møteromsnummer akkurat nå." in text_of(response)
    assert "Samtalerom B" in text_of(response)
    assert [
        record.levelname for record in caplog.records if "exhausted" in record.getMessage()
    ] == ["ERROR"]
    NumberRange.objects.update(is_active=True)
    visitor.send()
    assert [room.name for room in ordered(cast)] == ["Samtalerom B"]


def test_session_lost_in_the_middle_loses_no_answer(cast: Cast, visitor: Visitor) -> None:
    visitor.send(purpose="patient")
    visitor.send(**TYPE)
    address, fields = visitor.form.get("action"), {**visitor.hidden(), **DETAILS}
    visitor.client.logout()

    response = visitor.client.post(address, fields)
    assert response["Location"].startswith("/accounts/login/")
    second_factors.give_app(cast.admin)
    step = visitor.client.post(
        response["Location"],
        {"login": cast.admin.email, "password": factories.PASSWORD},
    )
    signed = visitor.client.post(step["Location"], {"code": second_factors.code_of()})
    visitor.response = visitor.client.get(signed["Location"])

    assert visitor.value("name") == "Samtalerom B"
    assert "Det du skrev" in text_of(visitor.response)
    visitor.send(**DETAILS)
    visitor.send()
    (room,) = ordered(cast)
    assert (room.name, room.product) == ("Samtalerom B", factories.product("sensitive", "fullhd"))


def test_steps_cannot_be_skipped_by_address(cast: Cast, visitor: Visitor) -> None:
    response = visitor.client.get(visitor.form.get("action").replace("purpose", "review"))
    assert "step=purpose" in response["Location"]


def test_an_order_belongs_to_the_organisation_it_was_begun_in(cast: Cast, signed_in: Any) -> None:
    visitor = Visitor(signed_in(cast.reseller), cast.organisation.slug)
    visitor.to_review()
    address = visitor.form.get("action").replace(cast.organisation.slug, cast.second_client.slug)
    response = visitor.client.get(address)
    assert "step=purpose" in response["Location"]
    assert cast.second_client.rooms.count() == 0


def test_fragment_for_a_changed_choice_has_its_prices(visitor: Visitor) -> None:
    visitor.send(purpose="patient")
    address = visitor.form.get("action")
    response = visitor.client.get(
        f"{address}&room_type=personal&quality=fullhd", headers={"HX-Request": "true"}
    )
    assert "kr 90,00" in text_of(response, "//*[@id='quality']")
    assert "Personlig rom, Full HD" in squeezed(text_of(response, "//*[@id='cost']"))


def test_order_page_reads_little(
    cast: Cast, visitor: Visitor, django_assert_num_queries: Any
) -> None:
    visitor.send(purpose="patient")
    address = visitor.form.get("action")
    with django_assert_num_queries(4):
        visitor.client.get(address)
