"""Reads of people, and of what makes them members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import models
from django.db.models.functions import Greatest, Lower

from tenants.querysets.organisations import typed_digits
from tenants.roles import Role
from videoportal.kit.querysets import TenantQuerySet
from videoportal.kit.sorting import NorwegianOrder

if TYPE_CHECKING:
    from datetime import datetime

    from tenants.models import Organisation, User


class UserQuerySet(models.QuerySet["User"]):
    def administrators_of(self, organisation: Organisation) -> Self:
        """Return the active people who administer the organisation themselves, by name."""
        return self.filter(
            is_active=True,
            groups__role_group__organisation=organisation,
            groups__role_group__role__in=(Role.CUSTOMER_ADMIN, Role.RESELLER, Role.OPERATOR),
        ).order_by(NorwegianOrder("name"), "pk")

    def operators(self) -> Self:
        """Return the active people who work for the provider."""
        return self.filter(
            is_active=True,
            groups__role_group__role=Role.OPERATOR,
            groups__role_group__organisation__is_active=True,
        ).order_by("pk")

    def members_of(self, organisation: Organisation) -> Self:
        """Return the people with a role in the organisation; ``roles`` lists theirs there.

        What they are in other organisations is not read.
        """
        return self.filter(groups__role_group__organisation=organisation).annotate(
            roles=ArrayAgg("groups__role_group__role")
        )

    def with_address(self, address: str) -> Self:
        """Return the people who have confirmed this address, whatever its case."""
        return self.filter(emailaddress__verified=True, emailaddress__email=address.lower())

    def signing_in_with(self, address: str) -> Self:
        """Return the person whose account has this address, whatever its case.

        Not with ``iexact``, which compares in capitals: there a dotless i is the same as I,
        so that somebody with an address like another's would pass for them.
        """
        return self.alias(_address=Lower("email")).filter(_address=address.lower())

    def unused_since(self, moment: datetime) -> Self:
        """Return active accounts that nobody has signed in to since then, nor reopened."""
        return (
            self.filter(is_active=True, date_joined__lt=moment)
            .filter(models.Q(last_login__isnull=True) | models.Q(last_login__lt=moment))
            .filter(models.Q(reopened_at__isnull=True) | models.Q(reopened_at__lt=moment))
        )


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]  # Django makes the class
    def get_by_natural_key(self, username: str | None) -> User:
        return self.signing_in_with(username or "").get()


class InvitationQuerySet(TenantQuerySet["Invitation"]):  # type: ignore[name-defined]  # models import this module
    def waiting(self) -> Self:
        """Return those that are neither accepted nor withdrawn, the expired ones too."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)

    def to_address(self, address: str) -> Self:
        """Return the invitations to one address, whatever its case."""
        return self.filter(email=address.lower())

    def with_hash(self, token_hash: str) -> Self:
        """Return the invitation that the link was made for: the token is the scope."""
        return self.filter(token_hash=token_hash)._opened()

    def sent_before(self, moment: datetime) -> Self:
        """Return those whose last mail went out before then."""
        return self.filter(sent_at__lt=moment)


class MemberReviewQuerySet(TenantQuerySet["MemberReview"]):  # type: ignore[name-defined]  # models import this module
    def unfinished(self) -> Self:
        """Return the review that is under way."""
        return self.filter(finished_at__isnull=True)

    def finished(self) -> Self:
        """Return the reviews that were brought to an end, newest first."""
        return self.filter(finished_at__isnull=False).order_by("-finished_at", "-pk")


class MemberReviewAnswerQuerySet(TenantQuerySet["MemberReviewAnswer"]):  # type: ignore[name-defined]  # models import this module
    def answered_ids(self) -> set[int]:
        """Return the ids of the people who have an answer."""
        return set(self.filter(member__isnull=False).values_list("member_id", flat=True))


class AccessRequestQuerySet(TenantQuerySet["AccessRequest"]):  # type: ignore[name-defined]  # models import this module
    def sent_by(self, user: User) -> Self:
        """Return the person's own requests, newest first."""
        return self.filter(applicant=user).order_by("-pk")._opened()

    def everybodys(self) -> Self:
        """Return the requests for every organisation, as the provider's queue shows them."""
        return self.unscoped(reason="the provider decides on the requests of every organisation")

    def under_link(self, request_id: Any) -> Self:
        """Return the one request that a link names; the link's own key is judged after."""
        every = self.unscoped(reason="whoever holds the link need not have an account")
        return every.filter(public_id=request_id)

    def open(self) -> Self:
        """Return the requests that are not decided."""
        return self.filter(state__in=("waiting", "confirmed"))

    def to_decide(self) -> Self:
        """Return the requests that wait for the provider."""
        return self.filter(state="confirmed")

    def run_out(self, now: datetime, *, undecided_since: datetime) -> Self:
        """Return those whose approver no longer can answer, and those that have waited for a
        decision since then or longer.
        """
        unconfirmed = models.Q(state="waiting", link_expires_at__lte=now)
        since = models.Q(answered_at__lte=undecided_since) | models.Q(
            answered_at__isnull=True, created_at__lte=undecided_since
        )
        return self.filter(unconfirmed | models.Q(since, state="confirmed"))

    def ended_without_access(self) -> Self:
        """Return the requests that were refused or withdrawn, or ran out."""
        return self.filter(state__in=("refused", "withdrawn", "expired"))

    def approved(self) -> Self:
        """Return the requests that made somebody customer administrator."""
        return self.filter(state="approved")

    def untouched_since(self, moment: datetime) -> Self:
        """Return the requests with which nothing has happened since then."""
        # NULL, what has not happened, is left out by PostgreSQL's greatest().
        touched = Greatest("created_at", "link_expires_at", "answered_at", "decided_at")
        return self.annotate(touched_at=touched).filter(touched_at__lt=moment)

    def decided(self) -> Self:
        """Return the requests with which nothing more happens."""
        return self.exclude(state__in=("waiting", "confirmed"))

    def in_full(self) -> Self:
        """Return the requests with organisation, applicant and whoever decided."""
        return self.select_related("organisation", "applicant", "decided_by")

    def oldest_first(self) -> Self:
        """Return the requests in the order they came."""
        return self.order_by("created_at", "pk")

    def matching(self, words: str) -> Self:
        """Return requests by part of a name or address, or by digits of the number."""
        words = words.strip()
        condition = (
            models.Q(organisation_name__icontains=words)
            | models.Q(applicant_name__icontains=words)
            | models.Q(applicant_email__icontains=words)
        )
        if digits := typed_digits(words):
            condition |= models.Q(organisation_number__startswith=digits)
        return self.filter(condition)
