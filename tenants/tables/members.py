"""The list of members: search and table."""

from __future__ import annotations

from typing import Any

import django_filters
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from tenants import belongings
from tenants.members import ACTIVE, CLOSED, CLOSING, EXPIRED, INVITED, SHAPES, MemberRow
from tenants.models import Organisation
from tenants.roles import Role
from videoportal.kit.filters import Search, WordsFilter
from videoportal.kit.formats import email_break, short_date
from videoportal.kit.tables import ActionColumn, BaseTable, Column, NameColumn
from videoportal.kit.templatetags.kit import status

# What the filter calls each group of statuses.
STATUSES = {
    "active": (_("Active"), (ACTIVE, CLOSING)),
    "invited": (_("Invited"), (INVITED, EXPIRED)),
    "inactive": (_("Closed, or closes soon"), (CLOSED, CLOSING)),
}


class MemberSearch(Search):
    """Part of name or address, access level and status."""

    searched_in = _("name and e-mail address")

    q = WordsFilter(label=_("Name or e-mail address"), method="kept", max_length=150)
    level = django_filters.ChoiceFilter(
        label=_("Access level"), method="kept", empty_label=_("All")
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"),
        method="kept",
        choices=[(key, label) for key, (label, _statuses) in STATUSES.items()],
        empty_label=_("All"),
    )

    def __init__(self, data: Any, *, levels: list[Role], **options: Any) -> None:
        self.levels = levels
        super().__init__(data, **options)

    def prepare(self) -> None:
        self.filters["level"].extra["choices"] = [(role.value, role.label) for role in self.levels]

    def kept(self, rows: Any, name: str, value: str) -> Any:
        # The rows are no queryset: :meth:`rows` narrows them.
        return rows

    def rows(self, rows: list[MemberRow]) -> list[MemberRow]:
        """Return the rows that match everything that was understood."""
        wanted = self._understood
        words = str(wanted.get("q") or "").casefold().split()
        _label, statuses = STATUSES.get(wanted.get("status") or "", ("", tuple(SHAPES)))
        return [
            row
            for row in rows
            if (not wanted.get("level") or row.role == wanted["level"])
            and row.status in statuses
            and all(word in f"{row.name} {row.email}".casefold() for word in words)
        ]


class MemberTable(BaseTable):
    """Members and invited people of one organisation."""

    name = NameColumn(
        _("Name"),
        cell=lambda row: row.name or row.email,
        sub=lambda row: email_break(row.email) if row.name else "",
        value=lambda row: row.name,
        order_by=("order",),
    )
    email = Column(_("E-mail address"), visible=False)
    level = Column(_("Access level"), order_by=("level_rank", "order"), hide="phone")
    owned = Column(
        _("Owns"),
        cell=lambda row: row.owned_words,
        value=lambda row: row.owned_words,
        order_by=("owned_rank", "order"),
        numeric=True,
        hide="phone",
    )
    last_login = Column(
        _("Last signed in"),
        cell=lambda row: short_date(row.last_login),
        value=lambda row: short_date(row.last_login),
        order_by=("last_login_rank", "order"),
        numeric=True,
        hide="narrow",
    )
    status = Column(
        _("Status"),
        cell=lambda row: status(SHAPES[row.status], row.status_words),
        value=lambda row: row.status_words,
        order_by=("status_rank", "order"),
    )
    # The name leads to the same page, so that nothing is out of reach on a phone.
    change = ActionColumn(cell=str, hide="phone")

    counted = ngettext_lazy("%(count)s person", "%(count)s people", "count")
    paged = _("Page through the members")
    empty_icon = "people"
    empty_title = _("No members yet")
    empty_help = _("Invite the people who will use the portal.")
    unmatched_title = _("No members match the search")

    class Meta(BaseTable.Meta):
        order_by = ("name",)

    def __init__(self, rows: Any, *, organisation: Organisation, **options: Any) -> None:
        super().__init__(rows, **options)
        self._link(organisation)

    def _link(self, organisation: Organisation) -> None:
        columns: dict[str, Any] = {item.name: item.column for item in self.columns.iterall()}
        kinds = belongings.kinds()

        def url(row: MemberRow) -> str:
            view = "tenants:member_detail" if row.user_id else "tenants:invitation_detail"
            return reverse(view, args=[organisation.slug, row.public_id])

        def narrow(row: MemberRow) -> list[Any]:
            parts: list[Any] = [row.level]
            if row.user_id is not None:
                parts += [
                    belongings.in_words(row.owned or ()),
                    gettext("last signed in %(date)s") % {"date": short_date(row.last_login)}
                    if row.last_login
                    else gettext("never signed in"),
                ]
            return parts

        def change(row: MemberRow) -> SafeString:
            return format_html(
                '<a class="ds-button ds-button--small" data-variant="tertiary" href="{}"'
                ' aria-label="{}">{}</a>',
                _change_url(organisation, row, url(row)),
                gettext("Change the access of %(name)s") % {"name": row.name or row.email},
                gettext("Change"),
            )

        columns["name"].url = url
        columns["name"].narrow = narrow
        columns["change"].cell = change
        if len(kinds) == 1:
            columns["owned"].verbose_name = kinds[0].label


def _change_url(organisation: Organisation, row: MemberRow, otherwise: str) -> str:
    if row.user_id is None:
        return otherwise
    return reverse("tenants:member_level", args=[organisation.slug, row.public_id])
