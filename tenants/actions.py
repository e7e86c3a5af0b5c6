"""Every write to organisations, people, roles, grants and jobs. The one door to grants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.db import models, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm, remove_perm

from tenants import audit
from tenants.access import Forbidden, require
from tenants.models import Job, Organisation, RoleGroup, User
from tenants.roles import ROLE_CAPABILITIES, Role

ROLES_OF_KIND = {
    Organisation.Kind.CUSTOMER: (Role.USER, Role.CUSTOMER_ADMIN),
    Organisation.Kind.RESELLER: (Role.USER, Role.RESELLER),
    Organisation.Kind.PROVIDER: (Role.OPERATOR,),
}


class LastAdministrator(Forbidden):
    """The change would leave an organisation without anybody who can administer it."""


@transaction.atomic
def create_organisation(
    *,
    by: User | None,
    name: str,
    organisation_number: str,
    kind: str = Organisation.Kind.CUSTOMER,
    parent: Organisation | None = None,
    reseller: Organisation | None = None,
    slug: str = "",
) -> Organisation:
    """Return a new organisation with its role groups and their grants.

    ``by`` is None only for set-up commands; anybody else must be an operator. Raises
    ``ValidationError`` for a wrong or taken organisation number.
    """
    if by is not None and not by.access.is_operator:
        raise Forbidden(_("You do not have the access level that this needs."))
    organisation = Organisation(
        name=name,
        organisation_number=organisation_number,
        kind=kind,
        parent=parent,
        reseller=reseller,
        slug=slug or _free_slug(name),
    )
    organisation.full_clean()
    organisation.save()
    for role in ROLES_OF_KIND[Organisation.Kind(kind)]:
        group = Group.objects.create(name=f"organisation {organisation.pk}: {role}")
        RoleGroup.objects.create(organisation=organisation, role=role, group=group)
    sync_role_grants(organisation)
    audit.record(
        "tenants.organisation.created",
        by=by,
        organisation=organisation,
        target=organisation,
        after={
            "name": name,
            "organisation_number": organisation_number,
            "kind": str(kind),
        },
    )
    return organisation


# Æ and ø have no decomposition that slugify keeps.
SPELT_OUT: dict[str, str | int | None] = {"æ": "ae", "ø": "o", "Æ": "Ae", "Ø": "O"}


def _free_slug(name: str) -> str:
    base = slugify(name.translate(str.maketrans(SPELT_OUT)))[:50]
    base = base or "organisation"
    taken = set(
        Organisation.objects.unscoped(reason="slugs are unique across all tenants")
        .filter(slug__startswith=base)
        .values_list("slug", flat=True)
    )
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


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
def create_user(
    *,
    email: str,
    name: str,
    password: str | None = None,
    verified: bool = False,
    language: str = "",
) -> User:
    """Return a new person; with ``verified`` the address counts as proven from the start."""
    user = User(email=email.strip().lower(), name=name, language=language)
    user.set_password(password)
    user.full_clean(exclude=["password"])
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified)
    return user


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


def set_object_holders(permission: str, target: models.Model, holders: Iterable[User]) -> None:
    """Let exactly these people hold ``permission`` (``app.codename``) on one object.

    Used for own rooms. The rule for who they are, and the audit entry, belong to the caller.
    """
    set_holders_of_many(permission, [(target, holders)])


def set_holders_of_many(
    permission: str, holders: Iterable[tuple[models.Model, Iterable[User]]]
) -> None:
    """Do what :func:`set_object_holders` does for many objects of one model, in a few queries."""
    wanted: set[tuple[int, int]] = set()
    targets: list[Any] = []
    for target, users in holders:
        targets.append(target)
        wanted |= {(target.pk, user.pk) for user in users}
    if not targets:
        return
    app, _dot, codename = permission.partition(".")
    # guardian's tables have no base type
    table: Any = targets[0].user_grants.model
    grants = table.objects.filter(
        permission__codename=codename,
        permission__content_type__app_label=app,
        content_object__in=[target.pk for target in targets],
    )
    held = {(row[0], row[1]): row[2] for row in grants.values_list("content_object", "user", "pk")}
    if lost := held.keys() - wanted:
        table.objects.filter(pk__in=[held[pair] for pair in lost]).delete()
    if new := wanted - held.keys():
        granted = Permission.objects.get(codename=codename, content_type__app_label=app)
        table.objects.bulk_create(
            [
                table(permission=granted, content_object_id=target, user_id=user)
                for target, user in sorted(new)
            ],
            batch_size=1000,
            ignore_conflicts=True,
        )


def add_object_holders(permission: str, pairs: Iterable[tuple[Any, User]]) -> None:
    """Let each person hold ``permission`` on the object beside them, in one statement.

    The objects are of one model. What is held already stays.
    """
    wanted = list(pairs)
    if not wanted:
        return
    app_label, _dot, codename = permission.partition(".")
    held = Permission.objects.get(content_type__app_label=app_label, codename=codename)
    grants: Any = wanted[0][0].user_grants.model
    grants.objects.bulk_create(
        [
            grants(permission=held, user=user, content_object_id=target.pk)
            for target, user in wanted
        ],
        batch_size=1000,
        ignore_conflicts=True,
    )


@transaction.atomic
def change_profile(user: User, *, by: User, **changes: str) -> User:
    """Change the person's own name, language or colours; nothing happens when nothing differs."""
    if by.pk != user.pk:
        raise Forbidden(_("You can change only your own profile."))
    if unknown := changes.keys() - {"name", "language", "colour_scheme"}:
        raise ValueError(f"{sorted(unknown)} are not part of the profile")
    # The instance may have been through a form, so what is stored is asked for.
    stored = User.objects.select_for_update().get(pk=user.pk)
    before = {
        name: getattr(stored, name) for name in changes if getattr(stored, name) != changes[name]
    }
    changes = {name: changes[name] for name in before}
    if not changes:
        return user
    for name, value in changes.items():
        setattr(user, name, value)
    user.full_clean(exclude=["password"])
    user.save(update_fields=list(changes))
    audit.record(
        "tenants.profile.changed",
        by=by,
        # Others see the name; language and colours are nobody else's business.
        organisation=by.access.home_id if "name" in changes else None,
        target=user,
        before=before,
        after=changes,
    )
    return user


def start_job(
    *,
    organisation: Organisation,
    by: User,
    kind: str,
    label: str,
    total: int = 0,
    url: str = "",
) -> Job:
    """Return a new job for the page «Jobs»; the caller's task moves it on."""
    return Job.objects.create(
        organisation=organisation,
        started_by=by,
        kind=kind,
        label=label,
        total=total,
        url=url,
    )


def note_progress(job: Job, *, done: int, total: int | None = None) -> None:
    """Write how far a running job has come. Call it outside the job's own transaction."""
    Job.objects.in_organisation(job.organisation_id).filter(pk=job.pk).update(
        state=Job.State.RUNNING,
        done=done,
        heartbeat_at=timezone.now(),
        **({} if total is None else {"total": total}),
    )


def finish_job(job: Job, *, failure: str = "") -> None:
    """Write that a job has ended, with the reason when it failed."""
    job.state = Job.State.FAILED if failure else Job.State.DONE
    job.failure = failure
    job.finished_at = job.heartbeat_at = timezone.now()
    if not failure:
        job.done = job.total
    job.save(update_fields=["state", "failure", "finished_at", "heartbeat_at", "done"])
