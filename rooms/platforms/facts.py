"""What the operator is told of each platform: on its pages and by ``show_platform``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, IntegerField, Min, OuterRef, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.utils import timezone

from rooms.choices import Provisioning
from rooms.models import OutboxEntry, PlatformContact, Room
from rooms.platforms.events.shape import shape_of
from rooms.platforms.models import CallLeg, OddEvent, SinkDelivery, VideoPlatform
from rooms.platforms.seen import Last, Seen, latest
from videoportal.kit.links import absolute

# So many refused rooms and kinds of odd events are listed; the rest is counted.
LISTED = 20
# A withheld answer counts as a fault so long: nobody can say when it is mended.
LATELY = timedelta(days=7)


@dataclass(frozen=True)
class Facts:
    """One platform with what is counted on it and when it was last heard of."""

    platform: VideoPlatform
    rooms: int
    pending: int
    failed: int
    waiting: int
    waiting_since: datetime | None
    parked: int
    refused_devices: list[dict[str, str]]
    deliveries: int
    deliveries_since: datetime | None
    deliveries_parked: int
    deliveries_parked_since: datetime | None
    odd_events: int
    seen: Seen

    @property
    def contact(self) -> PlatformContact | None:
        """How the way to the management API is; None before anything was sent."""
        return getattr(self.platform, "contact", None)

    @property
    def is_silent(self) -> bool:
        """Whether nothing gets through to the management API."""
        return self.contact is not None and self.contact.is_silent

    @property
    def withheld(self) -> Last | None:
        """The last answer that was withheld, if it was lately."""
        last = self.seen.withheld
        return last if last and timezone.now() - last.at < LATELY else None

    @property
    def faults(self) -> int:
        """How many things somebody must look at."""
        devices = len(self.refused_devices)
        return (
            self.failed
            + devices
            + self.odd_events
            + self.deliveries_parked
            + bool(self.withheld)
            + self.is_silent
        )


@dataclass(frozen=True)
class Entered:
    """What an operator enters in the platform; the passwords are told apart from it."""

    policy_url: str
    policy_user: str
    events_url: str
    events_user: str


def entered(platform: VideoPlatform) -> Entered:
    """Return the addresses and user names to enter in the platform."""
    base = absolute(f"/platforms/{platform.slug}")
    return Entered(base, platform.policy_user, f"{base}/events", platform.sink_user)


def all_facts() -> list[Facts]:
    """Return every platform with its facts, by name. One query, and one to the store."""
    return _facts(VideoPlatform.objects.order_by("name", "pk"))


def facts_of(slug: str) -> Facts | None:
    """Return one platform with its facts; None for no such platform."""
    return next(iter(_facts(VideoPlatform.objects.filter(slug=slug))), None)


def refused_rooms(platform: VideoPlatform) -> list[Room]:
    """Return rooms that the platform did not take, with their reason; the first few.

    Number and organisation alone: names and owners are for support access.
    """
    rooms = Room.objects.unscoped(reason="the operator sees what the platform refused, no names")
    return list(
        rooms.filter(platform=platform, provisioning=Provisioning.FAILED)
        .select_related("organisation")
        .only(
            "public_id", "number", "provisioning_error", "closed_at",
            "organisation__name", "organisation__slug",
        )
        .order_by("organisation__name", "number", "pk")[:LISTED]
    )  # fmt: skip


def odd_events(platform: VideoPlatform) -> list[OddEvent]:
    """Return what the platform told and nobody understood, the latest first; with ``shape``."""
    rows = list(platform.odd_events.all()[:LISTED])
    for row in rows:
        row.shape = shape_of(str(row.sample))  # type: ignore[attr-defined]  # for the page
    return rows


def people_in_calls(platform: VideoPlatform) -> int:
    """Return how many are in meetings on the platform now."""
    legs = CallLeg.objects.unscoped(reason="the operator sees counts over a platform, no names")
    return legs.filter(platform=platform).ongoing().people().inside().heads()


def as_values(facts: Facts) -> dict[str, Any]:
    """Return the facts as plain values: names of programs, times in ISO 8601."""
    platform, last = facts.platform, facts.seen
    return {
        "is_default": platform.is_default,
        "alias_patterns": platform.alias_patterns,
        "rooms": facts.rooms,
        "rooms_pending": facts.pending,
        "rooms_failed": facts.failed,
        "endpoints_refused": len(facts.refused_devices),
        "outbox_waiting": facts.waiting,
        "outbox_waiting_since": _iso(facts.waiting_since),
        "outbox_parked": facts.parked,
        "events_waiting": facts.deliveries,
        "events_waiting_since": _iso(facts.deliveries_since),
        "events_parked": facts.deliveries_parked,
        "events_parked_since": _iso(facts.deliveries_parked_since),
        "odd_events": facts.odd_events,
        "last_answer_at": _at(last.answer),
        "last_answer": last.answer.words if last.answer else "",
        "last_events_at": _at(last.events),
        "last_wrong_policy_password_at": _at(last.wrong_policy_password),
        "last_wrong_events_password_at": _at(last.wrong_sink_password),
        "last_withheld_at": _at(last.withheld),
        "last_withheld": last.withheld.words if last.withheld else "",
        "silent_since": _iso(facts.contact.silent_since if facts.contact else None),
        "checked_at": _iso(platform.checked_at),
        "check_result": platform.check_result,
        "faults": facts.faults,
    }


def _at(last: Last | None) -> str | None:
    return _iso(last.at) if last else None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


_COUNTED = (
    "rooms", "pending", "failed", "waiting", "waiting_since", "parked", "refused_devices",
    "deliveries", "deliveries_since", "deliveries_parked", "deliveries_parked_since",
    "odd_events",
)  # fmt: skip


def _facts(platforms: Iterable[VideoPlatform]) -> list[Facts]:
    rows = list(_counted(platforms))
    last = latest(row.slug for row in rows)
    return [
        Facts(
            row, **{name: getattr(row, f"found_{name}") for name in _COUNTED}, seen=last[row.slug]
        )
        for row in rows
    ]


def _counted(platforms: Any) -> Any:
    rooms = Room.objects.unscoped(reason="the operator sees counts over a platform, no names")
    entries = OutboxEntry.objects.unscoped(
        reason="the operator sees counts over a platform, no names"
    )
    waiting, parked = entries.filter(parked_at=None), entries.filter(parked_at__isnull=False)
    deliveries = SinkDelivery.objects.filter(parked_at=None)
    kept_aside = SinkDelivery.objects.parked()
    counted = {
        "rooms": _count(rooms.open()),
        "pending": _count(rooms.filter(provisioning=Provisioning.PENDING)),
        "failed": _count(rooms.filter(provisioning=Provisioning.FAILED)),
        "waiting": _count(waiting),
        "waiting_since": _first(waiting, "queued_at"),
        "parked": _count(parked),
        "refused_devices": _refused_devices(parked),
        "deliveries": _count(deliveries),
        "deliveries_since": _first(deliveries, "received_at"),
        "deliveries_parked": _count(kept_aside),
        "deliveries_parked_since": _first(kept_aside, "received_at"),
        "odd_events": _count(OddEvent.objects.all()),
    }
    return platforms.select_related("contact").annotate(
        **{f"found_{name}": expression for name, expression in counted.items()}
    )


def _refused_devices(parked: Any) -> ArraySubquery:
    """Endpoints that the platform did not take: whose they are, and its reason; the first few."""
    devices = parked.filter(platform=OuterRef("pk"), kind=OutboxEntry.Kind.DEVICE)
    return ArraySubquery(
        devices.order_by("parked_at", "pk").values(
            found=JSONObject(
                slug="organisation__slug", organisation="organisation__name", reason="reason"
            )
        )[:LISTED]
    )


def _each(rows: Any, **counted: Any) -> Subquery:
    mine = rows.filter(platform=OuterRef("pk")).order_by().values("platform")
    return Subquery(mine.annotate(**counted).values(*counted))


def _count(rows: Any) -> Coalesce:
    return Coalesce(_each(rows, counted=Count("pk")), 0, output_field=IntegerField())


def _first(rows: Any, field: str) -> Subquery:
    return _each(rows, first=Min(field))
