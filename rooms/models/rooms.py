"""Rooms, what is charged for them, and who may edit their own."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from rooms.choices import Layout, Provisioning, Status, Theme
from rooms.models.catalogue import RoomProduct, RoomType
from rooms.models.ranges import DateRange
from rooms.platforms.models import VideoPlatform
from rooms.querysets import RoomQuerySet, RoomSubscriptionQuerySet
from tenants.models import Organisation
from videoportal.kit.fields import EncryptedTextField
from videoportal.kit.querysets import TenantModel
from videoportal.kit.sorting import NorwegianOrder

if TYPE_CHECKING:
    from django.db.models import Manager


class Room(TenantModel):
    """A virtual meeting room as the portal knows it; the platform follows.

    ``version`` grows with every change and tells stale edits. Dates are days in Europe/Oslo.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # No index of its own: those below begin with it, and it was chosen before room_facts.
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="rooms", db_index=False
    )
    number = models.CharField(_("room number"), max_length=20)
    name = models.CharField(_("name"), max_length=100)
    description = models.CharField(_("description"), max_length=250, blank=True)
    product = models.ForeignKey(RoomProduct, on_delete=models.PROTECT, related_name="+")
    # No index: nobody asks for all rooms of a platform, and there are few platforms.
    platform = models.ForeignKey(
        VideoPlatform, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    owner_name = models.CharField(_("owner's name"), max_length=150, blank=True)
    owner_email = models.EmailField(_("owner's e-mail address"), max_length=100, blank=True)
    department = models.CharField(_("department"), max_length=100, blank=True)
    cost_centre = models.CharField(_("cost centre"), max_length=60, blank=True)
    reference = models.CharField(_("reference"), max_length=60, blank=True)

    guests_allowed = models.BooleanField(_("guests may join"), default=True)
    host_pin = EncryptedTextField(_("PIN for the host"), blank=True)
    guest_pin = EncryptedTextField(_("PIN for guests"), blank=True)
    autolock = models.BooleanField(_("autolock"), default=False)
    layout = models.CharField(_("layout"), max_length=40, choices=Layout, default=Layout.ADAPTIVE)
    theme = models.CharField(_("theme"), max_length=80, choices=Theme, blank=True)
    chat = models.BooleanField(_("chat"), default=False)
    guests_may_present = models.BooleanField(_("guests may share their screen"), default=True)
    show_names = models.BooleanField(_("show names in the picture"), default=True)
    participant_limit = models.PositiveSmallIntegerField(_("capacity"))

    ordered_on = models.DateField()
    bound_until = models.DateField()
    terminated_on = models.DateField(null=True, blank=True)
    closes_on = models.DateField(null=True, blank=True)
    charged_until = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    next_product = models.ForeignKey(
        RoomProduct, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    next_product_from = models.DateField(null=True, blank=True)

    provisioning = models.CharField(
        max_length=7, choices=Provisioning, default=Provisioning.PENDING
    )
    provisioning_error = models.TextField(blank=True)
    provisioning_attempts = models.PositiveSmallIntegerField(default=0)
    provisioned_at = models.DateTimeField(null=True, blank=True)

    order_key = models.CharField(max_length=64, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now)

    user_grants: Manager[RoomUserGrant]

    objects = RoomQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        permissions = (("edit_own_room", "Edit a room registered on one's own address"),)
        indexes = (
            # Lists sort within one organisation; a reseller's list has its own by name.
            models.Index("organisation", NorwegianOrder("name"), "id", name="room_by_name"),
            models.Index("organisation", "number", name="room_by_number"),
            models.Index(
                "organisation",
                NorwegianOrder("owner_name"),
                "id",
                name="room_by_owner_name",
            ),
            models.Index(
                "organisation",
                NorwegianOrder("cost_centre"),
                "id",
                name="room_by_cost_centre",
            ),
            models.Index("organisation", "bound_until", "id", name="room_by_binding"),
            # What is counted over all rooms of an organisation or of a reseller's clients is
            # read from the index alone: 10,000 rooms in half the time.
            models.Index(
                fields=["organisation"],
                include=[
                    "id",
                    "product",
                    "cost_centre",
                    "closed_at",
                    "provisioning",
                    "changed_at",
                    "closes_on",
                    "next_product_from",
                ],
                name="room_facts",
            ),
            models.Index(Lower("owner_email"), name="room_by_owner"),
            # What the operator counts on each platform: all open rooms, and those not ready.
            models.Index(
                fields=["platform"], name="room_open_by_platform", condition=Q(closed_at=None)
            ),
            models.Index(
                fields=["platform", "provisioning"],
                name="room_not_ready_by_platform",
                condition=Q(provisioning__in=["pending", "failed"]),
            ),
            models.Index(
                fields=["closes_on"],
                name="room_due_to_close",
                condition=Q(closed_at__isnull=True, closes_on__isnull=False),
            ),
            models.Index(
                fields=["next_product_from"],
                name="room_due_to_change",
                condition=Q(next_product__isnull=False),
            ),
            # How the platform asks: by number alone, closed rooms too.
            models.Index(fields=["number"], name="room_by_number_alone"),
            # Upper, because that is how icontains asks.
            GinIndex(
                *(
                    OpClass(Upper(column), "gin_trgm_ops")
                    for column in ("name", "number", "owner_name", "owner_email")
                ),
                name="room_search",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(number__regex=r"^[0-9]{4,20}$"),
                name="room_number_is_digits",
            ),
            # A closed room keeps its number as history while another has it again.
            models.UniqueConstraint(
                fields=["number"],
                condition=Q(closed_at__isnull=True),
                name="one_open_room_per_number",
            ),
            models.UniqueConstraint(
                fields=["organisation", "order_key"],
                condition=~Q(order_key=""),
                name="an_order_makes_one_room",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="room_has_a_name"),
            models.CheckConstraint(
                condition=Q(guests_allowed=False) | ~Q(host_pin=""),
                name="guests_need_a_host_pin",
            ),
            models.CheckConstraint(
                condition=Q(guest_pin="") | Q(guests_allowed=True),
                name="guest_pin_needs_guests",
            ),
            models.CheckConstraint(
                condition=Q(terminated_on__isnull=True, closes_on__isnull=True)
                | Q(
                    terminated_on__isnull=False,
                    closes_on__gte=F("terminated_on"),
                    charged_until__gte=F("terminated_on"),
                ),
                name="termination_has_its_dates",
            ),
            models.CheckConstraint(
                condition=Q(next_product__isnull=True, next_product_from__isnull=True)
                | Q(next_product__isnull=False, next_product_from__isnull=False),
                name="next_product_has_a_date",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def room_type(self) -> RoomType:
        return self.product.room_type

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    @property
    def is_terminated(self) -> bool:
        return self.terminated_on is not None

    @property
    def status(self) -> str:
        """The word of the status vocabulary: closed, failed, pending, ending or ready."""
        return Status.of(self)

    @property
    def web_address(self) -> str:
        return f"{self.platform.join_url}/{self.number}"

    @property
    def sip_address(self) -> str:
        return f"{self.number}@{self.platform.domain}"

    @property
    def h323_address(self) -> str:
        return f"{self.platform.domain}##{self.number}"


class RoomSubscription(TenantModel):
    """What is charged for a room from one day to and with another: billing's facts."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="subscriptions")
    product = models.ForeignKey(RoomProduct, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    objects = RoomSubscriptionQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ("starts_on",)
        constraints = (
            ExclusionConstraint(
                name="one_subscription_at_a_time",
                expressions=[
                    ("room", RangeOperators.EQUAL),
                    (
                        DateRange("starts_on", "ends_on", RangeBoundary(True, True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        )

    def __str__(self) -> str:
        return f"{self.room}: {self.product} {self.starts_on}"


class RoomUserGrant(UserObjectPermissionBase):
    """That a person may edit a room registered on their own verified address."""

    content_object = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="user_grants")

    class Meta(UserObjectPermissionBase.Meta):
        default_permissions = ()


class RoomGroupGrant(GroupObjectPermissionBase):
    """The other half that guardian wants beside RoomUserGrant. Kept empty."""

    content_object = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")

    class Meta(GroupObjectPermissionBase.Meta):
        default_permissions = ()
