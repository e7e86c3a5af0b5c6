"""Mail that the demo keeps to be read."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from tenants.querysets import KeptMailQuerySet
from videoportal.kit.fields import EncryptedTextField


class KeptMail(models.Model):
    """One message as it was handed over for sending. Written only where DEMO is on.

    Encrypted, because its link may be the key to an account.
    """

    database_rights = ("select", "insert", "delete")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField(default=timezone.now)
    language = models.CharField(max_length=2)
    to = EncryptedTextField()
    subject = EncryptedTextField()
    text = EncryptedTextField()
    html = EncryptedTextField()

    objects = KeptMailQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ("-id",)

    def __str__(self) -> str:
        return str(self.subject)
