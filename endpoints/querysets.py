"""Reads of endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Q, Subquery, Value, When
from django.db.models.functions import JSONObject

from endpoints.choices import State
from rooms.choices import Provisioning
from rooms.querysets import PENDING_LONG
from videoportal.kit.querysets import TenantQuerySet
from videoportal.kit.sorting import NorwegianOrder

STATUS_RANK = Case(
    When(provisioning=Provisioning.FAILED, then=Value(1)),
    When(provisioning=Provisioning.PENDING, then=Value(2)),
    When(state=State.BLOCKED, then=Value(3)),
    default=Value(4),
)
# So many in trouble are named on the overview.
NAMED = 3


class EndpointQuerySet(TenantQuerySet["Endpoint"]):  # type: ignore[name-defined]  # models import this module
    def present(self) -> Self:
        """Return the endpoints that are not removed."""
        return self.filter(removed_at__isnull=True)

    def may_register(self) -> Self:
        """Return the endpoints that are neither removed nor blocked."""
        return self.present().filter(state=State.ACTIVE)

    def for_listing(self) -> Self:
        """Return endpoints with what a row shows, without decrypting any password."""
        return (
            self.present()
            .defer("password", "provisioning_error")
            .alias(
                status_rank=STATUS_RANK,
                name_order=NorwegianOrder("name"),
                location_order=NorwegianOrder("location"),
                model_order=NorwegianOrder("model"),
            )
        )

    def for_detail(self) -> Self:
        """Return endpoints with what their page shows."""
        return self.present().select_related("organisation__reseller", "platform__contact")

    def in_state(self, state: str) -> Self:
        """Return those that are in use, or those that are blocked."""
        return self.filter(state=state)

    def with_attention(self) -> Self:
        """Return those that the platform has not taken as they are."""
        return self.exclude(provisioning=Provisioning.READY)

    def figures(self, *, now: datetime) -> dict[str, Any]:
        """Return what is counted over these endpoints, as columns for one query about many things.

        ``endpoint_figures``: ``count``, ``failed`` and ``waiting``, the platform having been
        silent for :data:`rooms.querysets.PENDING_LONG`. ``endpoints_in_trouble``: the first few
        of both.
        """
        # Subquery() reads past the guard.
        self._require_scope("figures")
        failed = Q(provisioning=Provisioning.FAILED)
        waiting = Q(provisioning=Provisioning.PENDING, changed_at__lt=now - PENDING_LONG)
        present = self.present().order_by()
        return {
            "endpoint_figures": Subquery(
                present.values("organisation")
                .annotate(
                    found=JSONObject(
                        count=Count("pk"),
                        failed=Count("pk", filter=failed),
                        waiting=Count("pk", filter=waiting),
                    )
                )
                .values("found")
            ),
            "endpoints_in_trouble": ArraySubquery(
                present.filter(failed | waiting)
                .order_by(STATUS_RANK, "changed_at", "pk")
                .values(
                    found=JSONObject(
                        name="name",
                        key="public_id",
                        reason="provisioning_error",
                        provisioning="provisioning",
                    )
                )[: 2 * NAMED]
            ),
        }

    def matching(self, words: str) -> Self:
        """Return endpoints by part of name, address, place or model; every word must be found."""
        found = self
        for word in words.replace("\N{NO-BREAK SPACE}", " ").split():
            found = found.filter(
                Q(name__icontains=word)
                | Q(address__icontains=word)
                | Q(location__icontains=word)
                | Q(model__icontains=word)
            )
        return found

    def with_addresses(self, addresses: Any) -> Self:
        """Return the endpoints with one of these video addresses."""
        return self.filter(address__in=list(addresses))

    def with_address_like(self, expressions: Sequence[str]) -> Self:
        """Return the endpoints whose whole address one of these regular expressions matches."""
        return self.filter(address__iregex=f"^(?:{'|'.join(expressions)})$")
