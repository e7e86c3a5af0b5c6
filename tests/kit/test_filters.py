"""Filters in the query string: they narrow, they show themselves, they never fail."""

from __future__ import annotations

import django_filters
import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from tenants.models import Organisation
from tests import factories
from videoportal.kit.filters import Search
from videoportal.kit.forms import Select


class OrganisationSearch(Search):
    searched_in = "name"
    q = django_filters.CharFilter(label="Navn", field_name="name", lookup_expr="icontains")
    kind = django_filters.ChoiceFilter(
        label="Slag", choices=[("customer", "Kunde"), ("reseller", "Forhandler")]
    )
    since = django_filters.DateFilter(label="Siden", field_name="created_at__date")


def search(query):
    return OrganisationSearch(QueryDict(query))


@pytest.fixture
def organisations(db):
    for name, kind in [("Solfjord", "customer"), ("Solberg", "reseller"), ("Ås", "customer")]:
        factories.make_organisation(name, kind=kind)
    return Organisation.objects.unscoped(reason="the filter is tested over everybody")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Solberg", "Solfjord", "Ås"]),
        ("q=sol", ["Solberg", "Solfjord"]),
        ("q=sol&kind=customer", ["Solfjord"]),
        ("q=sol&kind=nonsense", ["Solberg", "Solfjord"]),
        ("kind=customer&since=tull", ["Solfjord", "Ås"]),
        ("q=%00&kind=reseller", ["Solberg"]),
        ("q=ingen", []),
    ],
)
def test_what_is_understood_narrows(organisations, query, names):
    assert sorted(search(query).narrow(organisations).values_list("name", flat=True)) == names


def test_what_is_not_understood_is_said():
    assert search("kind=nonsense&since=tull&q=x").faults() == [
        "Vi forsto ikke «nonsense» i Slag, så det er ikke brukt i søket.",
        "Vi forsto ikke «tull» i Siden, så det er ikke brukt i søket.",
    ]
    assert search(f"kind={'x' * 500}").faults() == [
        f"Vi forsto ikke «{'x' * 59}…» i Slag, så det er ikke brukt i søket."
    ]


def test_chips_take_away_one_filter_each_and_keep_the_order():
    found = search("q=sol&kind=customer&sort=-name&page=3")
    assert [(chip.text, QueryDict(chip.url[1:]).dict()) for chip in found.chips()] == [
        ("Navn: sol", {"kind": "customer", "sort": "-name"}),
        ("Slag: Kunde", {"q": "sol", "sort": "-name"}),
    ]
    assert found.reset_url == "?sort=-name"
    assert found.active
    assert found.text == "sol"
    assert not search("sort=name&page=2&kind=").active


@given(st.dictionaries(st.sampled_from(["q", "kind", "since", "sort", "page"]), st.text()))
def test_no_query_string_fails(values):
    query = QueryDict(mutable=True)
    query.update(values)
    found = OrganisationSearch(query)
    assert isinstance(found.faults(), list)
    assert isinstance(found.chips(), list)
    assert found.active == bool(found.chips())


def test_drop_down_escapes_marks_the_choice_and_keeps_its_attributes() -> None:
    widget = Select({"class": "ds-input"}, choices=[(None, "Alle"), ("a&b", "<A>"), (7, "Sju")])

    assert widget.render("type", "7", {"id": "id_type"}) == (
        '<select class="ds-input" id="id_type" name="type"><option value="">Alle</option>'
        '<option value="a&amp;b">&lt;A&gt;</option>'
        '<option value="7" selected>Sju</option></select>'
    )
