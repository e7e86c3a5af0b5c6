"""Reads of endpoints."""

from __future__ import annotations

from typing import Any, Self

from django.db.models import Case, Q, Value, When

from endpoints.choices import State
from videoportal.kit.querysets import TenantQuerySet
from videoportal.kit.sorting import NorwegianOrder

STATE_RANK = Case(When(state=State.BLOCKED, then=Value(1)), default=Value(2))


class EndpointQuerySet(TenantQuerySet["Endpoint"]):  # type: ignore[name-defined]  # models import this module
    def present(self) -> Self:
        """Return the endpoints that are not removed."""
        return self.filter(removed_at__isnull=True)

    def for_listing(self) -> Self:
        """Return endpoints with what a row shows, without decrypting any password."""
        return (
            self.present()
            .defer("password")
            .alias(
                state_rank=STATE_RANK,
                name_order=NorwegianOrder("name"),
                location_order=NorwegianOrder("location"),
                model_order=NorwegianOrder("model"),
            )
        )

    def for_detail(self) -> Self:
        """Return endpoints with what their page shows."""
        return self.present().select_related("organisation__reseller", "platform")

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
