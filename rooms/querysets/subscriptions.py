"""Reads of what is charged for."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from rooms.querysets.catalogue import price_on
from rooms.querysets.figures import MonthlyCost
from videoportal.kit.querysets import TenantQuerySet
from videoportal.kit.statements import SOME_DAY, SOME_IDS, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


class RoomSubscriptionQuerySet(TenantQuerySet["RoomSubscription"]):  # type: ignore[name-defined]  # models import this module
    def holding_on(self, day: date) -> Self:
        """Return what is charged for on the day; a closed room may still be bound."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)

    def _priced_on(self, day: date) -> Self:
        """Return what holds on the day, joined as ``price`` with the day's price."""
        return self.holding_on(day).order_by().alias(price=price_on(day, "product__prices"))

    def monthly_costs_of(self, organisation_ids: Iterable[int], day: date) -> dict[int, Decimal]:
        """Return what a month costs each organisation with the day's subscriptions and prices.

        In kroner without VAT by organisation id, in one query; one without subscriptions is
        left out.
        """
        return dict(_COSTS.rows(ids=tuple(organisation_ids), day=day))

    def monthly_cost(self, day: date) -> MonthlyCost:
        """Return what a month costs with all of these subscriptions that hold on the day."""
        return MonthlyCost(
            **self._priced_on(day).aggregate(
                rooms=Count("pk"),
                closed=Count("pk", filter=Q(room__closed_at__isnull=False)),
                amount=Coalesce(Sum("price__amount"), Decimal(0)),
            )
        )


def _costs(ids: tuple[int, ...], day: date) -> Any:
    subscriptions = apps.get_model("rooms", "RoomSubscription").objects.in_organisations(ids)
    return (
        subscriptions._priced_on(day)
        .values_list("organisation_id")
        .annotate(amount=Coalesce(Sum("price__amount"), Decimal(0)))
    )


_COSTS = Statement(_costs, ids=SOME_IDS, day=SOME_DAY)
