"""Requests to have a room registered on one's address."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from rooms.models.rooms import Room
from rooms.querysets import RoomRequestQuerySet
from tenants.models import Organisation, User
from videoportal.kit.querysets import TenantModel


class RoomRequest(TenantModel):
    """Somebody asks that a room be registered on their address; an administrator answers.

    ``granted`` stays None when nobody did in time: ``answered_at`` is then when it ran out.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="requests")
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
