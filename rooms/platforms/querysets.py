"""Reads of call legs, and of deliveries that were kept aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import (
    BinaryField,
    Case,
    Count,
    F,
    Func,
    IntegerField,
    Max,
    Min,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce, NullIf

from rooms.platforms.events.legs import NOT_YET
from videoportal.kit.querysets import TenantQuerySet

if TYPE_CHECKING:
    from datetime import datetime

    from rooms.models import Room
    from rooms.platforms.models import VideoPlatform

# What the legs of one person share; see rooms.live.people_of().
PERSON = Coalesce(NullIf("conversation", Value("")), "uuid")
# Larger deliveries are not looked into for a page.
LOOKED_INTO = 256 * 1024


class CallLegQuerySet(TenantQuerySet["CallLeg"]):  # type: ignore[name-defined]  # models import this module
    def ongoing(self) -> Self:
        """Return the legs that have not ended, the longest first."""
        return self.filter(ended_at__isnull=True).order_by("connected_at", "pk")

    def silent_since(self, moment: datetime) -> Self:
        """Return the legs, ended or not, that nothing was heard of since then."""
        return self.filter(changed_at__lt=moment)

    def people(self) -> Self:
        """Return legs that stand for somebody: no browser's shadow leg, nothing without media."""
        return self.exclude(protocol="API").filter(has_media=True)

    def inside(self) -> Self:
        """Return the legs of those who are in the room, past PIN and waiting room."""
        return self.exclude(service_type__in=NOT_YET)

    def heads(self) -> int:
        """Return how many people these legs stand for, whatever each has beside another."""
        found: int = self.order_by().aggregate(heads=Count(PERSON, distinct=True))["heads"]
        return found

    def in_room(self, room: Room) -> Self:
        """Return the legs of one room."""
        return self.filter(room=room)

    def with_state(self) -> Any:
        """Return legs with ``is_locked`` and ``guests_muted`` of the conference in their room."""
        running = Q(room__live_conferences__is_running=True)
        return self.annotate(
            is_locked=BoolOr("room__live_conferences__is_locked", filter=running),
            guests_muted=BoolOr("room__live_conferences__guests_muted", filter=running),
        )

    def meetings(self) -> Any:
        """Return a row for each room where somebody is: its key and name, since when, how many.

        Dictionaries with ``room_id``, ``room__public_id``, ``room__name``, ``room__number``,
        ``since``, ``people`` (those inside) and ``everybody`` (with those who wait); the
        longest meeting first.
        """
        inside = ~Q(service_type__in=NOT_YET)
        return (
            self.filter(ended_at__isnull=True, room__isnull=False)
            .order_by()
            .values("room_id", "room__public_id", "room__name", "room__number")
            .annotate(
                since=Min("connected_at"),
                people=Count(PERSON, distinct=True, filter=inside),
                everybody=Count(PERSON, distinct=True),
            )
            .order_by("since", "room_id")
        )


class LiveConferenceQuerySet(TenantQuerySet["LiveConference"]):  # type: ignore[name-defined]  # as above
    """Running conferences; pages read them through their rooms' legs."""

    def running_in(self, room: Room) -> Self:
        """Return what runs in the room, by name: more than one when it got another name."""
        return self.filter(room=room, is_running=True).order_by("name")


class SinkDeliveryQuerySet(QuerySet["SinkDelivery"]):  # type: ignore[name-defined]  # as above
    def of(self, platform: VideoPlatform) -> Self:
        """Return the deliveries of one platform."""
        return self.filter(platform=platform)

    def parked(self) -> Self:
        """Return the deliveries that could not be read, the latest first."""
        return self.filter(parked_at__isnull=False).order_by("-parked_at", "-pk")

    def latest_parked(self) -> datetime | None:
        """Return when the last of these was put aside; None for none."""
        found: datetime | None = self.order_by().aggregate(at=Max("parked_at"))["at"]
        return found

    def for_listing(self) -> Self:
        """Return deliveries with their ``size`` in bytes and, unless that is large, ``content``."""
        size = Func("body", function="octet_length", output_field=IntegerField())
        small = Case(
            When(size__lte=LOOKED_INTO, then=F("body")), default=None, output_field=BinaryField()
        )
        return self.defer("body").annotate(size=size).annotate(content=small)
