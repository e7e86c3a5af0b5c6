"""Who holds which role: the one door to role grants."""

from __future__ import annotations

from django.contrib.auth.models import Group
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


def grantable_roles(by: User, organisation: Organisation) -> list[Role]:
    """Return the access levels that ``by`` may give and take in the organisation."""
    if by.access.is_operator:
        return list(ROLES_OF_KIND[Organisation.Kind(organisation.kind)])
    if not by.access.can("manage_members", organisation):
        return []
    return [
        role
        for role in ROLES_OF_KIND[Organisation.Kind(organisation.kind)]
        if all(by.access.can(held, organisation) for held in ROLE_CAPABILITIES[role])
    ]


def require_level(by: User, role: str, organisation: Organisation) -> None:
    """Raise ``Forbidden`` unless ``by`` may give and take the level in the organisation."""
    if not by.access.is_operator:
        require(by, "manage_members", organisation)
    if role not in grantable_roles(by, organisation):
        raise Forbidden(_("You cannot give or take an access level above your own."))


def _lock(organisation: Organisation, by: User | None) -> dict[str, Group]:
    """Return the organisation's role groups by role, locked until the transaction ends.

    What ``by`` may do is read again after the wait: somebody may have taken it meanwhile.
    """
    locked = (
        organisation.role_groups.select_for_update(of=("self",))
        .select_related("group")
        .order_by("pk")
    )
    groups = {str(role_group.role): role_group.group for role_group in locked}
    if by is not None:
        by.forget_access()
        by.refresh_from_db(fields=["is_active"])
    return groups


def _require_another(user: User, role: str, group: Group) -> None:
    """Raise :class:`LastAdministrator` unless somebody else active holds the role."""
    if role == Role.USER:
        return
    if not group.user_set.filter(is_active=True).exclude(pk=user.pk).exists():
        raise LastAdministrator(
            _("%(name)s is the last administrator. Give somebody else the access level first.")
            % {"name": user}
        )


@transaction.atomic
def grant_role(user: User, role: str, organisation: Organisation, *, by: User | None) -> None:
    """Make the person hold the role in the organisation; nothing happens if they do.

    ``by`` needs ``manage_members`` there and must hold every capability that the role
    gives (nobody grants more than they hold). None is for set-up commands.
    """
    if role not in ROLES_OF_KIND[Organisation.Kind(organisation.kind)]:
        raise ValueError(f"a {organisation.kind} has no role {role}")
    if by is not None:
        _lock(organisation, by)
        require_level(by, role, organisation)
        if by.pk == user.pk and by.access.is_operator:
            # Staff mode is the way in: for a time, with a reason, seen by the customer.
            raise Forbidden(_("You cannot give or take an access level above your own."))
    role_group = organisation.role_groups.select_related("group").get(role=role)
    if role_group.group.user_set.filter(pk=user.pk).exists():
        return
    role_group.group.user_set.add(user)
    user.forget_access()
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
    groups = _lock(organisation, by)
    if by is not None:
        require_level(by, role, organisation)
    group = groups[role]
    if not group.user_set.filter(pk=user.pk).exists():
        return
    _require_another(user, role, group)
    group.user_set.remove(user)
    user.forget_access()
    audit.record(
        "tenants.role.revoked",
        by=by,
        organisation=organisation,
        target=user,
        before={"role": str(role)},
    )


@transaction.atomic
def change_role(user: User, role: str, organisation: Organisation, *, by: User) -> str:
    """Give a member this access level in place of the one they have; return the old one.

    Empty when they had it already. ``by`` must hold all of both levels. Raises
    :class:`LastAdministrator` when nobody else could administer the organisation.
    """
    if role not in ROLES_OF_KIND[Organisation.Kind(organisation.kind)]:
        raise ValueError(f"a {organisation.kind} has no role {role}")
    groups = _lock(organisation, by)
    held = [name for name, group in groups.items() if group.user_set.filter(pk=user.pk).exists()]
    if not held:
        raise Forbidden(_("%(name)s is not a member any more.") % {"name": user})
    if held == [role]:
        return ""
    for name in {*held, role}:
        require_level(by, name, organisation)
    for name in held:
        if name != role:
            _require_another(user, name, groups[name])
            groups[name].user_set.remove(user)
    groups[role].user_set.add(user)
    user.forget_access()
    before = max(held, key=lambda name: len(ROLE_CAPABILITIES[name]))
    audit.record(
        "tenants.role.changed",
        by=by,
        organisation=organisation,
        target=user,
        before={"role": before},
        after={"role": str(role)},
    )
    return before


def require_others(user: User) -> None:
    """Lock every organisation that the person administers; raise if one has nobody else."""
    for role_group in user.groups.filter(role_group__isnull=False).values_list(
        "role_group__organisation", "role_group__role"
    ):
        organisation_id, role = role_group
        organisation = Organisation.objects.in_organisation(organisation_id).get()
        _require_another(user, role, _lock(organisation, None)[role])
