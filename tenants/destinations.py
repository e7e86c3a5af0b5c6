"""Where a person starts: each first page that their rights give them."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from tenants.models import Organisation, User
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
        found.append(
            Destination(
                _("Operation"), _("Number ranges, catalogue and prices"), reverse("rooms:operation")
            )
        )
    own = access.own_organisation_ids
    resellers = access.organisation_ids("administer_clients") & own
    administered = access.organisation_ids("view_rooms") & own
    for organisation in Organisation.objects.in_organisations(resellers | administered).by_name():
        number = orgno(organisation.organisation_number)
        if organisation.pk in resellers:
            role, view = Role.RESELLER.label, "rooms:clients"
        else:
            role, view = Role.CUSTOMER_ADMIN.label, "rooms:overview"
        found.append(
            Destination(
                organisation.name,
                _("%(role)s, org. no. %(number)s") % {"role": role, "number": number},
                reverse(view, args=[organisation.slug]),
            )
        )
    return found
