"""Reviews of who is a member: evidence that somebody went through the list."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.models.organisations import Organisation
from tenants.models.people import User
from tenants.querysets import MemberReviewAnswerQuerySet, MemberReviewQuerySet
from videoportal.kit.querysets import TenantModel


class MemberReview(TenantModel):
    """One walk through an organisation's members, open until every member has an answer."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="member_reviews"
    )
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    finished_by_label = models.CharField(max_length=254, blank=True)
    kept = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)

    objects = MemberReviewQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=["organisation"],
                condition=models.Q(finished_at__isnull=True),
                name="one_open_review_per_organisation",
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation} {self.started_at:%Y-%m-%d}"


class MemberReviewAnswer(TenantModel):
    """What was answered about one member. Names stand as text, so that they outlive accounts."""

    class Decision(models.TextChoices):
        KEEP = "keep", _("Keeps the access")
        REMOVE = "remove", _("Is removed")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    review = models.ForeignKey(MemberReview, on_delete=models.CASCADE, related_name="answers")
    member = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    member_label = models.CharField(max_length=254)
    decision = models.CharField(max_length=6, choices=Decision)
    answered_at = models.DateTimeField(default=timezone.now)
    answered_by_label = models.CharField(max_length=254)

    objects = MemberReviewAnswerQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=["review", "member"], name="one_answer_per_member_and_review"
            ),
        )

    def __str__(self) -> str:
        return f"{self.member_label}: {self.decision}"
