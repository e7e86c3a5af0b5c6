"""The closed queryset: what raises, what opens it, what stays shut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Count, QuerySet

from rooms.models import Room, RoomType
from tenants.models import Organisation
from tests import factories
from tests.cast import Cast
from videoportal.kit.querysets import UnscopedQuery

READS: dict[str, Callable[[QuerySet[Any]], object]] = {
    "list": list,
    "len": len,
    "bool": bool,
    "first": lambda rows: rows.first(),
    "last": lambda rows: rows.last(),
    "get": lambda rows: rows.get(pk=1),
    "in_bulk": lambda rows: rows.in_bulk(),
    "iterator": lambda rows: list(rows.iterator()),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "contains": lambda rows: rows.filter(name="x").exists(),
    "aggregate": lambda rows: rows.aggregate(Count("pk")),
    "values": lambda rows: list(rows.values("pk")),
    "values_list": lambda rows: list(rows.values_list("pk", flat=True)),
    "slice": lambda rows: list(rows[:1]),
    "index": lambda rows: rows[0],
    "update": lambda rows: rows.update(name="x"),
    "delete": lambda rows: rows.delete(),
    "raw delete": lambda rows: rows._raw_delete("default"),
    "bulk_update": lambda rows: rows.bulk_update([], ["name"]),
    "get_or_create": lambda rows: rows.get_or_create(name="x"),
    "update_or_create": lambda rows: rows.update_or_create(name="x"),
    "raw": lambda rows: list(rows.raw("select 1")),
    "explain": lambda rows: rows.explain(),
    "as a sub-query": lambda rows: list(Organisation.objects.filter(pk__in=rows.values("pk"))),
    "or": lambda rows: rows | rows.all(),
    "and": lambda rows: rows & rows.all(),
    "union": lambda rows: rows.union(rows.all()),
    "dates": lambda rows: list(rows.dates("ordered_on", "month")),
    "earliest": lambda rows: rows.earliest("pk"),
}


@pytest.mark.parametrize("read", READS)
def test_unscoped_read_raises(read: str, cast: Cast) -> None:
    with pytest.raises(UnscopedQuery):
        READS[read](Room.objects.all())
    with pytest.raises(UnscopedQuery):
        READS[read](Room.objects.filter(name="Samtalerom A"))


def test_narrowing_opens_to_one_tenant(cast: Cast) -> None:
    rooms = Room.objects.in_organisation(cast.organisation).filter(name="Samtalerom A")
    assert list(rooms) == [cast.room]
    assert list(cast.organisation.rooms.filter(name="Samtalerom A")) == [cast.room]


def test_many_organisations_open_to_exactly_those(cast: Cast) -> None:
    both = [cast.organisation.pk, cast.second_client.pk]
    assert cast.foreign_room not in Room.objects.in_organisations(both)
    assert Room.objects.in_organisations(both).count() == 2
    assert list(Room.objects.in_organisations([])) == []


def test_none_needs_no_scope() -> None:
    assert list(Room.objects.none()) == []


def test_reading_through_a_catalogue_row_stays_shut(cast: Cast) -> None:
    # A room type belongs to nobody, so its rooms are everybody's.
    reverse_names = {relation.get_accessor_name() for relation in RoomType._meta.related_objects}
    assert "products" in reverse_names
    product = factories.product()
    assert not hasattr(product, "rooms")


def test_unscoped_wants_a_reason(cast: Cast) -> None:
    with pytest.raises(ValueError, match="Say why"):
        Room.objects.unscoped(reason=" ")
    assert Room.objects.unscoped(reason="test counts all").count() == 3


def test_prefetch_from_a_tenant_row_is_open(cast: Cast) -> None:
    organisation = (
        Organisation.objects.in_organisation(cast.organisation).prefetch_related("rooms").get()
    )
    assert len(organisation.rooms.all()) == 2


def test_writing_and_refreshing_one_row_needs_no_scope(cast: Cast) -> None:
    cast.room.description = "x"
    cast.room.save()
    cast.room.refresh_from_db()
    cast.room.full_clean()
    assert cast.room.description == "x"
