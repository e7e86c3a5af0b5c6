"""A reseller's clients with what each has: rows, search and table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import cache
from html import escape
from typing import Any, NamedTuple, cast

import django_filters
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from rooms.models import Room, RoomSubscription
from tenants.models import RoleGroup
from tenants.querysets import OrganisationQuerySet
from videoportal.kit import addresses
from videoportal.kit.filters import Search, WordsFilter
from videoportal.kit.formats import money, number, orgno
from videoportal.kit.sorting import norwegian_key
from videoportal.kit.tables import ActionColumn, BaseTable, Column, NameColumn
from videoportal.kit.templatetags.kit import status

_NOTHING = Decimal(0)


class ClientRow(NamedTuple):
    """One client with its numbers.

    ``position`` is its place in Norwegian order of name; ``members`` are counted by
    :func:`with_members`.
    """

    pk: int
    position: int
    name: str
    slug: str
    organisation_number: str
    rooms: int
    to_do: int
    cost: Decimal
    members: int | None = None


def client_rows(clients: OrganisationQuerySet, *, now: datetime) -> list[ClientRow]:
    """Return the clients by name, each with its numbers but that of its members.

    Three queries however many clients: the clients, and two that count over all of them.
    """
    found = list(clients.order_by().values_list("pk", "name", "slug", "organisation_number"))
    # All of them are here, and the database takes three times as long to make the keys.
    found.sort(key=lambda row: (norwegian_key(row[1]), row[0]))
    ids = [pk for pk, *_rest in found]
    counted = Room.objects.totals_of(ids, now=now)
    costs = RoomSubscription.objects.monthly_costs_of(ids, timezone.localdate(now))
    rows = []
    for position, (pk, name, slug, organisation_number) in enumerate(found):
        rooms, to_do = counted.get(pk, (0, 0))
        cost = costs.get(pk, _NOTHING)
        rows.append(ClientRow(pk, position, name, slug, organisation_number, rooms, to_do, cost))
    return rows


def with_members(rows: Iterable[ClientRow]) -> list[ClientRow]:
    """Return the rows with their members counted, in one query if any is not.

    People cost more to count than rooms, so a list counts those of the rows that it shows.
    """
    rows = list(rows)
    unknown = [row.pk for row in rows if row.members is None]
    counts = RoleGroup.objects.member_counts_of(unknown) if unknown else {}
    return [
        row._replace(members=counts.get(row.pk, 0)) if row.members is None else row for row in rows
    ]


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

    q = WordsFilter(label=_("Name or organisation number"), max_length=150)
    show = django_filters.ChoiceFilter(
        label=_("Show"),
        method="by_tasks",
        choices=(("todo", _("Needs action")),),
        empty_label=_("All clients"),
    )

    def by_tasks(
        self, clients: OrganisationQuerySet, name: str, value: str
    ) -> OrganisationQuerySet:
        # Decided by :meth:`rows`, when the numbers are known.
        return clients

    def rows(self, clients: OrganisationQuerySet, *, now: datetime) -> list[ClientRow]:
        """Return the clients that match, with their numbers."""
        rows = client_rows(cast("OrganisationQuerySet", self.narrow(clients)), now=now)
        if self._understood.get("show") == "todo":
            return [row for row in rows if row.to_do]
        return rows


def _member_words(members: int) -> str:
    return ngettext("%(count)s member", "%(count)s members", members) % {"count": number(members)}


def _to_do_words(to_do: int) -> str:
    if not to_do:
        return ""
    return ngettext("%(count)s thing to do", "%(count)s things to do", to_do) % {
        "count": number(to_do)
    }


def _to_do_mark(to_do: int) -> str:
    return status("attention", number(to_do)) if to_do else "0"


class ClientTable(BaseTable):
    """Clients with their numbers; every column sorts both ways."""

    name = NameColumn(
        _("Organisation"),
        order_by=("position",),
        sorted_as=_("name"),
    )
    organisation_number = Column(
        _("Org. no."),
        cell=lambda row: orgno(row.organisation_number),
        order_by=("organisation_number",),
        nowrap=True,
        hide="narrow",
    )
    rooms = Column(_("Meeting rooms"), order_by=("rooms",), numeric=True)
    members = Column(_("Members"), order_by=("members",), numeric=True, hide="narrow")
    to_do = Column(_("To do"), order_by=("to_do",), numeric=True, hide="phone")
    cost = Column(
        _("NOK per month"),
        order_by=("cost",),
        # The sheets know text, whole numbers and dates: kroner as text with a decimal comma.
        value=lambda row: f"{row.cost:.2f}".replace(".", ","),
        numeric=True,
        hide="phone",
    )
    choose = ActionColumn(hide="phone")  # the name leads to the same page

    counted = ngettext_lazy("%(count)s client", "%(count)s clients", "count")
    paged = _("Page through the clients")
    empty_title = _("You have no clients yet")
    empty_help = _("The service provider registers your clients. They appear here at once.")
    empty_icon = "people"
    unmatched_title = _("No clients match")

    class Meta(BaseTable.Meta):
        order_by = ("name",)

    def __init__(self, rows: list[ClientRow], **options: Any) -> None:
        super().__init__(rows, **options)
        self._link()

    def order_as(self, wanted: str) -> None:
        if wanted.lstrip("-") == "members":
            self.data.data = with_members(self.data.data)
        super().order_as(wanted)

    @cached_property
    def records(self) -> list[ClientRow]:
        return with_members(super().records)

    def _link(self) -> None:
        """Give the columns their addresses and words, each made once for all rows."""
        rooms, overview = addresses.by_slug("rooms:list"), addresses.by_slug("rooms:overview")
        choose, choose_one = escape(gettext("Choose")), gettext("Choose %(name)s")
        members, to_do, mark = cache(_member_words), cache(_to_do_words), cache(_to_do_mark)

        @cache
        def label_of(count: int) -> str:
            return ngettext(
                "%(count)s meeting room in %(client)s",
                "%(count)s meeting rooms in %(client)s",
                count,
            )

        def rooms_link(row: ClientRow) -> SafeString:
            count = number(row.rooms)
            label = escape(label_of(row.rooms) % {"count": count, "client": row.name})
            return SafeString(
                f'<a class="ds-link" href="{rooms(row.slug)}" aria-label="{label}">{count}</a>'
            )

        def button(row: ClientRow) -> SafeString:
            label = escape(choose_one % {"name": row.name})
            return SafeString(
                '<a class="ds-button ds-button--small" data-variant="tertiary"'
                f' href="{overview(row.slug)}" aria-label="{label}">{choose}</a>'
            )

        columns: dict[str, Any] = {item.name: item.column for item in self.columns.iterall()}
        columns["name"].url = lambda row: overview(row.slug)
        columns["rooms"].cell = rooms_link
        columns["name"].narrow = lambda row: (
            orgno(row.organisation_number),
            members(row.members or 0),
            to_do(row.to_do),
        )
        columns["to_do"].cell = lambda row: mark(row.to_do)
        columns["choose"].cell = button
