"""Reads of call legs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rooms.platforms.events.legs import NOT_YET
from videoportal.kit.querysets import TenantQuerySet

if TYPE_CHECKING:
    pass


class CallLegQuerySet(TenantQuerySet["CallLeg"]):  # type: ignore[name-defined]  # models import this module
    def ongoing(self) -> Self:
        """Return the legs that have not ended, the longest first."""
        return self.filter(ended_at__isnull=True).order_by("connected_at", "pk")

    def people(self) -> Self:
        """Return legs that stand for somebody: no browser's shadow leg, nothing without media."""
        return self.exclude(protocol="API").filter(has_media=True)

    def inside(self) -> Self:
        """Return the legs of those who are in the room, past PIN and waiting room."""
        return self.exclude(service_type__in=NOT_YET)
