"""The provider's lists of organisations and resellers."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy

from tenants.models import Organisation, RoleGroup
from videoportal.kit.formats import number, orgno
from videoportal.kit.tables import BaseTable, Column, NameColumn
from videoportal.kit.templatetags.kit import status


def organisation_status(organisation: Organisation) -> SafeString:
    """Return shape and word of whether the organisation is in use."""
    if organisation.is_active:
        return status("ready", _("In use"))
    return status("closed", _("Not in use"))


def _page(organisation: Organisation) -> str:
    return reverse("tenants:organisation_detail", args=[organisation.slug])


class OrganisationTable(BaseTable):
    """Organisations with who serves them and how many people they have."""

    name = NameColumn(
        _("Organisation"),
        url=_page,
        order_by="name_order",
        narrow=lambda o: [orgno(o.organisation_number), o.get_kind_display()],
    )
    organisation_number = Column(
        _("Org. no."),
        cell=lambda o: orgno(o.organisation_number),
        order_by="organisation_number",
        sorted_as=_("organisation number"),
        hide="narrow",
        nowrap=True,
    )
    kind = Column(_("Kind"), cell=lambda o: o.get_kind_display(), hide="narrow")
    reseller = Column(_("Reseller"), hide="narrow")
    members = Column(_("Members"), numeric=True, hide="phone", empty_values=())
    is_active = Column(_("Status"), cell=organisation_status, nowrap=True)

    counted = ngettext_lazy("%(count)s organisation", "%(count)s organisations", "count")
    paged = _("Page through the organisations")
    empty_title = _("There are no organisations")
    unmatched_title = _("No organisations match the search")

    class Meta(BaseTable.Meta):
        order_by = "name"

    def __init__(self, data: Any, **options: Any) -> None:
        super().__init__(data, **options)
        self.columns["members"].column.cell = lambda o: self.member_counts.get(o.pk, 0)

    @cached_property
    def member_counts(self) -> dict[int, int]:
        """Number of people by id of the organisations on this page. One query."""
        shown = [organisation.pk for organisation in self.records]
        return RoleGroup.objects.member_counts_of(shown) if shown else {}


class ResellerTable(BaseTable):
    """Resellers with the number of their clients."""

    name = NameColumn(
        _("Reseller"),
        url=_page,
        order_by="name_order",
        narrow=lambda o: [
            orgno(o.organisation_number),
            ngettext("%(count)s client", "%(count)s clients", o.clients_count)
            % {"count": number(o.clients_count)},
        ],
    )
    organisation_number = Column(
        _("Org. no."),
        cell=lambda o: orgno(o.organisation_number),
        order_by="organisation_number",
        sorted_as=_("organisation number"),
        hide="narrow",
        nowrap=True,
    )
    clients_count = Column(
        _("Clients"), numeric=True, order_by=("clients_count", "name_order"), hide="narrow"
    )
    is_active = Column(_("Status"), cell=organisation_status, nowrap=True)

    counted = ngettext_lazy("%(count)s reseller", "%(count)s resellers", "count")
    paged = _("Page through the resellers")
    empty_title = _("There are no resellers")
    unmatched_title = _("No resellers match the search")

    class Meta(BaseTable.Meta):
        order_by = "name"
