"""Invitations to an organisation."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.models.organisations import Organisation
from tenants.models.people import User
from tenants.querysets import InvitationQuerySet
from tenants.roles import Role
from videoportal.kit.querysets import TenantModel


class Invitation(TenantModel):
    """An address that may take an access level, until it is answered, withdrawn or runs out.

    The token of the mailed link is not kept, only its hash; sending again replaces it.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Invited")
        EXPIRED = "expired", _("Invitation expired")
        ACCEPTED = "accepted", _("Accepted")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField(_("e-mail address"), max_length=254)
    role = models.CharField(_("access level"), max_length=20, choices=Role)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                "organisation",
                Lower("email"),
                condition=models.Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="one_waiting_invitation_per_address",
            ),
        )
        indexes = (
            models.Index(fields=["organisation", "-sent_at"], name="invitation_by_organisation"),
        )

    def __str__(self) -> str:
        return self.email

    @property
    def state(self) -> State:
        """What has become of the invitation."""
        if self.accepted_at is not None:
            return self.State.ACCEPTED
        if self.withdrawn_at is not None:
            return self.State.WITHDRAWN
        return self.State.OPEN if self.expires_at > timezone.now() else self.State.EXPIRED

    @property
    def is_waiting(self) -> bool:
        """Whether it can be sent again or withdrawn."""
        return self.accepted_at is None and self.withdrawn_at is None
