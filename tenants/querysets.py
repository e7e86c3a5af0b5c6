"""Reads of organisations, people, audit entries and jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import models
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, Greatest, Lower

from tenants.roles import Role
from videoportal.kit.querysets import AnyOf, TenantQuerySet
from videoportal.kit.sorting import NorwegianOrder

if TYPE_CHECKING:
    from datetime import date, datetime

    from tenants.models import KeptMail, Organisation, User


def _digits(words: str) -> str:
    """Return the beginning of an organisation number, if that is what was typed; else nothing."""
    digits = words.replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
    return digits if digits.isdigit() else ""


class OrganisationQuerySet(TenantQuerySet["Organisation"]):
    """Organisations are their own scope: the id takes the place of ``organisation_id``."""

    def in_organisations(self, ids: Any) -> Self:
        chosen = tuple(ids)
        return self.filter(AnyOf("pk", chosen))._opened() if chosen else self.none()

    def in_organisation(self, organisation: models.Model | int) -> Self:
        pk = organisation.pk if isinstance(organisation, models.Model) else organisation
        return self.filter(pk=pk)._opened()

    def reached_by(self, user: User) -> Self:
        """Return the organisations in which ``user`` holds any capability."""
        return self.in_organisations(user.access.all_organisation_ids())

    def clients_of(self, reseller: Organisation) -> Self:
        """Return the client organisations of one reseller."""
        return self.filter(reseller=reseller)._opened()

    def enterable_by_staff(self) -> Self:
        """Return the customers in use: what staff mode can be started for."""
        every = self.unscoped(reason="the provider's staff serves every customer")
        return every.filter(kind="customer", is_active=True)

    def everybodys(self) -> Self:
        """Return every organisation, for the provider's pages."""
        return self.unscoped(reason="the provider keeps the register of organisations")

    def with_due_connections(self, day: date) -> Self:
        """Return the clients whose reseller is another than the one connected on that day.

        A client that has a reseller but never a connection is not among them.
        """
        in_force = models.Q(
            models.Q(reseller_connections__ends_on__isnull=True)
            | models.Q(reseller_connections__ends_on__gt=day),
            reseller_connections__starts_on__lte=day,
        )
        return (
            self.alias(
                due=models.Max("reseller_connections__reseller", filter=in_force),
                connected=models.Count("reseller_connections"),
            )
            .filter(connected__gt=0)
            .filter(
                models.Q(due__isnull=True, reseller__isnull=False)
                | models.Q(due__isnull=False, reseller__isnull=True)
                | models.Q(due__gt=models.F("reseller"))
                | models.Q(due__lt=models.F("reseller"))
            )
        )

    def for_register(self) -> Self:
        """Return the organisations as the provider's list shows them, sortable by name."""
        return self.select_related("reseller").alias(name_order=NorwegianOrder("name"))

    def customers(self) -> Self:
        """Return the customers."""
        return self.filter(kind="customer")

    def resellers(self) -> Self:
        """Return the resellers as the provider's list shows them."""
        return self.filter(kind="reseller").for_register().with_clients()

    def with_clients(self) -> Self:
        """Return the organisations with the number of clients in use as ``clients_count``."""
        return self.annotate(
            clients_count=models.Count("clients", filter=models.Q(clients__is_active=True))
        )

    def in_full(self) -> Self:
        """Return the organisations with parent, reseller and counts of what hangs on each."""
        return self.select_related("parent", "reseller").annotate(
            users_count=models.Count(
                "role_groups__group__user",
                filter=models.Q(
                    role_groups__role=Role.USER, role_groups__group__user__is_active=True
                ),
                distinct=True,
            ),
            clients_count=models.Count(
                "clients", filter=models.Q(clients__is_active=True), distinct=True
            ),
        )

    def active(self) -> Self:
        """Return organisations that are in use."""
        return self.filter(is_active=True)

    def by_name(self) -> Self:
        """Return the organisations in Norwegian order of name."""
        return self.order_by(NorwegianOrder("name"), "pk")

    def meant_by(self, words: str) -> Organisation | None:
        """Return the one organisation with this name or number, else the only one that matches.

        None when nothing matches, or several do.
        """
        found = list(self.matching(words).order_by("pk")[:2])
        if len(found) == 1:
            return found[0]
        exact = list(self.filter(name__iexact=words.strip()).order_by("pk")[:2])
        return exact[0] if len(exact) == 1 else None

    def matching(self, words: str) -> Self:
        """Return organisations by part of the name, or by digits of the number (spaces allowed)."""
        words = words.strip()
        condition = models.Q(name__icontains=words)
        if digits := _digits(words):
            condition |= models.Q(organisation_number__startswith=digits)
        return self.filter(condition)


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


class RoleGroupQuerySet(TenantQuerySet["RoleGroup"]):  # type: ignore[name-defined]  # models import this module
    def member_counts(self) -> dict[int, int]:
        """Return the number of people with a role, by organisation id; each counts once."""
        rows = (
            self.order_by()
            .values_list("organisation_id")
            .annotate(
                members=models.Count(
                    "group__user", distinct=True, filter=models.Q(group__user__is_active=True)
                )
            )
        )
        return dict(rows)


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


