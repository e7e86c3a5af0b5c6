"""Reads of organisations, their roles and their resellers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import models

from tenants.roles import Role
from videoportal.kit.querysets import AnyOf, TenantQuerySet
from videoportal.kit.sorting import NorwegianOrder
from videoportal.kit.statements import SOME_IDS, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from tenants.models import Organisation, User


def typed_digits(words: str) -> str:
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
        if digits := typed_digits(words):
            condition |= models.Q(organisation_number__startswith=digits)
        return self.filter(condition)


class RoleGroupQuerySet(TenantQuerySet["RoleGroup"]):  # type: ignore[name-defined]  # models import this module
    def member_counts_of(self, organisation_ids: Iterable[int]) -> dict[int, int]:
        """Return the number of people with a role, by organisation id; each counts once."""
        return dict(_MEMBER_COUNTS.rows(ids=tuple(organisation_ids)))


def _member_counts(ids: tuple[int, ...]) -> Any:
    roles = apps.get_model("tenants", "RoleGroup").objects.in_organisations(ids)
    return (
        roles.order_by()
        .values_list("organisation_id")
        .annotate(
            members=models.Count(
                "group__user", distinct=True, filter=models.Q(group__user__is_active=True)
            )
        )
    )


_MEMBER_COUNTS = Statement(_member_counts, ids=SOME_IDS)


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
