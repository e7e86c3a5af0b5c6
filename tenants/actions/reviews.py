"""Going through the members: each is confirmed or removed, and it is kept as evidence."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tenants import audit
from tenants.access import require
from tenants.actions.members import remove_member
from tenants.models import MemberReview, MemberReviewAnswer, Organisation, User
from videoportal.kit.dates import add_months

type Decisions = dict[int, str]


def review_due_on(organisation: Organisation) -> date:
    """Return the day from which the members should be gone through again. No query."""
    last = organisation.members_reviewed_on or timezone.localdate(organisation.created_at)
    return add_months(last, settings.REVIEW_MONTHS)


@transaction.atomic
def answer_review(organisation: Organisation, decisions: Decisions, *, by: User) -> MemberReview:
    """Store what was decided about these members (by id) and return the review.

    Removed members are removed at once. When every member has an answer the review is
    finished. Raises ``LastAdministrator`` and ``Forbidden``; then nothing is stored.
    """
    require(by, "manage_members", organisation)
    # One at a time, so that two administrators do not both start or finish a review.
    Organisation.objects.in_organisation(organisation).select_for_update().get()
    review = organisation.member_reviews.unfinished().first()
    if review is None:
        review = MemberReview.objects.create(organisation=organisation)
    answers: Any = review.answers
    answered: set[int] = answers.answered_ids()
    members = {user.pk: user for user in User.objects.members_of(organisation)}
    for user_id, decision in decisions.items():
        member = members.get(user_id)
        if member is None or user_id in answered:
            continue
        answered.add(user_id)
        MemberReviewAnswer.objects.create(
            organisation=organisation,
            review=review,
            member=member,
            member_label=_label(member),
            decision=decision,
            answered_by_label=_label(by),
        )
        if decision == MemberReviewAnswer.Decision.REMOVE:
            remove_member(member, organisation, by=by)
            del members[user_id]
    if not members.keys() - answered:
        _finish(review, organisation, by=by)
    return review


def _finish(review: MemberReview, organisation: Organisation, *, by: User) -> None:
    kept = review.answers.filter(decision=MemberReviewAnswer.Decision.KEEP).count()
    review.kept, review.removed = kept, review.answers.count() - kept
    review.finished_at, review.finished_by_label = timezone.now(), _label(by)
    review.save(update_fields=["kept", "removed", "finished_at", "finished_by_label"])
    organisation.members_reviewed_on = timezone.localdate()
    organisation.save(update_fields=["members_reviewed_on"])
    audit.record(
        "tenants.review.finished",
        by=by,
        organisation=organisation,
        after={"kept": review.kept, "removed": review.removed},
    )


def _label(user: User) -> str:
    return f"{user} ({user.email})" if user.name else user.email
