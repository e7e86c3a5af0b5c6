"""Writes to organisations."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from tenants import audit
from tenants.access import require_operator
from tenants.actions.resellers import remember_first_reseller
from tenants.actions.roles import ROLES_OF_KIND, sync_role_grants
from tenants.actions.staff import end_staff_sessions_in
from tenants.models import Organisation, RoleGroup, User


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
    if by is not None:
        require_operator(by)
    registered = audit.happened_at.get() or timezone.now()
    organisation = Organisation(
        name=name,
        organisation_number=organisation_number,
        kind=kind,
        parent=parent,
        reseller=reseller,
        slug=slug or _free_slug(name),
        created_at=registered,
    )
    organisation.full_clean()
    organisation.save()
    for role in ROLES_OF_KIND[Organisation.Kind(kind)]:
        group = Group.objects.create(name=f"organisation {organisation.pk}: {role}")
        RoleGroup.objects.create(organisation=organisation, role=role, group=group)
    sync_role_grants(organisation)
    remember_first_reseller(organisation, timezone.localdate(registered))
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


@transaction.atomic
def change_organisation(
    organisation: Organisation, *, by: User, name: str, parent: Organisation | None
) -> Organisation:
    """Change name and parent organisation; nothing happens when nothing differs."""
    organisation = _locked_by_operator(organisation, by)
    before = audit.snapshot(organisation, ("name", "parent"))
    organisation.name = name
    organisation.parent = parent
    if parent is not None and organisation.sub_units.exists():
        raise ValidationError({"parent": _("An organisation with sub-units cannot be one itself.")})
    organisation.full_clean()
    after = audit.snapshot(organisation, ("name", "parent"))
    if before == after:
        return organisation
    organisation.save(update_fields=["name", "parent"])
    audit.record(
        "tenants.organisation.changed",
        by=by,
        organisation=organisation,
        target=organisation,
        before=before,
        after=after,
    )
    return organisation


@transaction.atomic
def deactivate_organisation(organisation: Organisation, *, by: User, reason: str) -> Organisation:
    """Take the organisation out of use: from the next request on nobody reaches it."""
    organisation = _locked_by_operator(organisation, by)
    if organisation.kind == Organisation.Kind.PROVIDER:
        raise ValidationError(_("The provider’s own organisation stays in use."))
    if not organisation.is_active:
        return organisation
    organisation.is_active = False
    organisation.save(update_fields=["is_active"])
    end_staff_sessions_in(organisation, by=by)
    audit.record(
        "tenants.organisation.deactivated",
        by=by,
        organisation=organisation,
        target=organisation,
        after={"reason": reason},
    )
    return organisation


@transaction.atomic
def reactivate_organisation(organisation: Organisation, *, by: User, reason: str) -> Organisation:
    """Take the organisation into use again; everybody has the rights they had before."""
    organisation = _locked_by_operator(organisation, by)
    if organisation.is_active:
        return organisation
    organisation.is_active = True
    organisation.save(update_fields=["is_active"])
    audit.record(
        "tenants.organisation.reactivated",
        by=by,
        organisation=organisation,
        target=organisation,
        after={"reason": reason},
    )
    return organisation


def _locked_by_operator(organisation: Organisation, by: User) -> Organisation:
    require_operator(by)
    mine = Organisation.objects.in_organisation(organisation)
    return mine.select_for_update(of=("self",)).select_related("parent", "reseller").get()


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
