"""Access requests: somebody asks to become the customer administrator of an organisation."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from tenants.models.organisations import Organisation, check_organisation_number
from tenants.models.people import User
from tenants.querysets import AccessRequestQuerySet
from videoportal.kit.links import link_hash
from videoportal.kit.querysets import TenantModel


def request_link_hash(token: str, request_id: uuid.UUID, address: str) -> str:
    """Return what is stored of a link that is good for one request and one address only."""
    return link_hash("tenants.access_request", token, str(request_id), address.lower())


class AccessRequest(TenantModel):
    """A request, who vouches for it, and what became of it.

    ``organisation`` is None while the number is no customer's. Names and addresses are kept as
    they were written, so that the evidence outlives the accounts.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for confirmation")
        CONFIRMED = "confirmed", _("Waiting for approval")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Not answered in time")

    class Capacity(models.TextChoices):
        CONTACT = "contact", _("Administrative contact")
        SIGNATORY = "signatory", _("Holder of signature right")

    OPEN = (State.WAITING, State.CONFIRMED)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="access_requests",
    )
    organisation_number = models.CharField(
        _("organisation number"), max_length=9, validators=[check_organisation_number]
    )
    organisation_name = models.CharField(_("organisation"), max_length=150)
    applicant = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    applicant_name = models.CharField(max_length=150)
    applicant_email = models.EmailField(max_length=254)
    is_contact = models.BooleanField(default=False)
    message = models.TextField(max_length=1000, blank=True)
    language = models.CharField(max_length=2, blank=True)

    approver_name = models.CharField(max_length=150, blank=True)
    approver_email = models.EmailField(max_length=254, blank=True)
    approver_capacity = models.CharField(max_length=10, choices=Capacity, blank=True)
    link_hash = models.CharField(max_length=64, blank=True)
    link_expires_at = models.DateTimeField(null=True, blank=True)
    link_sent_at = models.DateTimeField(null=True, blank=True)
    links_sent = models.PositiveSmallIntegerField(default=0)

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_name = models.CharField(max_length=150, blank=True)
    answered_capacity = models.CharField(max_length=10, choices=Capacity, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_by_name = models.CharField(max_length=150, blank=True)
    decision_reason = models.TextField(max_length=1000, blank=True)

    objects = AccessRequestQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = (
            models.Index(fields=["state", "created_at"], name="access_request_queue"),
            models.Index(fields=["organisation_number"], name="access_request_by_number"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["applicant", "organisation_number"],
                condition=models.Q(state__in=("waiting", "confirmed")),
                name="one_open_request_per_organisation",
            ),
            models.CheckConstraint(
                condition=models.Q(is_contact=True)
                | ~models.Q(approver_email="") & ~models.Q(approver_capacity=""),
                name="somebody_vouches_for_the_request",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="waiting") | ~models.Q(link_hash=""),
                name="a_waiting_request_has_a_link",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="approved") | models.Q(organisation__isnull=False),
                name="an_approved_request_has_an_organisation",
            ),
        )

    def __str__(self) -> str:
        return f"{self.applicant_name}, {self.organisation_name}"

    @property
    def is_open(self) -> bool:
        """Whether anybody can still do anything with it."""
        return self.state in self.OPEN

    @property
    def declined_by_approver(self) -> bool:
        """Whether it was the approver who refused, not whoever decides."""
        return self.state == self.State.REFUSED and self.decided_at is None

    @property
    def undecided_in_time(self) -> bool:
        """Whether it ran out with whoever decides, not with its approver."""
        confirmed = self.is_contact or self.answered_at is not None
        return self.state == self.State.EXPIRED and confirmed

    def fits(self, token: str) -> bool:
        """Return whether ``token`` is the link's that was sent last, and still good."""
        return (
            self.state == self.State.WAITING
            and self.link_expires_at is not None
            and self.link_expires_at > timezone.now()
            and constant_time_compare(
                self.link_hash, request_link_hash(token, self.public_id, self.approver_email)
            )
        )
