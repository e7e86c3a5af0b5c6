"""What has happened to one room, read from the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models.functions import Lower
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from rooms.models import Room
from tenants.audit_texts import Line, lines
from tenants.models import AuditEntry, User
from tenants.querysets import AuditEntryQuerySet
from tenants.tables.log import line_cell
from videoportal.kit.formats import moment
from videoportal.kit.tables import BaseTable, Column

SHOWN = 5


# What names the owner before; the holder of an own room is not told.
OWNER_FIELDS = ("owner_name", "owner_email")


def entries_of(room: Room, *, holder: User | None = None) -> AuditEntryQuerySet:
    """Return the room's entries, newest first.

    ``holder`` is whoever reads them only because the room is registered on their address:
    then from the day it became theirs. Who had it before, and did what, is the
    organisation's to know.
    """
    entries: AuditEntryQuerySet = AuditEntry.objects.in_organisation(room.organisation_id)
    entries = entries.about(room)
    if holder is None:
        return entries
    addresses = EmailAddress.objects.filter(user=holder, verified=True)
    return entries.since_others("owner_email", addresses.values_list(Lower("email")))


def history_lines(entries: Iterable[AuditEntry], viewer: User, *, own: bool = False) -> list[Line]:
    """Return the entries of a room in words for ``viewer``; with ``own``, no earlier owners."""
    shown = list(entries)
    if own:
        for entry in shown:
            entry.before = {
                name: value for name, value in entry.before.items() if name not in OWNER_FIELDS
            }
    return lines(shown, viewer, here=True)


def changes_since(room: Room, version: int) -> list[AuditEntry]:
    """Return what has changed the room after that version, newest first.

    Every new version has one entry, so that many are read.
    """
    return list(entries_of(room).that_changed().newest(max(0, room.version - version)))


class HistoryTable(BaseTable):
    """Everything that has happened to a room, newest first; ``viewer`` is called «you».

    ``own`` is for the holder of an own room, who is told of no earlier owner.
    """

    at = Column(_("When"), cell=lambda entry: moment(entry.at), nowrap=True, hide="narrow")
    what = Column(_("What happened"), accessor="action", narrow=lambda entry: [moment(entry.at)])

    counted = ngettext_lazy("%(count)s event", "%(count)s events", "count")
    paged = _("Page through the history")
    empty_title = _("Nothing has happened yet")
    caption_id = "history-caption"

    def __init__(self, data: Any, *, viewer: User, own: bool = False, **options: Any) -> None:
        super().__init__(data, **options)

        def what(entry: AuditEntry) -> SafeString:
            return line_cell(history_lines([entry], viewer, own=own)[0])

        self.columns["what"].column.cell = what
