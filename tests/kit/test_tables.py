"""The list table: what it draws, escapes, sorts, pages and exports."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import pytest
from django.db import connection
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import ngettext_lazy

from tenants.models import Organisation
from tests import factories
from tests.pages import parse
from videoportal.kit import tables
from videoportal.kit.tables import paging


@dataclass
class Row:
    pk: int
    name: str
    owner: str | None
    meetings: int
    used: dt.date | None


class RowTable(tables.BaseTable):
    counted = ngettext_lazy("%(count)s meeting room", "%(count)s meeting rooms", "count")

    select = tables.SelectColumn(field="row", key=lambda row: row.pk, named=lambda row: row.name)
    name = tables.NameColumn(
        "Name",
        url=lambda row: f"/rows/{row.pk}/?a=1&b=2",
        narrow=lambda row: [row.owner, row.meetings],
        orderable=True,
    )
    owner = tables.Column("Owner", hide="narrow", sub=lambda row: row.owner and "<i>sub</i>")
    meetings = tables.Column("Meetings", numeric=True, hide="phone", orderable=True)
    used = tables.Column("Last used", numeric=True)
    state = tables.Column(
        "State",
        cell=lambda row: format_html("<em>{}</em>", row.name),
        value=lambda row: f"{row.meetings} m",
    )

    class Meta(tables.BaseTable.Meta):
        order_by = "name"


class OrganisationTable(tables.BaseTable):
    name = tables.NameColumn("Name", orderable=True)
    kind = tables.Column("Kind", orderable=True)
    slug = tables.Column("Slug")


ROWS = [
    Row(1, "Åse <script>alert(1)</script>", 'Per "P" & Co', 1234, dt.date(2026, 11, 22)),
    Row(2, "Bø", None, 0, None),
]


def draw(table, query="", language="en"):
    table.configure(RequestFactory().get(f"/?{query}"))
    with translation.override(language):
        return parse(render_to_string("components/table.html", {"table": table}))


def cells(tree):
    return [[cell.text_content() for cell in row] for row in tree.iterfind(".//tbody/tr")]


def test_row_text_is_escaped_and_says_everything():
    tree = draw(RowTable(ROWS))
    assert cells(tree) == [
        ["Choose Bø", "Bø0", "–", "0", "–", "Bø"],
        [
            "Choose Åse <script>alert(1)</script>",
            'Åse <script>alert(1)</script>Per "P" & Co · 1,234',
            'Per "P" & Co<i>sub</i>',
            "1,234",
            "22.11.2026",
            "Åse <script>alert(1)</script>",
        ],
    ]
    assert not tree.findall(".//script")
    assert [em.text for em in tree.findall(".//em")] == ["Bø", "Åse <script>alert(1)</script>"]


def test_name_is_the_row_header_and_the_link():
    tree = draw(RowTable(ROWS))
    links = tree.findall('.//tbody//th[@scope="row"]/a')
    assert [a.get("href") for a in links] == ["/rows/2/?a=1&b=2", "/rows/1/?a=1&b=2"]


def test_numbers_stand_at_the_end_and_columns_leave_narrow_screens():
    heads = draw(RowTable(ROWS)).findall(".//thead//th")
    assert [head.get("class") for head in heads] == [
        "tight",
        None,
        "hide-narrow",
        "n hide-phone",
        "n",
        None,
    ]
    assert {head.get("scope") for head in heads} == {"col"}


@pytest.mark.parametrize(
    ("query", "aria_sort", "values", "first"),
    [
        ("", ["ascending", "none"], ["-name", "meetings"], "Bø"),
        ("sort=-name", ["descending", "none"], ["name", "meetings"], "Åse"),
        ("sort=meetings", ["none", "ascending"], ["name", "-meetings"], "Bø"),
        ("sort=-meetings", ["none", "descending"], ["name", "meetings"], "Åse"),
    ],
)
def test_sort_heads_are_buttons_of_the_filter_form(query, aria_sort, values, first):
    tree = draw(RowTable(ROWS), query)
    heads = tree.findall(".//thead//th[@aria-sort]")
    buttons = [head.find("button") for head in heads]
    assert [head.get("aria-sort") for head in heads] == aria_sort
    assert [button.get("value") for button in buttons] == values
    assert {(b.get("form"), b.get("name")) for b in buttons} == {("filters", "sort")}
    assert tree.find(".//tbody/tr/th").text_content().startswith(first)


@pytest.mark.parametrize("query", ["sort=owner", "sort=nothing", "sort=-", "sort=__class__"])
def test_unsortable_columns_refuse_and_the_usual_order_stays(query):
    tree = draw(RowTable(ROWS), query)
    assert [row[1] for row in cells(tree)] == [
        "Bø0",
        'Åse <script>alert(1)</script>Per "P" & Co · 1,234',
    ]
    assert tree.find(".//th[@aria-sort='ascending']").text_content() == "Name"


@pytest.mark.parametrize(
    ("language", "caption"),
    [
        ("nb", "Rad 1–2 av 2 møterom, sortert etter name"),
        ("nn", "Rad 1–2 av 2 møterom, sortert etter name"),
        ("en", "Rows 1–2 of 2 meeting rooms, sorted by name"),
    ],
)
def test_caption_names_rows_and_order(language, caption):
    tree = draw(RowTable(ROWS), language=language)
    assert tree.find(".//caption").text_content() == caption
    region = tree if tree.get("role") else tree.find(".//*[@role='region']")
    assert region.get("aria-labelledby") == tree.find(".//caption").get("id")


def test_chosen_rows_are_ticked_and_marked():
    tree = draw(RowTable(ROWS, chosen=[2]))
    boxes = tree.findall(".//input[@type='checkbox']")
    assert [(b.get("value"), b.get("checked") is not None) for b in boxes] == [
        ("2", True),
        ("1", False),
    ]
    assert [row.get("data-selected") is not None for row in tree.findall(".//tbody/tr")] == [
        True,
        False,
    ]


def test_export_gives_plain_values_of_all_pages_without_controls():
    values = list(RowTable(ROWS).as_values())
    assert values == [
        ["Name", "Owner", "Meetings", "Last used", "State"],
        ["Bø", None, 0, None, "0 m"],
        ["Åse <script>alert(1)</script>", 'Per "P" & Co', 1234, dt.date(2026, 11, 22), "1234 m"],
    ]


@pytest.fixture
def organisations(db):
    Organisation.objects.bulk_create(
        Organisation(
            name=f"Sted {number % 3}",
            slug=f"sted-{number}",
            organisation_number=factories.organisation_number(),
        )
        for number in range(45)
    )
    return Organisation.objects.unscoped(reason="the table is tested over everybody")


def names_on(page, query, rows=20):
    table = OrganisationTable(
        Organisation.objects.unscoped(reason="the table is tested over everybody")
    )
    table.configure(RequestFactory().get(f"/?{query}&page={page}&rows={rows}"))
    return [record.pk for record in table.records]


@pytest.mark.parametrize("sort", ["", "name", "-name", "kind", "-kind"])
def test_pages_never_share_a_row_whatever_the_order(organisations, sort):
    seen = [pk for page in (1, 2, 3) for pk in names_on(page, f"sort={sort}")]
    assert len(seen) == 45
    assert set(seen) == set(organisations.values_list("pk", flat=True))


def test_a_page_costs_one_count_and_one_select(organisations, django_assert_num_queries):
    with django_assert_num_queries(2):
        draw(OrganisationTable(organisations), "page=2&sort=name")


@pytest.mark.parametrize(
    ("query", "number", "size"),
    [
        ("page=2", 2, 20),
        ("page=99", 3, 20),
        ("page=0", 3, 20),
        ("page=-1", 1, 20),
        ("page=x%00", 1, 20),
        ("page=²", 1, 20),
        ("rows=50", 1, 50),
        ("rows=1000000", 1, 20),
        ("rows=", 1, 20),
    ],
)
def test_odd_pages_and_sizes_fall_back(organisations, query, number, size):
    table = OrganisationTable(organisations)
    table.configure(RequestFactory().get(f"/?{query}"))
    assert (table.page.number, table.per_page) == (number, size)


def test_pager_keeps_filter_and_order(organisations):
    table = OrganisationTable(organisations)
    table.configure(RequestFactory().get("/?q=sted&sort=-name&page=2"))
    tree = parse(render_to_string("components/pager.html", {"table": table}))
    links = {a.text_content(): QueryDict(a.get("href")[1:]).dict() for a in tree.iterfind(".//a")}
    kept = {"q": "sted", "sort": "-name"}
    assert links["1"] == kept | {"page": "1"}
    assert links["3"] == kept | {"page": "3"}
    assert [url for label, url in links.items() if "50" in label] == [kept | {"rows": "50"}]
    assert tree.find(".//a[@aria-current]").text_content() == "2"


@pytest.mark.parametrize(
    ("page", "labels"),
    [
        (1, ["1", "2", "…", "9"]),
        (3, ["1", "2", "3", "4", "…", "9"]),
        (5, ["1", "…", "4", "5", "6", "…", "9"]),
        (9, ["1", "…", "8", "9"]),
    ],
)
def test_pager_leaves_gaps(page, labels):
    rows = [Row(number, f"{number:03}", None, 0, None) for number in range(180)]
    table = RowTable(rows)
    table.configure(RequestFactory().get(f"/?page={page}"))
    assert [link.label for link in table.page_links()] == labels


def test_counting_and_paging_stop_at_the_deepest_row(organisations, monkeypatch):
    monkeypatch.setattr(paging, "DEEPEST_ROW", 40)
    table = OrganisationTable(organisations)
    table.configure(RequestFactory().get("/?page=99"))
    assert table.page.number == 2
    assert table.paged_out
    with translation.override("nb"):
        assert re.sub("<.*?>", "", table.caption()) == "Rad 21–40 av mer enn 40 rader"


def test_total_that_is_known_is_not_counted_again(
    organisations, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(paging, "DEEPEST_ROW", 40)
    table = OrganisationTable(organisations)
    table.known_total = 45
    with django_assert_num_queries(1):
        table.configure(RequestFactory().get("/?page=99"))
        assert len(table.records) == 20
    assert table.paged_out
    with translation.override("nb"):
        assert re.sub("<.*?>", "", table.caption()) == "Rad 21–40 av mer enn 40 rader"


@pytest.mark.parametrize("query", ["", "page=2&sort=-name", "page=99", "rows=50"])
def test_rows_found_dearly_are_looked_for_once(organisations, query):
    usual, dear = OrganisationTable(organisations), OrganisationTable(organisations)
    dear.found_dearly = True
    request = RequestFactory().get(f"/?{query}")
    usual.configure(request)
    rows = [row.pk for row in usual.records]
    with CaptureQueriesContext(connection) as asked:
        dear.configure(request)
        assert [row.pk for row in dear.records] == rows
    found, fetched = (entry["sql"].upper() for entry in asked)
    assert "ORDER BY" not in found
    assert "= ANY(" in fetched
    assert (dear.total, dear.caption()) == (usual.total, usual.caption())


def test_rows_found_dearly_beyond_the_deepest_are_cut_as_usual(organisations, monkeypatch):
    monkeypatch.setattr(paging, "DEEPEST_ROW", 40)
    table = OrganisationTable(organisations)
    table.found_dearly = True
    table.configure(RequestFactory().get("/?page=99"))
    assert (table.page.number, table.paged_out, len(table.records)) == (2, True, 20)


def test_each_table_has_columns_of_its_own():
    one, other = RowTable(ROWS), RowTable(ROWS)
    one.columns["name"].column.url = lambda _row: "/elsewhere/"
    assert draw(other).find('.//tbody//th[@scope="row"]/a').get("href").startswith("/rows/")


def test_table_that_names_its_fields_reads_no_others(organisations, django_assert_num_queries):
    class Light(OrganisationTable):
        reads = ("name", "kind", "slug")

    table, whole = Light(organisations), OrganisationTable(organisations)
    request = RequestFactory().get("/?sort=-name&page=2")
    with django_assert_num_queries(2):
        table.configure(request)
        assert table.records[0]._fields == Light.reads
    whole.configure(request)
    assert table.drawn_rows() == whole.drawn_rows()
