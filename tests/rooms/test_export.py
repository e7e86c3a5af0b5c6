"""The list as a file: the same rows and order, every cell, nothing that runs, each one logged."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rooms import columns
from rooms.choices import Layout, Theme
from rooms.models import Room
from tenants.models import AuditEntry, User
from tests import factories, sessions
from tests.cast import Cast

type SignIn = Callable[[User], Client]


@pytest.fixture
def admin(cast: Cast, signed_in: SignIn) -> Client:
    return signed_in(cast.admin)


def fetch(client: Client, cast: Cast, fmt: str, query: str = "") -> Any:
    return client.get(f"/o/{cast.organisation.slug}/rooms/export/{fmt}/?{query}")


def table_of(response: Any) -> list[list[str]]:
    """Return header and rows as text, from either kind of file."""
    data = response.getvalue()
    if response["Content-Type"].startswith("text/csv"):
        text = io.StringIO(data.decode("utf-8-sig"), newline="")
        return list(csv.reader(text, delimiter=";"))
    sheet: Any = openpyxl.load_workbook(io.BytesIO(data)).active
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
    return [
        [
            f"{cell.value:%d.%m.%Y}"
            if hasattr(cell.value, "year")
            else ""
            if cell.value is None
            else str(cell.value)
            for cell in row
        ]
        for row in sheet.iter_rows()
    ]


def column(response: Any, key: str) -> list[str]:
    header, *rows = table_of(response)
    place = [columns.column_key(label) for label in header].index(key)
    return [row[place] for row in rows]


def stored(room: Room, **values: Any) -> None:
    Room.objects.in_organisation(room.organisation_id).filter(pk=room.pk).update(**values)


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_file_holds_every_column_of_every_row(cast: Cast, admin: Client, fmt: str) -> None:
    stored(cast.own_room, closed_at=timezone.now())
    stored(
        cast.room,
        number="004117",
        description="Ved heisen",
        department="Øre-nese-hals",
        reference="B-7",
        host_pin="012345",
        guest_pin="000777",
        layout="one_main_zero_pips",
        chat=True,
        show_names=False,
        participant_limit=4,
        ordered_on=date(2026, 2, 1),
        bound_until=date(2027, 1, 31),
    )
    response = fetch(admin, cast, fmt, "pins=1")

    header, row = table_of(response)
    assert dict(zip(header, row, strict=True)) == {
        "Møteromsnummer": "004117",
        "Navn": "Samtalerom A",
        "Beskrivelse": "Ved heisen",
        "Romtype": "sensitive",
        "Oppløsning": "hd",
        "Navn på eieren": "Per Annen",
        "E-post til eieren": "per.annen@example.no",
        "Avdeling": "Øre-nese-hals",
        "Koststed": "4100",
        "Referanse": "B-7",
        "Gjester kan delta": "Ja",
        "PIN-kode for vert": "012345",
        "PIN-kode for gjest": "000777",
        "Autolås": "Ja",
        "Visning": "Én stor",
        "Tema": "Pasient og behandler",
        "Chat": "Ja",
        "Gjester kan dele skjermen": "Ja",
        "Vis navn i bildet": "Nei",
        "Kapasitet": "4",
        "Bestilt dato": "01.02.2026",
        "Bundet til og med": "31.01.2027",
        "Status": "Klar",
        "Nettadresse": "https://join.videoportal.example/004117",
        "SIP-adresse": "004117@join.videoportal.example",
    }
    today = f"{timezone.localdate():%Y-%m-%d}"
    assert f"M%C3%B8terom%20Solfjord%20kommune%20{today}.{fmt}" in response["Content-Disposition"]
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_file_without_pins_holds_none(cast: Cast, admin: Client, fmt: str) -> None:
    header = table_of(fetch(admin, cast, fmt))[0]
    assert [columns.column_key(label) for label in header] == [
        item.key for item in columns.COLUMNS if not item.secret
    ]


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Evas rom", "Samtalerom A"]),
        ("sort=-name", ["Samtalerom A", "Evas rom"]),
        ("sort=-status&status=all", ["Gammelt rom", "Evas rom", "Samtalerom A"]),
        ("q=evas&sort=-name", ["Evas rom"]),
        ("status=closed", ["Gammelt rom"]),
        ("cost_centre=~", ["Samtalerom A"]),
        ("q=nothing+at+all", []),
        ("page=2&rows=20&chosen=all", ["Evas rom", "Samtalerom A"]),
    ],
)
def test_file_follows_the_filter_and_order_of_the_list(
    cast: Cast, admin: Client, fmt: str, query: str, names: list[str]
) -> None:
    old = factories.make_room(cast.organisation, by=cast.admin, name="Gammelt rom")
    stored(old, closed_at=timezone.now())
    stored(cast.room, cost_centre="", provisioning="failed")
    assert column(fetch(admin, cast, fmt, query), "name") == names


def test_reseller_gets_the_client_and_nothing_else(cast: Cast, signed_in: SignIn) -> None:
    factories.make_room(cast.second_client, by=cast.reseller, name="Samtalerom A")
    numbers = column(fetch(signed_in(cast.reseller), cast, "csv", "status=all"), "number")
    assert sorted(numbers) == sorted([cast.room.number, cast.own_room.number])


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_formula_in_a_name_is_text(cast: Cast, admin: Client, fmt: str) -> None:
    evil = "=cmd|'/C calc'!A0"
    stored(cast.room, name=evil, owner_name="+47 99 99 99 99", cost_centre="@1", reference="-1")
    response = fetch(admin, cast, fmt, "q=per.annen")
    mark = "'" if fmt == "csv" else ""
    header, row = table_of(response)
    cells = dict(zip([columns.column_key(label) for label in header], row, strict=True))
    assert [cells[key] for key in ("name", "owner_name", "cost_centre", "reference")] == [
        f"{mark}{evil}",
        f"{mark}+47 99 99 99 99",
        f"{mark}@1",
        f"{mark}-1",
    ]


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_file_reads_back_as_it_was(cast: Cast, admin: Client, fmt: str, language: str) -> None:
    User.objects.filter(pk=cast.admin.pk).update(language=language)
    stored(cast.room, name="'=1+1", host_pin="0000#", guest_pin="0123#", chat=True)
    header, *rows = table_of(fetch(admin, cast, fmt, "pins=1&q=per.annen"))
    keys = [columns.column_key(label) for label in header]
    cells = dict(zip(keys, rows[0], strict=True))
    assert keys == [item.key for item in columns.COLUMNS]
    assert [
        columns.read_text(cells[key]) for key in ("name", "number", "host_pin", "guest_pin")
    ] == [
        "'=1+1",
        cast.room.number,
        "0000#",
        "0123#",
    ]
    assert columns.read_boolean(cells["chat"]) is True
    assert columns.read_layout(cells["layout"]) == Layout.GRID_FOUR
    assert columns.read_theme(cells["theme"]) == Theme.PATIENT
    assert columns.read_whole_number(cells["capacity"]) == 5
    assert columns.read_date(cells["bound_until"]) == cast.room.bound_until


@pytest.mark.parametrize(
    ("query", "action", "count"),
    [("q=evas", "rooms.list.exported", 1), ("pins=1", "rooms.pin.exported", 2)],
)
def test_each_file_is_logged_with_its_filter(
    cast: Cast, signed_in: SignIn, query: str, action: str, count: int
) -> None:
    fetch(signed_in(cast.reseller), cast, "xlsx", query).getvalue()
    entry = AuditEntry.objects.in_organisation(cast.organisation).newest(1)[0]
    assert (entry.action, entry.actor_key, entry.on_behalf, entry.after) == (
        action,
        str(cast.reseller.pk),
        True,
        {"format": "xlsx", "rooms": count, "filter": query},
    )


def test_pins_leave_only_with_whoever_showed_lately_who_they_are(cast: Cast) -> None:
    client = sessions.start(cast.admin, minutes_ago=11)
    entries = AuditEntry.objects.in_organisation(cast.organisation)
    before = entries.count()
    page = f"/o/{cast.organisation.slug}/rooms/?q=evas"
    answer = client.get(
        f"/o/{cast.organisation.slug}/rooms/export/csv/?q=evas&pins=1",
        headers={"Referer": f"http://testserver{page}"},
    )
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/reauthenticate/?next=")
    assert entries.count() == before
    # The list without PIN codes is not asked about.
    assert column(fetch(client, cast, "csv", "q=evas"), "name") == ["Evas rom"]
    confirmed = client.post(answer["Location"], {"password": factories.PASSWORD})
    assert confirmed["Location"] == page
    assert column(fetch(client, cast, "csv", "q=evas&pins=1"), "host_pin") == [
        cast.own_room.host_pin
    ]


def test_other_formats_do_not_exist(cast: Cast, admin: Client) -> None:
    entries = AuditEntry.objects.in_organisation(cast.organisation)
    before = entries.count()
    assert [fetch(admin, cast, fmt).status_code for fmt in ("pdf", "xls", "csv%20")] == [404] * 3
    assert entries.count() == before


@pytest.mark.parametrize("query", ["q=%00&type=x&status=;drop&sort=zzz", f"q={'x' * 10_000}"])
def test_odd_query_gives_the_whole_list(cast: Cast, admin: Client, query: str) -> None:
    assert column(fetch(admin, cast, "csv", query), "name") == ["Evas rom", "Samtalerom A"]


def test_queries_do_not_grow_with_the_rows(
    cast: Cast, admin: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fetch(admin, cast, "csv")
    for _more in range(2):
        # User, access with organisation, choices (2), count, log, products, platforms, rows.
        with django_assert_num_queries(9):
            fetch(admin, cast, "csv", "pins=1").getvalue()
        for _room in range(3):
            factories.make_room(cast.organisation, by=cast.admin)
