"""Organisations, roles and people of the large set, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.utils import timezone

from rooms.demo.large.ground import Ground, PlannedOrganisation
from tenants.actions import ROLES_OF_KIND
from tenants.models import OrganisationGroupGrant, ResellerConnection, RoleGroup, User
from tenants.roles import ROLE_CAPABILITIES, Role


class PeopleRows:
    """Rows of organisations, their roles and people."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def organisation_rows(self) -> Iterator[dict[str, Any]]:
        for o in self.ground.organisations:
            yield {
                "id": o.pk,
                "slug": o.slug,
                "name": o.name,
                "organisation_number": o.number,
                "kind": o.kind.value,
                "reseller_id": o.reseller.pk if o.reseller else None,
                "created_at": o.created_at,
            }

    def connection_rows(self) -> Iterator[dict[str, Any]]:
        copier = self.ground.copiers[ResellerConnection]
        for o in self.ground.organisations:
            if o.reseller:
                yield {
                    "id": copier.new_id(),
                    "public_id": UUID(int=self.ground.random.getrandbits(128), version=4),
                    "organisation_id": o.pk,
                    "reseller_id": o.reseller.pk,
                    "starts_on": timezone.localdate(o.created_at),
                    "created_at": o.created_at,
                }

    def groups(self) -> Iterator[tuple[int, str, PlannedOrganisation, Role]]:
        """Give the role groups as ``create_organisation`` makes them."""
        copier = self.ground.copiers[Group]
        for organisation in self.ground.organisations:
            for role in ROLES_OF_KIND[organisation.kind]:
                name = f"organisation {organisation.pk}: {role}"
                yield copier.new_id(), name, organisation, role

    def role_group_rows(
        self, groups: list[tuple[int, str, PlannedOrganisation, Role]]
    ) -> Iterator[dict[str, Any]]:
        copier = self.ground.copiers[RoleGroup]
        for pk, _name, organisation, role in groups:
            yield {
                "id": copier.new_id(),
                "organisation_id": organisation.pk,
                "role": role.value,
                "group_id": pk,
            }

    def capability_rows(
        self, groups: list[tuple[int, str, PlannedOrganisation, Role]]
    ) -> Iterator[dict[str, Any]]:
        copier = self.ground.copiers[OrganisationGroupGrant]
        for pk, _name, organisation, role in groups:
            for capability in sorted(ROLE_CAPABILITIES[role]):
                yield {
                    "id": copier.new_id(),
                    "content_object_id": organisation.pk,
                    "group_id": pk,
                    "permission_id": self.ground.permissions[capability],
                }

    def user_rows(self) -> Iterator[dict[str, Any]]:
        for organisation, person in self.ground.everybody():
            yield {
                "id": person.pk,
                "password": self.ground.password,
                "email": person.email,
                "name": person.name,
                "public_id": UUID(int=self.ground.random.getrandbits(128), version=4),
                "date_joined": organisation.created_at,
                # Nobody here is to be warned of disuse on the first morning.
                "last_login": timezone.now(),
            }

    def address_rows(self) -> Iterator[dict[str, Any]]:
        copier = self.ground.copiers[EmailAddress]
        for _organisation, person in self.ground.everybody():
            yield {
                "id": copier.new_id(),
                "user_id": person.pk,
                "email": person.email,
                "verified": True,
                "primary": True,
            }

    def membership_rows(
        self, groups: list[tuple[int, str, PlannedOrganisation, Role]]
    ) -> Iterator[dict[str, Any]]:
        copier = self.ground.copiers[User.groups.through]
        group_of = {(organisation.pk, role): pk for pk, _name, organisation, role in groups}
        for organisation, person in self.ground.everybody():
            yield {
                "id": copier.new_id(),
                "user_id": person.pk,
                "group_id": group_of[organisation.pk, person.role],
            }
