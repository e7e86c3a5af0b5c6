"""Reads of the catalogue and of number ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models import Count, F, FilteredRelation, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Length, LPad

if TYPE_CHECKING:
    from datetime import date


def _open_on(day: date, prefix: str = "") -> Q:
    return Q(**{f"{prefix}open_from__lte": day}) & (
        Q(**{f"{prefix}open_to__isnull": True}) | Q(**{f"{prefix}open_to__gte": day})
    )


def price_on(day: date, path: str) -> FilteredRelation:
    """Return a join to the one price that holds on the day, at the end of ``path``.

    A join and not a subquery: beside an aggregate a subquery lands in GROUP BY, where it is
    run for every row.
    """
    return FilteredRelation(
        path,
        condition=Q(**{f"{path}__valid_from__lte": day})
        & (Q(**{f"{path}__valid_to__isnull": True}) | Q(**{f"{path}__valid_to__gte": day})),
    )


class RoomTypeQuerySet(models.QuerySet["RoomType"]):  # type: ignore[name-defined]  # models import this module
    def open_on(self, day: date) -> Self:
        """Return the types that can be ordered on the day."""
        return self.filter(_open_on(day))

    def with_prices(self) -> Self:
        """Return the types with their products and all their prices, past and coming."""
        return self.prefetch_related("products__prices")


class RoomProductQuerySet(models.QuerySet["RoomProduct"]):  # type: ignore[name-defined]  # models import this module
    def open_on(self, day: date) -> Self:
        """Return the products that can be ordered on the day, by type and by quality."""
        return self.filter(_open_on(day), _open_on(day, "room_type__"))

    def priced_on(self, day: date) -> Self:
        """Return the products with ``price`` (kroner a month) as it is on the day, and the type."""
        return (
            self.alias(day_price=price_on(day, "prices"))
            .annotate(price=F("day_price__amount"))
            .select_related("room_type")
        )

    def offered_on(self, day: date) -> Self:
        """Return the products that can be ordered on the day, with their ``price``."""
        return self.priced_on(day).open_on(day).filter(price__isnull=False)


def _padded(edge: str) -> LPad:
    text = Cast(OuterRef(edge), models.TextField())
    return LPad(text, Cast(OuterRef("digits"), IntegerField()), Value("0"))


class NumberRangeQuerySet(models.QuerySet["NumberRange"]):  # type: ignore[name-defined]  # models import this module
    def with_use(self) -> Self:
        """Return the ranges with ``used`` (taken or resting) and ``resting`` numbers counted."""
        digits = OuterRef("digits")
        # Numbers of a range are equally long, so their text sorts as they do.
        inside = (
            apps.get_model("rooms", "NumberAllocation")
            .objects.annotate(length=Length("number"))
            .filter(
                length=digits,
                number__gte=_padded("first"),
                number__lte=_padded("last"),
            )
            .order_by()
            .annotate(one=Value(1))
            .values("one")
        )
        taken = inside.annotate(total=Count("pk")).values("total")
        resting = inside.annotate(
            total=Count("pk", filter=Q(quarantined_until__isnull=False))
        ).values("total")
        return self.annotate(
            used=Coalesce(Subquery(taken, output_field=IntegerField()), 0),
            resting=Coalesce(Subquery(resting, output_field=IntegerField()), 0),
        )
