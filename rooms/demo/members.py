"""What the demo organisations' members are up to: sign-ins, invitations, disuse and reviews."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from rooms.demo.people import BJORKELIA, MYRVANG, SOLVFJORD, STORELV
from tenants.actions.invitations import token_hash
from tenants.models import (
    AuditEntry,
    Invitation,
    MemberReview,
    MemberReviewAnswer,
    Organisation,
    User,
)
from tenants.roles import Role
from videoportal.kit.dates import add_months

UNUSED = "Bjørn-Erik Ås"
CLOSED = "Ragnhild Eikeland"
# Who has not been here for months, so that the log tells of no sign-in.
SILENT = {UNUSED, CLOSED}
# Address, access level, days since it was sent.
INVITED = (
    ("gro.nesbo@solvfjord.example", Role.CUSTOMER_ADMIN, 4),
    ("tuva.lien@solvfjord.example", Role.USER, 1),
    ("oyvind.skar@solvfjord.example", Role.USER, 20),
)
# Days since the members were last gone through; Sølvfjord's turn has come.
REVIEWED = {SOLVFJORD: 200, STORELV: 60, BJORKELIA: 90, MYRVANG: 30}


def invite_and_review(
    organisations: dict[str, Organisation], people: dict[str, User]
) -> list[AuditEntry]:
    """Make the invitations and reviews that are missing; return what the log is to tell of it."""
    entries = _invite(organisations[SOLVFJORD], people["Ingrid Hætta Solberg"])
    for number, days in REVIEWED.items():
        entries += _review(organisations[number], days)
    return entries


def _days_ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days, minutes=17 * days % 200)


def sign_in(people: dict[str, User]) -> None:
    """Give people who have never signed in their last time: what the log says, else lately."""
    new = [user for user in people.values() if user.last_login is None]
    logged = dict(
        AuditEntry.objects.unscoped(reason="a person's own sign-ins, whatever the organisation")
        .filter(action="tenants.session.started", actor_key__in=[str(user.pk) for user in new])
        .values_list("actor_key")
        .annotate(last=Max("at"))
    )
    for user in new:
        user.last_login = logged.get(str(user.pk), _days_ago(2))
        if user.name == UNUSED:
            user.last_login = _months_ago(7)
            user.warnings_sent, user.warned_at = 1, _days_ago(7)
        elif user.name == CLOSED:
            user.last_login = _months_ago(45)
            user.warnings_sent, user.warned_at = 3, _days_ago(17)
            user.is_active, user.closed_at = False, _days_ago(16)
    User.objects.bulk_update(
        new, ["last_login", "warnings_sent", "warned_at", "is_active", "closed_at"]
    )


def _months_ago(days: int) -> datetime:
    """Return a moment so long ago that the first warning was due ``days`` ago."""
    day = add_months(timezone.localdate() - timedelta(days=days), -settings.INACTIVE_MONTHS)
    return timezone.now() - (timezone.localdate() - day)


def _entry(
    action: str, at: datetime, organisation: Organisation, by: User, **columns: Any
) -> AuditEntry:
    return AuditEntry(
        action=action,
        at=at,
        organisation=organisation,
        actor_key=str(by.pk),
        actor_label=by.name,
        **columns,
    )


def _invite(organisation: Organisation, by: User) -> list[AuditEntry]:
    told = organisation.audit_entries.filter(action="tenants.invitation.sent")
    if organisation.invitations.exists() or told.exists():
        return []
    entries = []
    for address, role, days in INVITED:
        sent_at = _days_ago(days)
        # Not mailed: nobody reads these addresses, and nobody knows the link.
        invitation = Invitation.objects.create(
            organisation=organisation,
            email=address,
            role=role,
            invited_by=by,
            token_hash=token_hash(secrets.token_urlsafe(32)),
            sent_at=sent_at,
            expires_at=sent_at + timedelta(days=settings.INVITATION_DAYS),
        )
        entries.append(
            _entry(
                "tenants.invitation.sent",
                sent_at,
                organisation,
                by,
                target_type=Invitation._meta.label_lower,
                target_key=str(invitation.pk),
                target_label=address,
                after={"role": str(role)},
            )
        )
    return entries


def _review(organisation: Organisation, days: int) -> list[AuditEntry]:
    if organisation.members_reviewed_on is not None:
        return []
    at = _days_ago(days)
    by = User.objects.administrators_of(organisation)[0]
    members = list(User.objects.members_of(organisation).order_by("pk"))
    who = f"{by.name} ({by.email})"
    review = MemberReview.objects.create(
        organisation=organisation,
        started_at=at,
        finished_at=at,
        finished_by_label=who,
        kept=len(members),
    )
    MemberReviewAnswer.objects.bulk_create(
        MemberReviewAnswer(
            organisation=organisation,
            review=review,
            member=member,
            member_label=f"{member.name} ({member.email})",
            decision=MemberReviewAnswer.Decision.KEEP,
            answered_at=at,
            answered_by_label=who,
        )
        for member in members
    )
    organisation.members_reviewed_on = timezone.localdate(at)
    organisation.save(update_fields=["members_reviewed_on"])
    after = {"kept": len(members), "removed": 0}
    return [_entry("tenants.review.finished", at, organisation, by, after=after)]
