"""What has happened to one room, read from the audit log."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from rooms.models import Room
from tenants.audit_texts import lines
from tenants.models import AuditEntry, User
from tenants.querysets import AuditEntryQuerySet
from videoportal.kit.formats import moment
from videoportal.kit.tables import BaseTable, Column

SHOWN = 5


def entries_of(room: Room) -> AuditEntryQuerySet:
    """Return the room's entries, newest first."""
    entries: AuditEntryQuerySet = AuditEntry.objects.in_organisation(room.organisation_id)
    return entries.about(room)


def changes_since(room: Room, version: int) -> list[AuditEntry]:
    """Return what has changed the room after that version, newest first.

    Every new version has one entry, so that many are read.
    """
    return list(entries_of(room).that_changed().newest(max(0, room.version - version)))


class HistoryTable(BaseTable):
    """Everything that has happened to a room, newest first; ``viewer`` is called «you»."""

    at = Column(_("When"), cell=lambda entry: moment(entry.at), nowrap=True)
    what = Column(_("What happened"), accessor="action")

    counted = ngettext_lazy("%(count)s event", "%(count)s events", "count")
    paged = _("Page through the history")
    empty_title = _("Nothing has happened yet")
    caption_id = "history-caption"

    def __init__(self, data: Any, *, viewer: User, **options: Any) -> None:
        super().__init__(data, **options)

        def what(entry: AuditEntry) -> SafeString:
            line = lines([entry], viewer, here=True)[0]
            changes = format_html_join("", '<br><span class="diff">{}</span>', zip(line.changes))
            return format_html("{}{}", line.text, changes)

        self.columns["what"].column.cell = what
