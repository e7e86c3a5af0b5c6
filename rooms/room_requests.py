"""Requests to have a room registered on one's address: the model and its reads.

Imported in rooms.models, so that Django knows it.
"""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.utils import timezone

from tenants.models import Organisation, User
from videoportal.kit.querysets import TenantModel, TenantQuerySet


class RoomRequestQuerySet(TenantQuerySet["RoomRequest"]):
    def waiting(self) -> Self:
        """Return the requests that nobody has answered."""
        return self.filter(answered_at__isnull=True)

    def of(self, person: User) -> Self:
        """Return the person's own requests, newest first."""
        return self.filter(person=person).order_by("-pk")._opened()

    def in_full(self) -> Self:
        """Return the requests with room and person, oldest first."""
        return self.select_related("room", "person").order_by("pk")


class RoomRequest(TenantModel):
    """Somebody asks that a room be registered on their address; an administrator answers."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    room = models.ForeignKey("rooms.Room", on_delete=models.CASCADE, related_name="requests")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    message = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    granted = models.BooleanField(null=True)

    objects = RoomRequestQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=["room", "person"],
                condition=models.Q(answered_at__isnull=True),
                name="one_waiting_request_per_room_and_person",
            ),
        )
        indexes = (models.Index(fields=["organisation", "-id"], name="room_request_by_org"),)

    def __str__(self) -> str:
        return f"{self.person}: {self.room}"
