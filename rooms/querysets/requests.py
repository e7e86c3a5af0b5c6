"""Reads of requests to have a room registered on one's address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from videoportal.kit.querysets import TenantQuerySet

if TYPE_CHECKING:
    from datetime import datetime

    from tenants.models import User


class RoomRequestQuerySet(TenantQuerySet["RoomRequest"]):  # type: ignore[name-defined]  # models import this module
    def waiting(self) -> Self:
        """Return the requests that nobody has answered."""
        return self.filter(answered_at__isnull=True)

    def waiting_since(self, moment: datetime) -> Self:
        """Return those that have waited since then or longer."""
        return self.waiting().filter(created_at__lte=moment)

    def over_since(self, moment: datetime) -> Self:
        """Return those that were answered, or ran out, before then."""
        return self.filter(answered_at__lt=moment)

    def of(self, person: User) -> Self:
        """Return the person's own requests, newest first."""
        return self.filter(person=person).order_by("-pk")._opened()

    def in_full(self) -> Self:
        """Return the requests with room and person, oldest first."""
        return self.select_related("room", "person").order_by("pk")
