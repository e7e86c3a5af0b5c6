"""Comparisons of platforms with the portal, and the differences that they found."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox.models import OutboxEntry
from tenants.models import Organisation
from videoportal.kit.querysets import TenantModel, TenantQuerySet


class PlatformComparisonQuerySet(models.QuerySet["PlatformComparison"]):
    def latest_of(self, platform: VideoPlatform) -> PlatformComparison | None:
        """Return the newest comparison of the platform, running or done; None without one."""
        return self.filter(platform=platform).order_by("-started_at", "-pk").first()

    def older_than(self, comparison: PlatformComparison) -> Self:
        """Return the comparisons of the same platform that were started before."""
        return self.filter(platform=comparison.platform_id, pk__lt=comparison.pk)

    def running_since(self, moment: datetime) -> Self:
        """Return comparisons that are not done and were started after the moment."""
        return self.filter(finished_at__isnull=True, started_at__gt=moment)


class PlatformComparison(models.Model):
    """One reading of a whole platform. ``failure`` says why it stopped before its end."""

    platform = models.ForeignKey(
        VideoPlatform, on_delete=models.CASCADE, related_name="comparisons"
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    conferences = models.PositiveIntegerField(default=0)
    devices = models.PositiveIntegerField(default=0)
    failure = models.TextField(blank=True)

    objects = PlatformComparisonQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.platform_id}, {self.started_at:%Y-%m-%d %H:%M}"


class PlatformDifferenceQuerySet(TenantQuerySet["PlatformDifference"]):
    def of(self, comparison: PlatformComparison | None) -> Self:
        """Return what the comparison found, rooms first, by kind and name; nothing without one."""
        return self.filter(comparison=comparison).order_by("-thing", "kind", "name", "pk")

    def for_listing(self) -> Self:
        """Return the differences with the rooms and organisations that their list names."""
        return self.select_related("organisation", "room").only(
            "thing", "kind", "name", "tag", "fields", "missing_aliases", "foreign_aliases",
            "repaired_at", "organisation__name", "organisation__slug", "room__number",
        )  # fmt: skip

    def of_kind(self, kind: str) -> Self:
        """Return the differences of one kind."""
        return self.filter(kind=kind)

    def of_things(self, thing: str) -> Self:
        """Return the differences of rooms, or of endpoints' devices."""
        return self.filter(thing=thing)

    def with_ids(self, ids: list[int]) -> Self:
        """Return those of these differences that have one of the ids."""
        return self.filter(pk__in=ids)

    def repairable(self) -> Self:
        """Return what a repair would do something about: ours, and not repaired yet."""
        kinds = PlatformDifference.Kind
        return self.filter(
            Q(kind__in=[kinds.MISSING, kinds.CHANGED], room__isnull=False)
            | Q(kind__in=[kinds.MISSING, kinds.CHANGED], thing=OutboxEntry.Kind.DEVICE)
            | Q(kind=kinds.LEFTOVER, organisation__isnull=False),
            repaired_at__isnull=True,
        )

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how many there are of each thing and kind; those without any are left out."""
        rows = self.order_by().values_list("thing", "kind").annotate(found=Count("pk"))
        return {(thing, kind): found for thing, kind, found in rows}


class PlatformDifference(TenantModel):
    """One thing that is not alike on both sides: a room, or the device of an endpoint.

    ``fields`` leads from the platform's name of a field to what we have and what it has; PINs
    are told as differing, never shown. ``key`` is the public id in the tag.
    """

    class Kind(models.TextChoices):
        MISSING = "missing", _("Missing on the platform")
        CHANGED = "changed", _("Different on the platform")
        LEFTOVER = "leftover", _("Closed here, still on the platform")
        DOUBLE = "double", _("There twice")
        FOREIGN = "foreign", _("Not made by the portal")

    comparison = models.ForeignKey(
        PlatformComparison, on_delete=models.CASCADE, related_name="differences"
    )
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.CASCADE, related_name="+"
    )
    room = models.ForeignKey("rooms.Room", null=True, on_delete=models.CASCADE, related_name="+")
    thing = models.CharField(max_length=6, choices=OutboxEntry.Kind, default=OutboxEntry.Kind.ROOM)
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=250)
    uri = models.CharField(max_length=200, blank=True)
    tag = models.CharField(max_length=250, blank=True)
    key = models.UUIDField(null=True)
    fields = models.JSONField(default=dict)
    missing_aliases = models.JSONField(default=list)
    foreign_aliases = models.JSONField(default=list)
    repaired_at = models.DateTimeField(null=True)

    objects = PlatformDifferenceQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = (
            models.Index(
                fields=["comparison", "-thing", "kind", "name"], name="difference_by_thing"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"
