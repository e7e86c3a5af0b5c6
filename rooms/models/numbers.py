"""Room numbers: the operator's ranges, and the numbers in use or resting."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q

from rooms.models.ranges import IntRange
from rooms.querysets import NumberRangeQuerySet


class NumberRange(models.Model):
    """Room numbers that the operator has set aside, first and last included."""

    name = models.CharField(max_length=80)
    first = models.PositiveBigIntegerField()
    last = models.PositiveBigIntegerField()
    digits = models.PositiveSmallIntegerField(default=6)
    is_active = models.BooleanField(default=True)

    objects = NumberRangeQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ("first",)
        constraints = (
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="range_runs_upwards"),
            ExclusionConstraint(
                name="ranges_do_not_overlap",
                expressions=[
                    ("digits", RangeOperators.EQUAL),
                    (
                        IntRange("first", "last", RangeBoundary(True, True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.first_number}-{self.last_number})"

    # Counted by NumberRangeQuerySet.with_use().
    used: int
    resting: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1

    @property
    def first_number(self) -> str:
        """The first number as it is dialled, leading zeros kept."""
        return f"{self.first:0{self.digits}}"

    @property
    def last_number(self) -> str:
        return f"{self.last:0{self.digits}}"

    @property
    def taken(self) -> int:
        """Numbers of rooms that are open, after ``with_use()``."""
        return self.used - self.resting

    @property
    def remaining(self) -> int:
        """Numbers that can still be drawn, after ``with_use()``."""
        return self.size - self.used

    @property
    def percent_used(self) -> int:
        """Taken and resting numbers, rounded down so that 100 means full."""
        return self.used * 100 // self.size

    @property
    def is_low(self) -> bool:
        """True when less than a tenth is left."""
        return self.remaining * 10 < self.size


class NumberAllocation(models.Model):
    """A room number in use, or resting after its room was closed. The row is the claim.

    Belongs to the platform, not to a tenant: a number says nothing about who had it.
    """

    number = models.CharField(max_length=20, unique=True)
    quarantined_until = models.DateField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        indexes = (
            models.Index(
                fields=["quarantined_until"],
                name="quarantined_numbers",
                condition=Q(quarantined_until__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.number