class AuditEntryQuerySet(TenantQuerySet["AuditEntry"]):  # type: ignore[name-defined]  # models import this module
    def about(self, target: models.Model) -> Self:
        """Return the entries whose target is this object, newest first."""
        return self.filter(
            target_type=target._meta.label_lower, target_key=str(target.pk)
        ).order_by("-pk")

    def made_by(self, user: User) -> Self:
        """Return what this person did, newest first."""
        return self.filter(actor_key=str(user.pk)).order_by("-pk")

    def of_the_register(self) -> Self:
        """Return what concerns the organisation as such and who may do what in it.

        The provider's register shows no more: names of rooms and owners are for staff mode.
        """
        return self.filter(
            action__regex=r"^tenants\.(organisation|role|reseller|staff|access_request)\."
        )

    def on_behalf(self) -> Self:
        """Return what resellers did."""
        return self.filter(on_behalf=True)

    def changes(self) -> Self:
        """Return what was done, without who came and went and which pages staff opened."""
        return self.exclude(
            models.Q(action__startswith="tenants.session.")
            | models.Q(action="tenants.staff.opened")
        )

    def that_changed(self) -> Self:
        """Return the entries that tell of a change, not of somebody who looked."""
        return self.exclude(
            models.Q(action__endswith=".revealed") | models.Q(action__endswith=".included")
        )

    def since_others(self, field: str, own: models.QuerySet[Any]) -> Self:
        """Return the entries from the last time ``field`` went from a value not among ``own``.

        ``own`` gives one column of texts in lower case. All entries, when it never did.
        """
        taken_over = (
            self.filter(before__has_key=field, after__has_key=field)
            .annotate(
                _earlier=Lower(KT(f"before__{field}")),
                _later=Lower(KT(f"after__{field}")),
            )
            .exclude(_earlier=models.F("_later"))
            .exclude(_earlier__in=own)
            .order_by("-pk")
            .values("pk")[:1]
        )
        return self.filter(pk__gte=Coalesce(models.Subquery(taken_over), 0))

    def newest_first(self) -> Self:
        """Return the entries by the time they tell of, latest first."""
        return self.order_by("-at", "-pk")

    def with_words(self, words: str) -> Self:
        """Return the entries in which who or what is called something with these words."""
        return self.filter(
            models.Q(actor_label__icontains=words) | models.Q(target_label__icontains=words)
        )

    def done_by_others(self, way: str) -> Self:
        """Return what a ``reseller`` or the provider's ``staff`` did, or the ``portal`` itself."""
        if way == "reseller":
            return self.on_behalf()
        if way == "staff":
            return self.exclude(staff_reason="")
        return self.filter(actor_key="", actor_label="")

    def newest(self, limit: int) -> Self:
        """Return the ``limit`` newest entries."""
        return self.order_by("-pk")[:limit]


class JobQuerySet(TenantQuerySet["Job"]):  # type: ignore[name-defined]  # models import this module
    def started_by(self, user: User) -> Self:
        """Return the jobs that this person started, newest first."""
        return self.filter(started_by=user).order_by("-pk")._opened()

    def own_of(self, user: User) -> Self:
        """Return the person's jobs in organisations that they still reach, newest first."""
        return self.in_organisations(user.access.all_organisation_ids()).started_by(user)


class StaffSessionQuerySet(TenantQuerySet["StaffSession"]):  # type: ignore[name-defined]  # models import this module
    def of_operator(self, user: User) -> Self:
        """Return the stays of one operator."""
        return self.filter(operator=user)._opened()

    def running(self, moment: datetime) -> Self:
        """Return the stays that last at that moment, in organisations that are in use."""
        return self.filter(ended_at__isnull=True, ends_at__gt=moment, organisation__is_active=True)

    def run_out(self, moment: datetime) -> Self:
        """Return the stays that are over and whose end nobody has written yet."""
        return self.filter(ended_at__isnull=True, ends_at__lte=moment)

    def newest_first(self) -> Self:
        """Return the stays, newest first."""
        return self.order_by("-pk")


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
        if digits := _digits(words):
            condition |= models.Q(organisation_number__startswith=digits)
        return self.filter(condition)


class ResellerConnectionQuerySet(TenantQuerySet["ResellerConnection"]):  # type: ignore[name-defined]  # models import this module
    def in_force(self, day: date) -> Self:
        """Return the connections that hold on that day; at most one for a client."""
        return self.filter(
            models.Q(ends_on__isnull=True) | models.Q(ends_on__gt=day), starts_on__lte=day
        )

    def of_reseller(self, reseller: Organisation) -> Self:
        """Return one reseller's connections, with its clients."""
        return self.filter(reseller=reseller).select_related("organisation")._opened()

    def everybodys(self) -> Self:
        """Return the connections of every client, for the provider's pages."""
        return self.unscoped(reason="the provider connects the clients of every reseller")

    def newest_first(self) -> Self:
        """Return the connections with their resellers, latest start first."""
        return self.select_related("reseller", "connected_by", "ended_by").order_by(
            "-starts_on", "-pk"
        )


class KeptMailQuerySet(models.QuerySet["KeptMail"]):
    """Messages that the demo keeps."""

    def older_than_the_last(self, number: int, *, before: KeptMail) -> Self:
        """Return those beyond the newest ``number``, counted from this one."""
        edge = list(self.filter(pk__lte=before.pk).order_by("-pk").values_list("pk")[number:][:1])
        return self.filter(pk__lte=edge[0][0]) if edge else self.none()

    def for_listing(self) -> Self:
        """Return the messages, newest first, without their texts."""
        return self.defer("text", "html").order_by("-pk")
