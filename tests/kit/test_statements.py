"""Queries written once: their values go to their places, and the closed queryset stays closed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms.models import Room
from tenants.models import Organisation
from tests import factories
from tests.cast import Cast
from videoportal.kit.querysets import UnscopedQuery
from videoportal.kit.statements import SOME_DAY, SOME_ID, SOME_IDS, Statement


def test_each_run_gets_the_rows_of_its_own_values(cast: Cast) -> None:
    names = Statement(
        lambda ids, day: (
            Room.objects.in_organisations(ids)
            .filter(ordered_on__lte=day)
            .order_by("pk")
            .values_list("organisation_id", "name")
        ),
        ids=SOME_IDS,
        day=SOME_DAY,
    )
    today = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    ours, theirs = cast.organisation.pk, cast.foreign.pk
    factories.make_room(cast.foreign, by=cast.other_admin, name=cast.room.name)
    assert {pk for pk, _name in names.rows(ids=(ours,), day=today)} == {ours}
    with CaptureQueriesContext(connection) as asked:
        assert {pk for pk, _name in names.rows(ids=(theirs,), day=today)} == {theirs}
        assert names.rows(ids=(), day=today) == []
    assert len(asked) == 1
    assert {pk for pk, _name in names.rows(ids=(ours, theirs), day=today)} == {ours, theirs}
    assert names.rows(ids=(ours,), day=dt.date(2001, 1, 1)) == []


def test_a_closed_queryset_makes_no_statement(cast: Cast) -> None:
    every = Statement(lambda pk: Room.objects.filter(pk=pk).values_list("name"), pk=SOME_ID)
    with pytest.raises(UnscopedQuery):
        every.rows(pk=cast.room.pk)


def test_what_needs_converting_is_refused(cast: Cast) -> None:
    pins = Statement(
        lambda pk: Room.objects.in_organisation(pk).values_list("host_pin"), pk=SOME_ID
    )
    with pytest.raises(TypeError, match="host_pin"):
        pins.rows(pk=cast.organisation.pk)


def test_every_value_has_its_place(cast: Cast) -> None:
    def one(pk: int, other: int = 0) -> object:
        return Organisation.objects.in_organisation(pk).values_list("name")

    with pytest.raises(TypeError, match="other"):
        Statement(one, pk=SOME_ID, other=-7).rows(pk=1, other=2)  # type: ignore[arg-type]  # a sample
    with pytest.raises(TypeError, match="each of its samples"):
        Statement(one, pk=SOME_ID).rows()  # type: ignore[arg-type]  # as above
