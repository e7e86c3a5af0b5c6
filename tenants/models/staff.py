"""Staff mode: an operator inside a customer's organisation, for a reason and a short time."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.utils import timezone

from tenants.models.organisations import Organisation
from tenants.models.people import User
from tenants.querysets import StaffSessionQuerySet
from videoportal.kit.querysets import TenantModel


class StaffSession(TenantModel):
    """One stay of an operator in one organisation; while it lasts they act as an administrator.

    It ends at ``ends_at`` whatever happens, because every reader compares the clock.
    ``ended_at`` is when it was over in fact; a task writes it for the stays that ran out.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="staff_sessions"
    )
    operator = models.ForeignKey(User, on_delete=models.CASCADE, related_name="staff_sessions")
    reason = models.CharField(max_length=200)
    reference = models.CharField(max_length=40, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = StaffSessionQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = (models.Index(fields=["organisation", "-id"], name="staff_by_organisation"),)
        constraints = (
            models.UniqueConstraint(
                fields=["operator"],
                condition=models.Q(ended_at__isnull=True),
                name="one_staff_session_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("started_at")),
                name="staff_session_lasts",
            ),
            models.CheckConstraint(
                condition=~models.Q(reason=""), name="staff_session_has_a_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.operator}: {self.organisation}"

    @property
    def purpose(self) -> str:
        """The reason, with the reference where there is one, as the log keeps it."""
        return f"{self.reason} ({self.reference})" if self.reference else self.reason

    @property
    def minutes_left(self) -> int:
        """Whole minutes until it ends, the begun one counted; 0 when it is over."""
        return self.minutes_left_at(timezone.now())

    def minutes_left_at(self, moment: datetime) -> int:
        """Return the minutes left at that moment."""
        if self.ended_at is not None:
            return 0
        return max(0, -int((moment - self.ends_at).total_seconds() // 60))
