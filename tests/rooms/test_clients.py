"""A reseller's clients: numbers, search, order, and only their own."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rooms.models import Room
from tenants import actions
from tenants.models import AuditEntry, Organisation, User
from tests import factories
from tests.cast import Cast

type SignIn = Callable[[User], Client]

COLUMNS = ("name", "organisation_number", "rooms", "members", "to_do", "cost")


@pytest.fixture(autouse=True)
def english(cast: Cast) -> None:
    actions.change_profile(cast.reseller, by=cast.reseller, language="en")


@pytest.fixture
def url(cast: Cast) -> str:
    return reverse("rooms:clients", args=[cast.reseller_organisation.slug])


def rows(client: Client, url: str, **query: str) -> list[tuple[str, int, int, int, int]]:
    table = client.get(url, query).context["table"]
    return [(r.name, r.rooms, r.members, r.to_do, int(r.cost)) for r in table.records]


def test_clients_stand_with_their_own_numbers(cast: Cast, signed_in: SignIn, url: str) -> None:
    factories.make_room(cast.second_client, by=cast.reseller)  # without cost centre
    price = int(factories.product("sensitive").prices.get(valid_to=None).amount)
    response = signed_in(cast.reseller).get(url)
    assert rows(signed_in(cast.reseller), url) == [
        ("Lerkebø legesenter", 1, 0, 1, price),
        ("Solfjord kommune", 2, 3, 0, 2 * price),
    ]
    assert response.context["meta"] == [
        "2 clients",
        "3 meeting rooms",
        f"NOK\N{NO-BREAK SPACE}{3 * price}.00 a month today, excl. VAT",
    ]
    assert cast.foreign.slug not in response.content.decode()


def test_search_finds_part_of_name_and_number(cast: Cast, signed_in: SignIn, url: str) -> None:
    client = signed_in(cast.reseller)
    number = cast.second_client.organisation_number
    spaced = f"{number[:3]} {number[3:6]} {number[6:]}"
    for words, found in (
        ("LERKEBØ", ["Lerkebø legesenter"]),
        ("kommune", ["Solfjord kommune"]),
        (number, ["Lerkebø legesenter"]),
        (spaced, ["Lerkebø legesenter"]),
        (cast.foreign.organisation_number, []),
        ("%", []),
    ):
        assert [row[0] for row in rows(client, url, q=words)] == found, words


def test_needing_action_alone_can_be_shown(cast: Cast, signed_in: SignIn, url: str) -> None:
    Room.objects.in_organisation(cast.organisation).filter(pk=cast.room.pk).update(
        provisioning="failed"
    )
    assert [row[0] for row in rows(signed_in(cast.reseller), url, show="todo")] == [
        "Solfjord kommune"
    ]


def test_every_column_sorts_both_ways(cast: Cast, signed_in: SignIn, url: str) -> None:
    factories.make_room(cast.second_client, by=cast.reseller)
    client = signed_in(cast.reseller)
    for column in COLUMNS:
        up = rows(client, url, sort=column)
        assert len(up) == 2
        assert rows(client, url, sort=f"-{column}") == up[::-1], column


def test_pages_do_not_overlap_and_order_is_norwegian(
    cast: Cast, signed_in: SignIn, url: str
) -> None:
    for name in ("Ås legevakt", "Øye helse", "Ære helse", *(f"Zeta {n:02}" for n in range(20))):
        factories.make_organisation(name, reseller=cast.reseller_organisation)
    client = signed_in(cast.reseller)
    first, second = rows(client, url), rows(client, url, page="2")
    assert len(first) == 20
    assert [row[0] for row in second] == [
        "Zeta 18",
        "Zeta 19",
        "Ære helse",
        "Øye helse",
        "Ås legevakt",
    ]


@pytest.mark.parametrize("clients", [1, 5])
def test_list_costs_the_same_whatever_the_clients(
    cast: Cast,
    signed_in: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
    url: str,
    clients: int,
) -> None:
    for number in range(clients):
        factories.make_organisation(f"Kunde {number}", reseller=cast.reseller_organisation)
    client = signed_in(cast.reseller)
    # Person, rights with clients and reseller, clients with names, rooms, members, cost.
    with django_assert_num_queries(6):
        client.get(url)


def test_client_taken_away_is_gone_at_the_next_click(
    cast: Cast, signed_in: SignIn, url: str
) -> None:
    client = signed_in(cast.reseller)
    overview = reverse("rooms:overview", args=[cast.second_client.slug])
    assert client.get(overview).context["organisation"] == cast.second_client
    Organisation.objects.in_organisation(cast.second_client).update(
        reseller=cast.other_reseller_organisation
    )
    assert client.get(overview).status_code == 404
    assert [row[0] for row in rows(client, url)] == ["Solfjord kommune"]
    page = client.get(reverse("rooms:overview", args=[cast.organisation.slug]))
    assert "Lerkebø" not in page.content.decode()
    assert [entry[2] for entry in client.session["recent_clients"]] == ["Solfjord kommune"]


def test_export_holds_the_rows_of_the_search_in_their_order(
    cast: Cast, signed_in: SignIn, url: str
) -> None:
    client = signed_in(cast.reseller)
    page = client.get(url, {"sort": "-rooms", "q": "e"})
    addresses = {item["label"]: item["url"] for item in page.context["export_formats"]}
    response = client.get(addresses["CSV with semicolons"])
    lines = b"".join(response).decode("utf-8-sig").splitlines()
    price = factories.product("sensitive").prices.get(valid_to=None).amount
    assert lines == [
        "Organisation;Org. no.;Meeting rooms;Members;To do;NOK per month",
        f"Solfjord kommune;{cast.organisation.organisation_number};2;3;0;"
        + f"{2 * price:.2f}".replace(".", ","),
        f"Lerkebø legesenter;{cast.second_client.organisation_number};0;0;0;0,00",
    ]
    log = AuditEntry.objects.in_organisation(cast.reseller_organisation).newest(1)[0]
    assert (log.action, log.after) == ("rooms.clients.exported", {"format": "csv"})
    sheet = b"".join(client.get(addresses["Excel (XLSX)"]))
    book = openpyxl.load_workbook(io.BytesIO(sheet))
    assert [row[0].value for row in book["Clients"].rows] == [
        "Organisation",
        "Solfjord kommune",
        "Lerkebø legesenter",
    ]
    assert client.get(addresses["Excel (XLSX)"].replace("xlsx", "pdf")).status_code == 404


def test_list_and_overview_count_the_same_things_to_do(cast: Cast) -> None:
    today = timezone.localdate()
    for changes in (
        {"provisioning": "failed", "cost_centre": ""},
        {"provisioning": "pending", "changed_at": timezone.now() - timedelta(hours=1)},
        {"terminated_on": today, "closes_on": today, "charged_until": today},
        {"provisioning": "failed", "closed_at": timezone.now()},
    ):
        room = factories.make_room(cast.second_client, by=cast.reseller, cost_centre="41")
        Room.objects.in_organisation(cast.second_client).filter(pk=room.pk).update(**changes)
    ids = [cast.organisation.pk, cast.second_client.pk]
    figures = Room.objects.in_organisations(ids).figures(now=timezone.now())
    assert figures[cast.second_client.pk].to_do == 4
    assert Room.objects.totals_of(ids, now=timezone.now()) == {
        pk: (counted.rooms, counted.to_do) for pk, counted in figures.items()
    }
