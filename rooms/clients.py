"""A reseller's clients with what each has: rows, search and table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import django_filters
from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from rooms.models import Room, RoomSubscription
from rooms.querysets import RoomFigures
from tenants import audit
from tenants.access import require
from tenants.models import Organisation, RoleGroup, User
from tenants.querysets import OrganisationQuerySet
from videoportal.kit.filters import Search
from videoportal.kit.formats import money, number, orgno
from videoportal.kit.tables import ActionColumn, BaseTable, Column, NameColumn
from videoportal.kit.templatetags.kit import status


@dataclass(frozen=True)
class ClientRow:
    """One client with its numbers; ``position`` is its place in Norwegian order of name."""

    position: int
    name: str
    slug: str
    organisation_number: str
    rooms: int
    members: int
    to_do: int
    cost: Decimal


def client_rows(clients: OrganisationQuerySet, *, now: datetime) -> list[ClientRow]:
    """Return the clients by name, each with its numbers.

    Four queries however many clients: the clients, and three that count over all of them.
    """
    found = list(clients.by_name().values_list("pk", "name", "slug", "organisation_number"))
    ids = [pk for pk, *_rest in found]
    figures = Room.objects.in_organisations(ids).figures(now=now)
    members = RoleGroup.objects.in_organisations(ids).member_counts()
    costs = RoomSubscription.objects.in_organisations(ids).monthly_costs(timezone.localdate(now))
    rows = []
    for position, (pk, name, slug, organisation_number) in enumerate(found):
        counted = figures.get(pk, RoomFigures())
        rows.append(
            ClientRow(
                position=position,
                name=name,
                slug=slug,
                organisation_number=organisation_number,
                rooms=counted.rooms,
                members=members.get(pk, 0),
                to_do=counted.to_do,
                cost=costs.get(pk, Decimal(0)),
            )
        )
    return rows


def totals(rows: Iterable[ClientRow]) -> list[str]:
    """Return the line under the heading: clients, rooms and cost a month over these rows."""
    rows = list(rows)
    rooms = sum(row.rooms for row in rows)
    return [
        ngettext("%(count)s client", "%(count)s clients", len(rows)) % {"count": number(len(rows))},
        ngettext("%(count)s meeting room", "%(count)s meeting rooms", rooms)
        % {"count": number(rooms)},
        gettext("%(amount)s a month today, excl. VAT")
        % {"amount": money(sum((row.cost for row in rows), Decimal(0)))},
    ]


class ClientSearch(Search):
    """Part of the name, or digits of the organisation number; all clients or those with tasks."""

    searched_in = _("name and organisation number")

    q = django_filters.CharFilter(
        label=_("Name or organisation number"),
        method="by_words",
        max_length=150,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    show = django_filters.ChoiceFilter(
        label=_("Show"),
        method="by_tasks",
        choices=(("todo", _("Needs action")),),
        empty_label=_("All clients"),
    )

    def by_words(
        self, clients: OrganisationQuerySet, name: str, value: str
    ) -> OrganisationQuerySet:
        return clients.matching(value)

    def by_tasks(
        self, clients: OrganisationQuerySet, name: str, value: str
    ) -> OrganisationQuerySet:
        # Decided by :meth:`rows`, when the numbers are known.
        return clients

    def rows(self, clients: OrganisationQuerySet, *, now: datetime) -> list[ClientRow]:
        """Return the clients that match, with their numbers."""
        rows = client_rows(cast("OrganisationQuerySet", self.narrow(clients)), now=now)
        if self._understood().get("show") == "todo":
            return [row for row in rows if row.to_do]
        return rows


def _rooms_link(row: ClientRow) -> SafeString:
    label = ngettext(
        "%(count)s meeting room in %(client)s", "%(count)s meeting rooms in %(client)s", row.rooms
    )
    return format_html(
        '<a class="ds-link" href="{}" aria-label="{}">{}</a>',
        reverse("rooms:list", args=[row.slug]),
        label % {"count": number(row.rooms), "client": row.name},
        number(row.rooms),
    )


def _to_do(row: ClientRow) -> Any:
    return status("attention", number(row.to_do)) if row.to_do else "0"


def _members(row: ClientRow) -> str:
    return ngettext("%(count)s member", "%(count)s members", row.members) % {
        "count": number(row.members)
    }


def _to_do_words(row: ClientRow) -> str:
    if not row.to_do:
        return ""
    return ngettext("%(count)s thing to do", "%(count)s things to do", row.to_do) % {
        "count": number(row.to_do)
    }


def _choose(row: ClientRow) -> SafeString:
    return format_html(
        '<a class="ds-button ds-button--small" data-variant="tertiary" href="{}" aria-label="{}">'
        "{}</a>",
        reverse("rooms:overview", args=[row.slug]),
        gettext("Choose %(name)s") % {"name": row.name},
        gettext("Choose"),
    )


class ClientTable(BaseTable):
    """Clients with their numbers; every column sorts both ways."""

    name = NameColumn(
        _("Organisation"),
        order_by=("position",),
        sorted_as=_("name"),
        url=lambda row: reverse("rooms:overview", args=[row.slug]),
        narrow=lambda row: [orgno(row.organisation_number), _members(row), _to_do_words(row)],
    )
    organisation_number = Column(
        _("Org. no."),
        cell=lambda row: orgno(row.organisation_number),
        order_by=("organisation_number",),
        nowrap=True,
        hide="narrow",
    )
    rooms = Column(_("Meeting rooms"), cell=_rooms_link, order_by=("rooms",), numeric=True)
    members = Column(_("Members"), order_by=("members",), numeric=True, hide="narrow")
    to_do = Column(_("To do"), cell=_to_do, order_by=("to_do",), numeric=True, hide="phone")
    cost = Column(
        _("NOK a month"),
        order_by=("cost",),
        # The sheets know text, whole numbers and dates: kroner as text with a decimal comma.
        value=lambda row: f"{row.cost:.2f}".replace(".", ","),
        numeric=True,
        hide="phone",
    )
    choose = ActionColumn(cell=_choose)

    counted = ngettext_lazy("%(count)s client", "%(count)s clients", "count")
    paged = _("Page through the clients")
    empty_title = _("You have no clients yet")
    empty_help = _("The service provider registers your clients. They appear here at once.")
    empty_icon = "people"
    unmatched_title = _("No client fits")

    class Meta(BaseTable.Meta):
        order_by = ("name",)


def note_clients_exported(organisation: Organisation, *, by: User, fmt: str) -> None:
    """Log that the list of clients left the portal as a file."""
    require(by, "administer_clients", organisation)
    audit.record("rooms.clients.exported", by=by, organisation=organisation, after={"format": fmt})
