"""Which reseller serves which client, from when and until when."""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone

from tenants.models.organisations import Organisation
from tenants.models.people import User
from tenants.querysets import ResellerConnectionQuerySet
from videoportal.kit.querysets import TenantModel


class ResellerConnection(TenantModel):
    """One stretch of time in which a reseller serves a client.

    ``organisation`` is the client. ``ends_on`` is the first day without the reseller, so a
    connection that ends where it starts never was in force. What is in force today stands in
    ``Organisation.reseller``, which alone gives rights.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="reseller_connections"
    )
    reseller = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="client_connections"
    )
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    connected_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    end_reason = models.CharField(max_length=200, blank=True)
    ended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = ResellerConnectionQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = (models.Index(fields=["reseller", "starts_on"], name="connection_by_reseller"),)
        constraints = (
            # Ranges of one number compare for equality without an extension.
            ExclusionConstraint(
                name="one_reseller_at_a_time",
                expressions=[
                    (
                        Func(
                            F("organisation"),
                            F("organisation"),
                            Value("[]"),
                            function="int8range",
                            output_field=BigIntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            F("starts_on"),
                            F("ends_on"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="connection_ends_after_it_starts",
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation}: {self.reseller}"

    @property
    def last_day(self) -> dt.date | None:
        """The last day with the reseller; None while no end is agreed, or when it never began."""
        if self.ends_on is None or self.ends_on <= self.starts_on:
            return None
        return self.ends_on - dt.timedelta(days=1)

    def in_force_on(self, day: dt.date) -> bool:
        """Return whether the reseller serves the client on that day."""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)

    @property
    def state(self) -> str:
        """``coming``, ``now``, ``over`` or ``never`` as of today."""
        today = timezone.localdate()
        if self.ends_on is not None and self.ends_on <= self.starts_on:
            return "never"
        if self.in_force_on(today):
            return "now"
        return "coming" if self.starts_on > today else "over"
