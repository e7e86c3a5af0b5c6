"""The catalogue: room types, products and their dated prices."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeBoundary, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language

from rooms.choices import Layout, Quality, Rule, ServiceType, Theme
from rooms.models.ranges import DateRange
from rooms.querysets import RoomProductQuerySet, RoomTypeQuerySet


def _in_language(row: models.Model, field: str) -> str:
    """Return a catalogue text in the reader's language, bokmål where it is missing."""
    return getattr(row, f"{field}_{get_language() or 'nb'}", "") or getattr(row, f"{field}_nb")


class RoomType(models.Model):
    """A kind of room in the catalogue, with what it allows. Texts stand in three languages."""

    code = models.SlugField(max_length=40, unique=True)
    name_nb = models.CharField(max_length=80)
    name_nn = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    description_nb = models.TextField()
    description_nn = models.TextField()
    description_en = models.TextField()
    position = models.PositiveSmallIntegerField(default=0)
    min_participants = models.PositiveSmallIntegerField(default=2)
    max_participants = models.PositiveSmallIntegerField(validators=[MinValueValidator(2)])
    autolock = models.CharField(max_length=7, choices=Rule, default=Rule.ALLOWED)
    host_pin_required = models.BooleanField(default=False)
    guest_pin_allowed = models.BooleanField(default=True)
    chat_on_order = models.BooleanField(default=True)
    suits_patients = models.BooleanField(default=False)
    suits_meetings = models.BooleanField(default=True)
    layouts = ArrayField(models.CharField(max_length=40, choices=Layout))
    themes = ArrayField(models.CharField(max_length=80, choices=Theme, blank=True))
    open_from = models.DateField(default=date(2021, 1, 1))
    open_to = models.DateField(null=True, blank=True)
    sunset_nb = models.TextField(blank=True)
    sunset_nn = models.TextField(blank=True)
    sunset_en = models.TextField(blank=True)
    is_demo_value = models.BooleanField(default=False)
    # What the platform makes of it; in a lecture guests see the hosts alone.
    service_type = models.CharField(
        max_length=10, choices=ServiceType, default=ServiceType.CONFERENCE
    )

    objects = RoomTypeQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return _in_language(self, "name")

    @property
    def description(self) -> str:
        return _in_language(self, "description")

    @property
    def sunset(self) -> str:
        """What to tell about the type's end, or an empty text."""
        return _in_language(self, "sunset")


class RoomProduct(models.Model):
    """What is ordered and paid for: a room type in one quality."""

    room_type = models.ForeignKey(RoomType, on_delete=models.PROTECT, related_name="products")
    quality = models.CharField(max_length=6, choices=Quality)
    open_from = models.DateField(default=date(2021, 1, 1))
    open_to = models.DateField(null=True, blank=True)

    objects = RoomProductQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        # Descending, because "hd" comes after "fullhd" and the cheaper one is named first.
        ordering = ("room_type__position", "-quality", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["room_type", "quality"], name="one_product_per_type_and_quality"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The product in the reader's language; plain HD is not spelt out."""
        if self.quality == Quality.HD:
            return self.room_type.name
        return f"{self.room_type.name}, {self.get_quality_display()}"


class ProductPrice(models.Model):
    """Price in kroner a month without VAT, from a date to and with another; never overlapping."""

    product = models.ForeignKey(RoomProduct, on_delete=models.PROTECT, related_name="prices")
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ("product", "valid_from")
        constraints = (
            ExclusionConstraint(
                name="one_price_at_a_time",
                expressions=[
                    ("product", RangeOperators.EQUAL),
                    (
                        DateRange("valid_from", "valid_to", RangeBoundary(True, True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="price_is_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.product}: {self.amount} ({self.valid_from})"
