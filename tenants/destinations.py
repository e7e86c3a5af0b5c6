"""Where a person starts: each first page that their rights give them."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from tenants.models import Organisation, User
from tenants.navigation import CLIENTS, first_part, operation_pages
from tenants.roles import Role
from videoportal.kit.formats import orgno


@dataclass(frozen=True)
class Destination:
    """A first page: its name, a line about it and its address."""

    label: str
    note: str
    url: str


def destinations_of(user: User) -> list[Destination]:
    """Return the person's first pages, operation first; none for somebody with own rooms only.

    One query at most.
    """
    access = user.access
    found = []
    if access.is_operator:
        found += [
            Destination(str(page.label), str(page.note), reverse(page.view))
            for page in operation_pages()[:1]
        ]
    own = access.own_organisation_ids
    led = {pk: part for pk in own if (part := first_part(access, pk)) is not None}
    for organisation in Organisation.objects.in_organisations(led).by_name():
        part = led[organisation.pk]
        role = Role.RESELLER if part.capability == CLIENTS else Role.CUSTOMER_ADMIN
        number = orgno(organisation.organisation_number)
        found.append(
            Destination(
                organisation.name,
                _("%(role)s, org. no. %(number)s") % {"role": role.label, "number": number},
                reverse(part.view, args=[organisation.slug]),
            )
        )
    return found
