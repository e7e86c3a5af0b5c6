"""Organisations, people, what each may do, and the trail that they leave."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group, PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.mixins import GuardianUserMixin
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from stdnum.no import orgnr

from tenants.access import Access
from tenants.querysets import (
    AuditEntryQuerySet,
    JobQuerySet,
    OrganisationQuerySet,
    RoleGroupQuerySet,
    UserManager,
)
from tenants.roles import CAPABILITIES, Role
from videoportal.kit.querysets import TenantModel
from videoportal.kit.sorting import NorwegianOrder


def check_organisation_number(value: str) -> None:
    """Raise ``ValidationError`` unless ``value`` is nine digits that pass the modulus 11 check."""
    if not orgnr.is_valid(value) or not value.isdigit():
        raise ValidationError(
            _("%(number)s is not an organisation number. It has nine digits and a check digit."),
            code="organisation_number",
            params={"number": value},
        )


class Organisation(TenantModel):
    """A customer, a reseller or the provider itself; the unit that rights are held on."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        RESELLER = "reseller", _("Reseller")
        PROVIDER = "provider", _("Service provider")

    is_tenant_root = True

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=150)
    organisation_number = models.CharField(
        _("organisation number"),
        max_length=9,
        unique=True,
        validators=[check_organisation_number],
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CUSTOMER)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent organisation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sub_units",
    )
    reseller = models.ForeignKey(
        "self",
        verbose_name=_("reseller"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="clients",
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        permissions = tuple(CAPABILITIES.items())
        default_permissions = ()
        indexes = (
            models.Index(NorwegianOrder("name"), "id", name="organisation_by_name"),
            models.Index(
                "reseller",
                NorwegianOrder("name"),
                "id",
                name="organisation_by_reseller",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(organisation_number__regex=r"^[0-9]{9}$"),
                name="organisation_number_is_nine_digits",
            ),
            models.CheckConstraint(
                condition=models.Q(reseller__isnull=True) | models.Q(kind="customer"),
                name="only_customers_have_a_reseller",
            ),
            models.CheckConstraint(
                condition=~models.Q(pk=models.F("parent")) & ~models.Q(pk=models.F("reseller")),
                name="organisation_is_not_above_itself",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.reseller_id and self.reseller and self.reseller.kind != self.Kind.RESELLER:
            raise ValidationError({"reseller": _("The chosen organisation is not a reseller.")})
        if self.parent_id and self.parent and self.parent.parent_id:
            raise ValidationError({"parent": _("A sub-unit cannot have sub-units of its own.")})


class User(AbstractBaseUser, PermissionsMixin, GuardianUserMixin):
    """A person. Signs in with an e-mail address; what they may do hangs on organisations."""

    class ColourScheme(models.TextChoices):
        AUTO = "auto", _("As on the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("e-mail address"), max_length=254)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=2, blank=True)
    colour_scheme = models.CharField(
        _("colours"), max_length=5, choices=ColourScheme, default=ColourScheme.AUTO
    )
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="user_email_is_unique"),)

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    @cached_property
    def access(self) -> Access:
        """What this person may do, read once for as long as this instance lives."""
        return Access(self)


class RoleGroup(TenantModel):
    """The group whose members hold one role in one organisation."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="role_groups"
    )
    role = models.CharField(max_length=20, choices=Role)
    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="role_group")

    objects = RoleGroupQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "role"],
                name="one_group_per_role_and_organisation",
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation}: {self.get_role_display()}"


class OrganisationUserGrant(UserObjectPermissionBase):
    """Guardian's direct grants to a person. Kept empty: rights go to role groups."""

    content_object = models.ForeignKey(Organisation, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        default_permissions = ()


class OrganisationGroupGrant(GroupObjectPermissionBase):
    """A capability that a role group holds on an organisation."""

    content_object = models.ForeignKey(Organisation, on_delete=models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        default_permissions = ()


class AuditEntry(TenantModel):
    """One thing that somebody did. Written by actions, never changed: a trigger refuses it.

    Who, where and what stand as plain text and keys, so that the entry outlives them.
    ``before`` and ``after`` hold the changed fields only; secrets are masked when written.
    """

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
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.target_label}"


class Job(TenantModel):
    """Long work that somebody started and can leave; its result waits on the page «Jobs»."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="jobs")
    started_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=40)
    label = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    failure = models.TextField(blank=True)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = (models.Index(fields=["organisation", "-id"], name="job_by_organisation"),)

    def __str__(self) -> str:
        return self.label

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen to this job."""
        return self.state in {self.State.DONE, self.State.FAILED}

    @property
    def percent(self) -> int:
        """How far the job has come, 0 to 100."""
        return min(100, self.done * 100 // self.total) if self.total else 0
