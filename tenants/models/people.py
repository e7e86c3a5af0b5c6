"""People."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.mixins import GuardianUserMixin

from tenants.access import Access
from tenants.querysets import UserManager


class User(AbstractBaseUser, PermissionsMixin, GuardianUserMixin):
    """A person. Signs in with an e-mail address; what they may do hangs on organisations."""

    class ColourScheme(models.TextChoices):
        AUTO = "auto", _("As on the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    # The database makes it too, for the people who were there before the column.
    public_id = models.UUIDField(
        default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False
    )
    email = models.EmailField(_("e-mail address"), max_length=254)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=2, blank=True)
    colour_scheme = models.CharField(
        _("colours"), max_length=5, choices=ColourScheme, default=ColourScheme.AUTO
    )
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    # How far the warnings of an unused account have come (tenants.actions.inactivity).
    warnings_sent = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    warned_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    reopened_at = models.DateTimeField(null=True, blank=True, editable=False)

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

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Return what the backends say of ``obj``; ``is_superuser`` opens nothing.

        Django lets superusers past every question. Here nobody holds a right on everything:
        the provider's staff enters a customer's organisation through staff mode alone.
        """
        return obj is not None and any(
            backend.has_perm(self, perm, obj)
            for backend in get_backends()
            if hasattr(backend, "has_perm")
        )

    def has_module_perms(self, app_label: str) -> bool:
        """Return False: a right is held on an organisation, never on an app."""
        return False

    @cached_property
    def access(self) -> Access:
        """What this person may do, read once for as long as this instance lives."""
        return Access(self)

    def forget_access(self) -> None:
        """Have the rights read anew at the next question: some of them were just changed."""
        self.__dict__.pop("access", None)
