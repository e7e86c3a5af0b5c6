"""A whole sheet as drafts of rooms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from rooms.imports.faults import Unreadable
from rooms.imports.reading import MAX_ROWS as MOST_ROWS
from rooms.imports.reading import Sheet, too_many_rows_message
from rooms.imports.rows.cells import Row
from rooms.imports.rows.columns import OWN_FIELDS, PEXIP_FIELDS, columns_of
from rooms.imports.rows.drafts import Table
from rooms.imports.rows.own import own_reader
from rooms.imports.rows.pexip import read_pexip

if TYPE_CHECKING:
    from rooms.models import RoomType


def read_table(sheet: Sheet, room_types: Iterable[RoomType]) -> Table:
    """Return a draft per row with the faults of its cells. Raises :class:`Unreadable`."""
    dialect, names, header_row = columns_of(sheet)
    rows = sheet.rows[1:] if header_row else sheet.rows
    if not rows:
        raise Unreadable("header_only", _("The file has column names, but no rooms under them."))
    if len(rows) > MOST_ROWS:
        raise Unreadable("too_many_rows", too_many_rows_message())
    read = read_pexip if dialect == "pexip" else own_reader(list(room_types))
    drafts = []
    for row, cells in rows:
        reader = Row(row, names, cells, as_own=dialect == "own")
        if reader.has_right_width(sheet.kind):
            read(reader)
        drafts.append(reader.draft)
    fields = PEXIP_FIELDS if dialect == "pexip" else OWN_FIELDS
    return Table(dialect, drafts, fields, tuple(names), header_row)
