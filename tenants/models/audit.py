"""The audit log."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from tenants.models.organisations import Organisation
from tenants.querysets import (
    AuditEntryQuerySet,
)
from videoportal.kit.querysets import TenantModel


class AuditEntry(TenantModel):
    """One thing that somebody did. Written by actions, never changed: a trigger refuses it.

    Who, where and what stand as plain text and keys, so that the entry outlives them.
    ``before`` and ``after`` hold the changed fields only; secrets are masked when written.
    """

    # The web role may add to the log and read it; see videoportal.kit.grants.
    database_rights = ("select", "insert")

    at = models.DateTimeField(default=timezone.now)
    actor_key = models.CharField(max_length=40, blank=True)
    actor_label = models.CharField(max_length=254, blank=True)
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="audit_entries",
    )
    on_behalf = models.BooleanField(default=False)
    reseller_label = models.CharField(max_length=150, blank=True)
    # Why the provider's staff was there, when it was done in staff mode; empty otherwise.
    staff_reason = models.CharField(max_length=250, blank=True)
    action = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60, blank=True)
    target_key = models.CharField(max_length=40, blank=True)
    target_label = models.CharField(max_length=254, blank=True)
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    after = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    request_id = models.CharField(max_length=64, blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = (
            models.Index(fields=["organisation", "-id"], name="audit_by_organisation"),
            models.Index(fields=["target_type", "target_key", "-id"], name="audit_by_target"),
            # The log's pages: of an organisation, of a person, of one kind; newest first.
            # With the labels, so that words are looked for in the index alone.
            models.Index(
                fields=["organisation", "-at", "-id"],
                include=("actor_label", "target_label"),
                name="audit_by_time",
            ),
            models.Index(fields=["actor_key", "-at", "-id"], name="audit_by_actor"),
            models.Index(fields=["action", "-at", "-id"], name="audit_by_action"),
            # Of many organisations at once: their newest entries are among everybody's newest.
            models.Index(fields=["-at", "-id"], name="audit_newest"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.target_label}"
