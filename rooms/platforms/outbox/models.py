"""The outbox, and what is known of the way to each platform."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from rooms.platforms.models import VideoPlatform
from tenants.models import Organisation
from videoportal.kit.querysets import TenantModel, TenantQuerySet


class OutboxEntryQuerySet(TenantQuerySet["OutboxEntry"]):
    def to(self, platform: VideoPlatform | int) -> Self:
        """Return the entries of one platform."""
        return self.filter(platform=platform)

    def waiting(self) -> Self:
        """Return entries that are sent by themselves, those that wait longest first."""
        return self.filter(parked_at__isnull=True).order_by("queued_at", "pk")

    def parked(self) -> Self:
        """Return entries that the platform refused: they lie until somebody sends them again."""
        return self.filter(parked_at__isnull=False).order_by("parked_at", "pk")

    def due(self, now: datetime) -> Self:
        """Return entries whose turn it is: what was changed alone goes before what was in bulk."""
        return self.filter(parked_at__isnull=True, due_at__lte=now).order_by(
            "in_bulk", "due_at", "pk"
        )


class OutboxEntry(TenantModel):
    """One thing that the platform must be brought in line with, however often it was changed.

    The row is written in the transaction of the change and deleted in the one that stores the
    platform's answer. What is sent is read when it is sent, so the platform never gets an
    older state after a newer one. ``ticket`` is new with every change: an answer counts for the
    ticket that was sent alone.
    """

    class Kind(models.TextChoices):
        ROOM = "room"
        DEVICE = "device"

    platform = models.ForeignKey(VideoPlatform, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=6, choices=Kind)
    # The public id of the room or endpoint; its row may be gone when it is to be taken away.
    key = models.UUIDField()
    ticket = models.UUIDField(default=uuid.uuid4)
    # The platform's address of what the room takes over from whoever made it there.
    adopts = models.CharField(max_length=200, blank=True)
    in_bulk = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    parked_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    objects = OutboxEntryQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=["kind", "key"], name="one_outbox_entry_per_thing"),
        )
        indexes = (
            models.Index(
                fields=["platform", "in_bulk", "due_at"],
                name="outbox_due",
                condition=Q(parked_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class PlatformContact(models.Model):
    """How the way to a platform's management API is: open, or left alone for a while.

    ``rests`` counts the pauses since the platform last answered, ``failed`` the things that
    got no answer since; ``tried_at`` is the latest try that got none or is not back yet.
    """

    platform = models.OneToOneField(
        VideoPlatform, on_delete=models.CASCADE, primary_key=True, related_name="contact"
    )
    resting_until = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    rests = models.PositiveSmallIntegerField(default=0)
    failed = ArrayField(models.UUIDField(), default=list)
    reason = models.TextField(blank=True)
    silent_since = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    history_read_to = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"contact with {self.platform_id}"

    @property
    def is_silent(self) -> bool:
        """Whether the platform is being left alone, because nothing got through last."""
        return self.rests > 0
