"""The list of rooms: what it shows, finds, sorts and costs."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rooms.models import Room
from tenants.models import Organisation, OrganisationGroupGrant, User
from tests import factories
from tests.cast import Cast
from tests.pages import document, links_of, squeezed, text_of

type SignIn = Callable[[User], Client]


def url_of(organisation: Organisation) -> str:
    return f"/o/{organisation.slug}/rooms/"


def rows_of(response: Any) -> list[list[str]]:
    """Return the words of each row: name, number, type, owner, cost centre, dates, status."""
    rows = []
    for row in document(response).xpath("//tbody/tr"):
        name = row.xpath("./th/a")[0].text_content()
        cells = [squeezed(cell.text_content()) for cell in row.xpath("./td[not(.//input)]")]
        rows.append([name, *cells])
    return rows


def names_of(response: Any) -> list[str]:
    return [row[0] for row in rows_of(response)]


def stored(room: Room, **values: Any) -> None:
    Room.objects.in_organisation(room.organisation_id).filter(pk=room.pk).update(**values)


@pytest.fixture
def admin(cast: Cast, signed_in: SignIn) -> Client:
    return signed_in(cast.admin)


def test_list_shows_each_room_once_and_none_of_the_neighbours(cast: Cast, admin: Client) -> None:
    stored(cast.room, number="004117", ordered_on=date(2026, 2, 1), bound_until=date(2027, 1, 31))
    stored(cast.own_room, number="890001", cost_centre="", provisioning="failed")
    stored(cast.own_room, ordered_on=date(2026, 3, 1), bound_until=date(2027, 2, 28))

    response = admin.get(url_of(cast.organisation))

    shown = [" | ".join(row) for row in rows_of(response)]
    assert shown == [
        "Evas rom | 890001 | Sensitivt rom | Eva Eier | Mangler | 28.02.2027 | Feilet",
        "Samtalerom A | 004117 | Sensitivt rom | Per Annen | 4100 | 31.01.2027 | Klar",
    ]
    assert squeezed(document(response).xpath("//caption")[0].text_content()) == (
        "Rad 1–2 av 2 møterom, sortert etter navn"
    )
    assert str(cast.foreign_room.public_id) not in response.content.decode()
    assert links_of(response, "//tbody//a") == {
        "Evas rom": f"{url_of(cast.organisation)}{cast.own_room.public_id}/",
        "Samtalerom A": f"{url_of(cast.organisation)}{cast.room.public_id}/",
    }


def test_narrow_screens_get_the_hidden_columns_in_a_line(cast: Cast, admin: Client) -> None:
    stored(cast.room, number="004117", ordered_on=date(2026, 2, 1), bound_until=date(2027, 1, 31))
    stored(cast.room, cost_centre="", owner_name="", name="Åse")
    line = document(admin.get(url_of(cast.organisation))).xpath(
        "//tr[last()]//span[@class='sub only-narrow']"
    )[0]
    assert squeezed(line.text_content()) == (
        "004117 · Sensitivt rom · per.annen@example.no · uten koststed · "
        "bundet til og med 31.01.2027"
    )


def test_summary_counts_open_rooms_and_their_monthly_price(cast: Cast, admin: Client) -> None:
    factories.make_room(cast.organisation, by=cast.admin, product=factories.product("admin-large"))
    stored(cast.own_room, closed_at=timezone.now())
    response = admin.get(url_of(cast.organisation))
    assert text_of(response, "//p[@class='meta']") == ("2 møteromkr 250,00 per måned eks. mva.")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=samtale", ["Samtalerom A"]),
        ("q=SAMTALEROM+a", ["Samtalerom A"]),
        ("q=per", ["Samtalerom A"]),
        ("q=eva.eier@", ["Evas rom"]),
        ("q=418+207", ["Evas rom"]),
        ("q=418%C2%A0207", ["Evas rom"]),
        ("q=418207", ["Evas rom"]),
        ("q=8207", ["Evas rom"]),
        ("q=rom", ["Evas rom", "Samtalerom A"]),
        ("q=rom+ola", []),
        ("type=sensitive", ["Evas rom"]),
        ("type=personal", ["Samtalerom A"]),
        ("cost_centre=4100", ["Samtalerom A"]),
        ("cost_centre=~", ["Evas rom"]),
        ("status=attention", ["Evas rom"]),
        ("status=terminated", ["Samtalerom A"]),
        ("status=closed", ["Gammelt rom"]),
        ("status=all", ["Evas rom", "Gammelt rom", "Samtalerom A"]),
        ("status=all&type=sensitive&q=rom", ["Evas rom", "Gammelt rom"]),
        ("", ["Evas rom", "Samtalerom A"]),
    ],
)
def test_filter_finds(cast: Cast, admin: Client, query: str, found: list[str]) -> None:
    stored(cast.own_room, number="418207", cost_centre="", provisioning="failed")
    stored(cast.foreign_room, number="418208")
    today = timezone.localdate()
    stored(cast.room, product=factories.product("personal"), number="555000")
    stored(cast.room, terminated_on=today, closes_on=today, charged_until=today)
    old = factories.make_room(cast.organisation, by=cast.admin, name="Gammelt rom")
    stored(old, closed_at=timezone.now(), cost_centre="1")
    response = admin.get(f"{url_of(cast.organisation)}?{query}")
    assert names_of(response) == found
    assert response.context["table"].total == len(found)


def test_filter_offers_only_what_the_organisation_has(cast: Cast, admin: Client) -> None:
    stored(cast.room, product=factories.product("personal"), cost_centre="9 Øst")
    stored(cast.foreign_room, product=factories.product("auditorium"), cost_centre="6666")
    page = document(admin.get(url_of(cast.organisation)))
    choices = {
        name: [squeezed(option.text) for option in page.xpath(f"//select[@name='{name}']/option")]
        for name in ("type", "cost_centre", "status")
    }
    assert choices == {
        "type": ["Alle", "Sensitivt rom", "Personlig rom"],
        "cost_centre": ["Alle", "4100", "9 Øst"],
        "status": ["Alle åpne", "Venter eller feilet", "Sagt opp", "Stengt", "Alle, også stengte"],
    }


def test_chips_take_one_filter_away_each(cast: Cast, admin: Client) -> None:
    response = admin.get(f"{url_of(cast.organisation)}?q=rom&status=all&sort=-number&page=1")
    assert links_of(response, "//div[@class='filter-chips']/a") == {
        "Fjern Søk: rom": "?status=all&sort=-number",
        "Fjern Status: Alle, også stengte": "?q=rom&sort=-number",
        "Nullstill": "?sort=-number",
    }


@pytest.mark.parametrize(
    "query",
    [
        "type=nothing&status=%27%3B+drop+table+rooms_room%3B--&cost_centre=%F0%9F%98%80",
        "sort=nothing&page=x&rows=7",
        "sort=-&page=-1",
        "sort=name,number&page=99999999999999999999",
        "sort=product__room_type__id&page=%C2%B2",
        "q=%00",
        "q=%FF%FE",
        "q=%27%22%25_%5C",
        "q=%D7%A9%D7%9C%D7%95%D7%9D+%E2%80%AEabc",
        f"q={'x' * 10_000}",
        f"q={'a+' * 5_000}",
        f"type={'x' * 10_000}&sort={'y' * 10_000}",
        "q=a&q=b&type=&type=sensitive&chosen=all&chosen=1",
        "status[]=all&[]=&=&&&",
    ],
)
def test_odd_query_answers_with_the_list(cast: Cast, admin: Client, query: str) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        response = admin.get(f"{url_of(cast.organisation)}?{query}", headers=headers)
        assert response.status_code == 200
        assert set(names_of(response)) <= {"Evas rom", "Samtalerom A"}
        assert names_of(response) or "Ingen møterom passer" in text_of(response)


def test_value_that_is_not_understood_is_named_and_left_out(cast: Cast, admin: Client) -> None:
    response = admin.get(f"{url_of(cast.organisation)}?type=kjeller")
    assert names_of(response) == ["Evas rom", "Samtalerom A"]
    assert "«kjeller»" in text_of(response, "//div[@role='status']")


def many(cast: Cast, count: int = 45) -> None:
    """Make rooms whose every sortable value repeats, so that ties must be broken."""
    names = ["Ås", "Øre", "Ærlig", "Zoo", "Aa", "ære", "åse", "øl"]
    products = [factories.product("sensitive"), factories.product("admin-small", "fullhd")]
    first = factories.make_room(cast.organisation, by=cast.admin)
    values = {
        field.attname: getattr(first, field.attname)
        for field in Room._meta.concrete_fields
        if field.name not in {"id", "public_id", "number", "order_key"}
    }
    today = date(2026, 1, 1)
    cycle = itertools.cycle(range(3))
    rooms = []
    for index in range(count):
        step = next(cycle)
        rooms.append(
            Room(
                **{
                    **values,
                    "number": f"{200_000 + index * 7 % 101:06}",
                    "name": names[index % len(names)],
                    "product_id": products[index % 2].pk,
                    "owner_name": names[-index % len(names)],
                    "cost_centre": ["", "41", "Ø"][step],
                    "ordered_on": today + timedelta(days=step),
                    "bound_until": today + timedelta(days=365 - step),
                    "provisioning": ["ready", "pending", "failed"][step],
                }
            )
        )
    Room.objects.bulk_create(rooms)


ALPHABET = str.maketrans({"æ": "{", "ø": "|", "å": "}"})


def norwegian(text: str) -> str:
    return text.lower().translate(ALPHABET)


SHOWN = {
    "name": lambda row: norwegian(row[0]),
    "number": lambda row: row[1],
    "product": lambda row: ["Sensitivt rom", "Administrativt rom, lite, Full HD"].index(row[2]),
    "owner": lambda row: norwegian(row[3].replace("–", "")),
    "cost_centre": lambda row: norwegian(row[4].replace("Mangler", "")),
    "bound_until": lambda row: row[5].split(".")[::-1],
    "status": lambda row: ["Feilet", "Venter", "Klar"].index(row[6]),
}


@pytest.mark.parametrize("column", SHOWN)
@pytest.mark.parametrize("minus", ["", "-"])
def test_column_sorts_both_ways_and_pages_do_not_overlap(
    cast: Cast, admin: Client, column: str, minus: str
) -> None:
    many(cast)
    url = f"{url_of(cast.organisation)}?sort={minus}{column}"
    pages = [rows_of(admin.get(f"{url}&page={page}")) for page in (1, 2, 3)]

    assert [len(page) for page in pages] == [20, 20, 8]
    rows = [row for page in pages for row in page]
    assert len({row[1] for row in rows}) == 48
    keys = [SHOWN[column](row) for row in rows]
    assert keys == sorted(keys, reverse=bool(minus))


def test_every_shown_column_sorts_and_says_how(cast: Cast, admin: Client) -> None:
    page = document(admin.get(f"{url_of(cast.organisation)}?sort=-owner"))
    heads = {
        button.get("value"): button.getparent().get("aria-sort")
        for button in page.xpath("//th/button[@form='filters']")
    }
    assert heads == {
        "name": "none",
        "number": "none",
        "product": "none",
        "owner": "descending",
        "cost_centre": "none",
        "bound_until": "none",
        "status": "none",
    }


def test_fifty_rows_a_page(cast: Cast, admin: Client) -> None:
    many(cast)
    response = admin.get(f"{url_of(cast.organisation)}?rows=50")
    assert len(rows_of(response)) == 48
    assert "Rad 1–48 av 48 møterom" in text_of(response, "//caption")


def test_htmx_gets_the_rows_a_live_region_and_a_fresh_export_menu(
    cast: Cast, admin: Client
) -> None:
    response = admin.get(
        f"{url_of(cast.organisation)}?q=evas&sort=-name", headers={"HX-Request": "true"}
    )
    page = document(response)
    assert names_of(response) == ["Evas rom"]
    assert page.xpath("//h1") == []
    assert page.xpath("//*[@id='announcement']/@hx-swap-oob") == ["innerHTML"]
    assert squeezed(page.xpath("//*[@id='announcement']")[0].text_content()) == (
        "Listen viser 1 møterom."
    )
    assert page.xpath("//*[@id='export-menu']/@hx-swap-oob") == ["true"]
    export = f"{url_of(cast.organisation)}export/"
    assert links_of(response, "//*[@id='export-menu']//a") == {
        "Excel (XLSX)": f"{export}xlsx/?q=evas&sort=-name",
        "CSV med semikolon": f"{export}csv/?q=evas&sort=-name",
        "Excel med PIN-koder": f"{export}xlsx/?q=evas&sort=-name&pins=1",
        "CSV med PIN-koder": f"{export}csv/?q=evas&sort=-name&pins=1",
    }
    assert "HX-Request" in response["Vary"]


def test_choosing_everything_locks_the_boxes_and_carries_the_filter(
    cast: Cast, admin: Client
) -> None:
    plain = document(admin.get(f"{url_of(cast.organisation)}?q=rom"))
    assert plain.xpath("//tbody//input/@value") == [
        str(cast.own_room.public_id),
        str(cast.room.public_id),
    ]
    assert plain.xpath("//form[@id='bulk']//a/@href") == ["?q=rom&chosen=all"]
    page = document(admin.get(f"{url_of(cast.organisation)}?q=rom&chosen=all"))
    form = page.xpath("//form[@id='bulk']")[0]
    assert form.get("method") == "get"
    assert {i.get("name"): i.get("value") for i in form.xpath(".//input")} == {
        "filter": "q=rom",
        "all": "1",
    }
    assert len(page.xpath("//tbody//input[@checked and @disabled and not(@name)]")) == 2


def test_organisation_without_rooms_is_told_what_to_do(cast: Cast, signed_in: SignIn) -> None:
    url = url_of(cast.second_client)
    response = signed_in(cast.reseller).get(url)
    page = document(response)
    assert squeezed(page.xpath("//h2")[0].text_content()) == "Dere har ingen møterom ennå"
    assert page.xpath("//form[@id='filters'] | //table | //*[@id='export-menu']") == []
    assert page.xpath("//div[contains(@class, 'empty')]//a/@href") == [f"{url}order/"]


def test_organisation_with_closed_rooms_alone_can_find_them(cast: Cast, admin: Client) -> None:
    cast.organisation.rooms.update(closed_at=timezone.now())
    response = admin.get(url_of(cast.organisation))
    assert "Dere har ingen åpne møterom" in text_of(response)
    assert document(response).xpath("//select[@name='status']") != []
    assert names_of(admin.get(f"{url_of(cast.organisation)}?status=closed")) == [
        "Evas rom",
        "Samtalerom A",
    ]


def test_search_without_hits_keeps_the_filter_and_says_what_was_searched(
    cast: Cast, admin: Client
) -> None:
    response = admin.get(f"{url_of(cast.organisation)}?q=habilitering+ung")
    assert "Ingen møterom passer med søket" in text_of(response)
    assert "Vi søkte etter «habilitering ung» i navn, møteromsnummer og eier." in text_of(response)
    assert document(response).xpath("//input[@name='q']/@value") == ["habilitering ung"]


def test_odd_names_are_shown_as_text(cast: Cast, admin: Client) -> None:
    name = "<script>alert(1)</script> 😀 & 'שלום'"
    stored(cast.room, name=name, cost_centre="<b>", owner_name='"><i>')
    response = admin.get(f"{url_of(cast.organisation)}?sort=-name")
    assert [name, '"><i>', "<b>"] in [[row[0], row[3], row[4]] for row in rows_of(response)]
    assert document(response).xpath("//tbody//script | //tbody//b | //tbody//i") == []


def test_reader_of_rooms_alone_gets_no_choices_or_orders(cast: Cast, admin: Client) -> None:
    OrganisationGroupGrant.objects.filter(
        content_object=cast.organisation, permission__codename__in=["manage_rooms", "view_billing"]
    ).delete()
    response = admin.get(f"{url_of(cast.organisation)}?chosen=all")
    page = document(response)
    assert names_of(response) == ["Evas rom", "Samtalerom A"]
    assert page.xpath("//tbody//input | //form[@id='bulk']") == []
    assert text_of(response, "//p[@class='meta']") == "2 møterom"
    assert set(links_of(response, "//div[@class='page-head__actions']//a")) == {
        "Excel (XLSX)",
        "CSV med semikolon",
    }
    assert admin.get(f"{url_of(cast.organisation)}export/csv/?pins=1").status_code == 403


@pytest.mark.parametrize("rows", [1, 3, 25])
def test_queries_are_the_same_for_any_number_of_rows(
    cast: Cast,
    signed_in: SignIn,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    cast.organisation.rooms.exclude(pk=cast.room.pk).update(closed_at=timezone.now())
    if rows > 1:
        many(cast, rows - 2)
    for person, queries in ((cast.admin, 5), (cast.reseller, 6)):
        client = signed_in(person)
        client.get(url_of(cast.organisation))
        # Narrowed, the rows are counted; else the summary has counted them.
        for query, more in (
            ("", 0),
            ("?type=sensitive&status=all", 1),
            ("?sort=-status&chosen=all", 0),
        ):
            with django_assert_num_queries(queries + more):
                response = client.get(f"{url_of(cast.organisation)}{query}")
        assert len(rows_of(response)) == min(rows, 20)


def test_list_decrypts_no_pin(cast: Cast, admin: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update rooms_room set host_pin = 'no key opens this'")
    assert names_of(admin.get(url_of(cast.organisation))) == ["Evas rom", "Samtalerom A"]
