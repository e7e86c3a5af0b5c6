"""The provider's page: number ranges, catalogue, and counts without names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rooms import numbers
from rooms.models import NumberAllocation, NumberRange, ProductPrice, Room
from tenants.models import User
from tests import factories
from tests.cast import Cast
from tests.pages import document, squeezed, text_of

type SignIn = Callable[[User], Client]
URL = "/operation/rooms/"


@pytest.fixture
def operator(cast: Cast, signed_in: SignIn) -> Client:
    return signed_in(cast.operator)


def table(client: Client, caption: str) -> list[list[str]]:
    page = document(client.get(URL))
    rows = page.xpath(f"//table[caption[contains(@id, '{caption}')]]/tbody/tr")
    for narrow in page.xpath("//*[contains(@class, 'only-narrow')]"):
        narrow.drop_tree()
    return [[squeezed(cell.text_content()) for cell in row] for row in rows]


def test_ranges_show_what_is_taken_resting_and_left(cast: Cast, operator: Client) -> None:
    NumberAllocation.objects.all().delete()
    NumberRange.objects.all().delete()
    NumberRange.objects.create(name="Hoved", first=100, last=119, digits=6)
    NumberRange.objects.create(name="Full", first=7000, last=7001, digits=4)
    NumberRange.objects.create(name="Gammel", first=1, last=10, digits=5, is_active=False)
    for number in [*range(100, 117), 120]:
        NumberAllocation.objects.create(number=f"{number:06}")
    for number in ("7000", "7001", "00100", "100000"):
        NumberAllocation.objects.create(number=number)
    numbers.quarantine_number("000103", closed_on=timezone.localdate())

    assert table(operator, "range") == [
        ["Gammel", "00001–00010", "10", "0", "0", "10", "0 %", "Ikke i bruk"],
        ["Hoved", "000100–000119", "20", "16", "1", "3", "85 %", "I bruk"],
        ["Full", "7000–7001", "2", "2", "0", "0", "100 %", "Brukt opp"],
    ]
    alerts = document(operator.get(URL)).xpath("//main/div//div[contains(@class, 'ds-alert')]//h2")
    assert [squeezed(h.text_content()) for h in alerts] == ["Nummerserien Full er brukt opp"]


def test_range_with_less_than_a_tenth_left_is_warned_about(cast: Cast, operator: Client) -> None:
    NumberRange.objects.update(first=1, last=40, digits=6)
    NumberAllocation.objects.all().delete()
    for number in range(1, 37):
        NumberAllocation.objects.create(number=f"{number:06}")
    assert "nesten brukt opp" not in text_of(operator.get(URL))
    NumberAllocation.objects.create(number="000037")
    words = text_of(operator.get(URL))
    assert "Nummerserien Test er nesten brukt opp" in words
    assert "3 numre er igjen. Legg til en serie i god tid." in words


def test_no_range_at_all_is_told(cast: Cast, operator: Client) -> None:
    NumberRange.objects.all().delete()
    assert "Det finnes ingen nummerserie" in text_of(operator.get(URL))


def test_catalogue_shows_every_price_with_its_dates(cast: Cast, operator: Client) -> None:
    product = factories.product("sensitive", "hd")
    ProductPrice.objects.filter(product=product).update(valid_to=date(2098, 12, 31))
    ProductPrice.objects.create(
        product=product, amount=Decimal("1056.39"), valid_from=date(2099, 1, 1)
    )
    rows = table(operator, "catalogue")
    assert len(rows) == 11
    hd = rows.index(
        ["Sensitivt rom", "HD", "2–5", "01.01.2021–", "kr 50,00", "01.01.2021–31.12.2098"]
    )
    assert rows[hd + 1][4:] == ["kr 1 056,39", "01.01.2099– Kommer"]
    demo = [row[0] for row in rows if "Demoverdi" in row[0]]
    assert demo == ["Auditorium Demoverdi"] * 2


def test_counts_cover_the_platform_and_name_nobody(cast: Cast, operator: Client) -> None:
    everywhere = Room.objects.unscoped(reason="two organisations' rooms at once")
    everywhere.filter(pk__in=[cast.room.pk, cast.foreign_room.pk]).update(provisioning="failed")
    everywhere.filter(pk=cast.own_room.pk).update(provisioning="pending")
    response = operator.get(URL)
    figures = [
        squeezed(figure.text_content())
        for figure in document(response).xpath("//div[@class='figure']")
    ]
    assert figures == ["Venter1", "Feilet2", "Sagt opp0"]
    text = response.content.decode()
    for secret in ("Samtalerom A", "Evas rom", "Solfjord", "4100", cast.room.number):
        assert secret not in text


def test_page_costs_eight_queries_whatever_the_rows(
    cast: Cast, operator: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    operator.get(URL)
    for _more in range(2):
        with django_assert_num_queries(8):
            operator.get(URL)
        for start in (1, 100, 200):
            NumberRange.objects.create(name="Ny", first=start, last=start + 9, digits=9 - _more)


def test_nobody_else_finds_the_page(cast: Cast, signed_in: SignIn) -> None:
    for person in (cast.admin, cast.reseller, cast.user, cast.owner):
        response = signed_in(person).get(URL)
        assert response.status_code == 404
        assert "Nummerserie" not in response.content.decode()
