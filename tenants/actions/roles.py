"""Who holds which role: the one door to role grants."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm, remove_perm

from tenants import audit
from tenants.access import Forbidden, require
from tenants.models import Organisation, User
from tenants.roles import ROLE_CAPABILITIES, Role

ROLES_OF_KIND = {
    Organisation.Kind.CUSTOMER: (Role.USER, Role.CUSTOMER_ADMIN),
    Organisation.Kind.RESELLER: (Role.USER, Role.RESELLER),
    Organisation.Kind.PROVIDER: (Role.OPERATOR,),
}


class LastAdministrator(Forbidden):
    """The change would leave an organisation without anybody who can administer it."""


def sync_role_grants(organisation: Organisation) -> None:
    """Give each role group of the organisation exactly the capabilities of roles.py."""
    for role_group in organisation.role_groups.select_related("group"):
        wanted = ROLE_CAPABILITIES[role_group.role]
        held = set(
            role_group.group.organisationgroupgrant_set.filter(
                content_object=organisation
            ).values_list("permission__codename", flat=True)
        )
        for capability in sorted(wanted - held):
            assign_perm(f"tenants.{capability}", role_group.group, organisation)
        for capability in sorted(held - wanted):
            remove_perm(f"tenants.{capability}", role_group.group, organisation)


@transaction.atomic
def grant_role(user: User, role: str, organisation: Organisation, *, by: User | None) -> None:
    """Make the person hold the role in the organisation; nothing happens if they do.

    ``by`` needs ``manage_members`` there and must hold every capability that the role
    gives (nobody grants more than they hold). None is for set-up commands.
    """
    if by is not None and not by.access.is_operator:
        require(by, "manage_members", organisation)
        missing = [c for c in ROLE_CAPABILITIES[role] if not by.access.can(c, organisation)]
        if missing:
            raise Forbidden(_("You cannot give an access level above your own."))
    if by is not None and by.pk == user.pk and by.access.is_operator:
        # Staff mode is the way in: for a time, with a reason, seen by the customer.
        raise Forbidden(_("You cannot give an access level above your own."))
    if role not in ROLES_OF_KIND[Organisation.Kind(organisation.kind)]:
        raise ValueError(f"a {organisation.kind} has no role {role}")
    role_group = organisation.role_groups.select_related("group").get(role=role)
    if role_group.group.user_set.filter(pk=user.pk).exists():
        return
    role_group.group.user_set.add(user)
    user.__dict__.pop("access", None)
    audit.record(
        "tenants.role.granted",
        by=by,
        organisation=organisation,
        target=user,
        after={"role": str(role)},
    )


@transaction.atomic
def revoke_role(user: User, role: str, organisation: Organisation, *, by: User | None) -> None:
    """Take the role from the person.

    Raises :class:`LastAdministrator` when nobody else could administer the organisation.
    """
    if by is not None and not by.access.is_operator:
        require(by, "manage_members", organisation)
    role_group = (
        organisation.role_groups.select_for_update(of=("self",))
        .select_related("group")
        .get(role=role)
    )
    members = role_group.group.user_set
    if not members.filter(pk=user.pk).exists():
        return
    others = members.filter(is_active=True).exclude(pk=user.pk)
    if role != Role.USER and not others.exists():
        raise LastAdministrator(
            _("%(name)s is the last administrator. Give somebody else the access level first.")
            % {"name": user}
        )
    members.remove(user)
    user.__dict__.pop("access", None)
    audit.record(
        "tenants.role.revoked",
        by=by,
        organisation=organisation,
        target=user,
        before={"role": str(role)},
    )
