"""The audit log as a table, and what narrows it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from html import escape
from typing import Any, cast

import django_filters
from django.utils.safestring import SafeString
from django.utils.timezone import make_aware
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from tenants import log
from tenants.audit_texts import Line, lines
from tenants.models import AuditEntry, User
from tenants.querysets import AuditEntryQuerySet
from videoportal.kit.filters import Search, WordsFilter, words_input
from videoportal.kit.formats import moment
from videoportal.kit.forms import DateField
from videoportal.kit.tables import BaseTable, Column

WAYS = (
    ("reseller", _("The reseller, on behalf of the client")),
    ("staff", _("The provider, with support access")),
    ("portal", _("The portal by itself")),
)


def line_cell(line: Line) -> SafeString:
    """Return an entry as a table cell: the sentence, and what changed under it."""
    changes = [f'<br><span class="diff">{escape(change)}</span>' for change in line.changes]
    return SafeString("".join([line.text, *changes]))


class LogTable(BaseTable):
    """Entries, newest first; ``viewer`` is called «you».

    ``organisations`` shows whose each entry is, where a page tells of several. ``own`` is for
    one's own trail: who had a room before is not told.
    """

    at = Column(_("When"), nowrap=True, hide="narrow")
    what = Column(_("What happened"), accessor="action")
    organisation = Column(
        _("Organisation"), cell=lambda entry: str(entry.organisation or "–"), hide="narrow"
    )

    counted = ngettext_lazy("%(count)s event", "%(count)s events", "count")
    paged = _("Page through the change log")
    empty_title = _("Nothing has happened yet")
    empty_help = _("Every change, export and sign-in comes here, with who did it and when.")
    unmatched_title = _("No events match the search")
    caption_id = "log-caption"

    def __init__(
        self,
        data: Any,
        *,
        viewer: User,
        organisations: bool = False,
        own: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(data, exclude=() if organisations else ("organisation",), **options)

        def what(entry: AuditEntry) -> SafeString:
            shown = log.for_holder(entry, viewer) if own else entry
            return line_cell(lines([shown], viewer)[0])

        at = cache(moment)
        self.columns["at"].column.cell = lambda entry: at(entry.at)
        self.columns["what"].column.cell = what
        self.columns["what"].column.narrow = lambda entry: (at(entry.at),)


class DayFilter(django_filters.DateFilter):
    """A date as people write it."""

    field_class = DateField


class LogSearch(Search):
    """Words, kind, period, and whether somebody from outside did it."""

    searched_in = _("who did it and what it was done to")

    q = WordsFilter(
        method="by_words",
        help_text=_("Name of a person, a room or something else that was changed"),
    )
    who = django_filters.CharFilter(
        label=_("Who"),
        field_name="actor_label",
        lookup_expr="icontains",
        max_length=100,
        widget=words_input(),
    )
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), method="by_kind", choices=log.kinds, empty_label=_("All")
    )
    way = django_filters.ChoiceFilter(
        label=_("Done by"), method="by_way", choices=WAYS, empty_label=_("All")
    )
    since = DayFilter(label=_("From and including"), method="by_start")
    until = DayFilter(label=_("Until and including"), method="by_end")

    def narrow(self, queryset: Any) -> Any:
        return cast("AuditEntryQuerySet", super().narrow(queryset)).newest_first()

    def by_words(self, entries: AuditEntryQuerySet, name: str, words: str) -> AuditEntryQuerySet:
        return entries.with_words(words)

    def by_kind(self, entries: AuditEntryQuerySet, name: str, kind: str) -> AuditEntryQuerySet:
        return entries.filter(action__in=log.slugs_of(kind))

    def by_way(self, entries: AuditEntryQuerySet, name: str, way: str) -> AuditEntryQuerySet:
        return entries.done_by_others(way)

    # As moments: a date taken of the column would pass its index by.
    def by_start(self, entries: AuditEntryQuerySet, name: str, day: date) -> AuditEntryQuerySet:
        return entries.filter(at__gte=make_aware(datetime.combine(day, time.min)))

    def by_end(self, entries: AuditEntryQuerySet, name: str, day: date) -> AuditEntryQuerySet:
        if day >= date.max:
            return entries
        after = datetime.combine(day + timedelta(days=1), time.min)
        return entries.filter(at__lt=make_aware(after))

    @property
    def looks_for_words(self) -> bool:
        """Whether every entry's text has to be read to find those that match."""
        return bool(self._understood.get("q") or self._understood.get("who"))

    def in_words(self) -> dict[str, str]:
        """Return what narrows the log, by name, as the entry about an export keeps it."""
        return {name: str(value) for name, value in self._understood.items() if value}
