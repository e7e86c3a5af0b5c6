"""Writes to organisations."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from tenants import audit
from tenants.access import Forbidden
from tenants.actions.roles import ROLES_OF_KIND, sync_role_grants
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
