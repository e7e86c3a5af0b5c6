"""What administrators do with members: access level, removal, reopening. All parties are told."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from tenants import audit
from tenants.access import Forbidden, require
from tenants.actions.inactivity import reopen
from tenants.actions.roles import change_role, grantable_roles, revoke_role
from tenants.mail import post_mail
from tenants.models import Organisation, User
from tenants.roles import Role


@transaction.atomic
def change_access_level(member: User, role: str, organisation: Organisation, *, by: User) -> bool:
    """Give the member another access level and return whether anything changed.

    Both parties get mail. Raises ``Forbidden``, and ``LastAdministrator`` when nobody else
    could administer the organisation.
    """
    before = change_role(member, role, organisation, by=by)
    if not before:
        return False
    tell_parties(
        "level_changed",
        member,
        organisation,
        by=by,
        level=Role(role).label,
        before=Role(before).label,
        administrative=True,
    )
    return True


@transaction.atomic
def remove_member(member: User, organisation: Organisation, *, by: User) -> None:
    """Take every access level that the person has in the organisation, and tell both parties.

    The account stays, and rooms registered on the person's address stay theirs.
    """
    roles = sorted(roles_of(member, organisation))
    for role in roles:
        revoke_role(member, role, organisation, by=by)
    if roles:
        tell_parties(
            "member_removed",
            member,
            organisation,
            by=by,
            level=Role(roles[0]).label,
            administrative=roles != [Role.USER],
        )


@transaction.atomic
def reopen_account(member: User, organisation: Organisation, *, by: User) -> None:
    """Let a person whose unused account was closed sign in again, and tell them.

    Their administrator may, or an operator. Access levels and rooms are as they were.
    """
    _require_reopening(member, organisation, by)
    if reopen(member):
        audit.record("tenants.account.reopened", by=by, organisation=organisation, target=member)
        post_mail("account_reopened", to=member.email, context={"name": member.name}, user=member)


def _require_reopening(member: User, organisation: Organisation, by: User) -> None:
    if by.access.is_operator:
        return
    require(by, "manage_members", organisation)
    held = roles_of(member, organisation)
    if not held or held - set(grantable_roles(by, organisation)):
        raise Forbidden(_("You cannot give or take an access level above your own."))


def note_members_exported(organisation: Organisation, *, by: User, fmt: str, rows: int) -> None:
    """Log that the list of members left the portal as a file."""
    require(by, "manage_members", organisation)
    audit.record(
        "tenants.members.exported",
        by=by,
        organisation=organisation,
        after={"format": fmt, "rows": rows},
    )


def roles_of(member: User, organisation: Organisation) -> set[str]:
    """Return the roles that the person holds there now; Access may have been read before."""
    groups = organisation.role_groups.filter(group__user=member)
    return set(groups.values_list("role", flat=True))


def tell_parties(
    template: str,
    member: User,
    organisation: Organisation,
    *,
    by: User,
    administrative: bool,
    **context: object,
) -> None:
    """Mail the member, whoever did it, and for administrators' levels the other administrators.

    Each reads it in their own language; ``mail/<template>_…`` and ``mail/<template>_others_…``.
    """
    values = {
        **context,
        "organisation": organisation.name,
        "member": str(member),
        "member_email": member.email,
        "by": str(by),
        "members_path": reverse("tenants:member_list", args=[organisation.slug]),
    }
    post_mail(template, to=member.email, context=values, user=member)
    readers = {by.pk: by}
    if administrative:
        readers |= {user.pk: user for user in User.objects.administrators_of(organisation)}
    readers.pop(member.pk, None)
    for reader in readers.values():
        post_mail(f"{template}_others", to=reader.email, context=values, user=reader)
