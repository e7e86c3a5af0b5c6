"""Video endpoints: what registers with the platform, and with which account."""

from __future__ import annotations

import uuid

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from endpoints.choices import Kind, State, Status
from endpoints.querysets import EndpointQuerySet
from rooms.choices import Provisioning
from rooms.platforms.models import VideoPlatform
from tenants.models import Organisation
from videoportal.kit.fields import EncryptedTextField
from videoportal.kit.querysets import TenantModel
from videoportal.kit.sorting import NorwegianOrder

# What a SIP account may be called: a colon or a quote would end the name in the challenge.
USERNAME = r"\A[A-Za-z0-9._@+-]+\Z"
ADDRESS = r"\A[a-z][a-z0-9._-]*@[a-z0-9.-]+\Z"
is_username = RegexValidator(
    USERNAME, _("A user name has only a–z, digits and the signs . _ - + and @."), code="username"
)
PRESENT = Q(removed_at__isnull=True)


class Endpoint(TenantModel):
    """A video endpoint: its address on the platform, and the account that it registers with.

    A removed one stays as a row without its password, so that the platform is told no, and its
    address may be given to another. ``version`` grows with every change and tells stale edits.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="endpoints", db_index=False
    )
    # No index: nobody asks for all endpoints of a platform, and there are few platforms.
    platform = models.ForeignKey(
        VideoPlatform, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    name = models.CharField(_("name"), max_length=100)
    address = models.CharField(_("video address"), max_length=200)
    username = models.CharField(
        _("user name"),
        max_length=100,
        validators=[is_username],
    )
    password = EncryptedTextField(_("password"), blank=True)
    kind = models.CharField(_("type"), max_length=8, choices=Kind, default=Kind.ROOM)
    model = models.CharField(_("model"), max_length=100, blank=True)
    location = models.CharField(_("place"), max_length=100, blank=True)
    in_directory = models.BooleanField(_("found by the organisation’s endpoints"), default=True)
    state = models.CharField(_("status"), max_length=7, choices=State, default=State.ACTIVE)

    # What the platform has made of it, where the portal writes there.
    provisioning = models.CharField(
        max_length=7, choices=Provisioning, default=Provisioning.READY, editable=False
    )
    provisioning_error = models.TextField(blank=True, editable=False)
    provisioned_at = models.DateTimeField(null=True, editable=False)

    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = (
            # Lists sort within one organisation; the directory does too.
            models.Index(
                "organisation",
                NorwegianOrder("name"),
                "id",
                name="endpoint_by_name",
                condition=PRESENT,
            ),
            # What the directory looks in. Upper, as for rooms.
            GinIndex(
                OpClass(Upper("name"), "gin_trgm_ops"),
                OpClass(Upper("address"), "gin_trgm_ops"),
                name="endpoint_search",
                condition=PRESENT,
            ),
            # How the platform asks: by address alone, removed ones too.
            models.Index(fields=["address"], name="endpoint_by_address"),
            # What the overview names.
            models.Index(
                fields=["organisation"],
                name="endpoint_not_ready",
                condition=PRESENT & ~Q(provisioning=Provisioning.READY),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["address"],
                condition=PRESENT,
                name="one_endpoint_per_address",
                violation_error_code="address_taken",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="endpoint_has_a_name"),
            models.CheckConstraint(
                condition=Q(address__regex=ADDRESS), name="endpoint_address_is_no_number"
            ),
            models.CheckConstraint(
                condition=Q(username__regex=USERNAME), name="endpoint_has_a_user_name"
            ),
            # Without a password the platform would let anybody register; a removed one has none.
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) & ~Q(password="")
                | Q(removed_at__isnull=False, password=""),
                name="endpoint_has_a_password_until_removed",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_blocked(self) -> bool:
        return self.state == State.BLOCKED

    @property
    def status(self) -> str:
        """The one word that a list says of it."""
        return str(Status.of(self))

    @property
    def is_removed(self) -> bool:
        return self.removed_at is not None
