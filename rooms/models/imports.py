"""Uploaded lists of rooms."""

from __future__ import annotations

import uuid

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from rooms.querysets import RoomImportQuerySet
from tenants.models import Job, Organisation, User
from videoportal.kit.fields import EncryptedTextField
from videoportal.kit.querysets import TenantModel


class RoomImport(TenantModel):
    """An uploaded list of rooms between its preview and its end."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="room_imports"
    )
    uploaded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    job = models.OneToOneField(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    file_name = models.CharField(max_length=200)
    # The file as it came, encrypted: it holds PINs.
    content = EncryptedTextField()
    digest = models.CharField(max_length=64)
    choices = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    summary = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RoomImportQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.file_name
