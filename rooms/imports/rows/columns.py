"""Which format a file is in, and which of its columns stands for which field of a room."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms import columns
from rooms.imports.faults import Unreadable
from rooms.imports.reading import Cell, CellError, Formula, Sheet

PEXIP_COLUMNS = (
    "name",
    "description",
    "pin",
    "allow_guests",
    "guest_pin",
    "alias_alias",
    "alias_description",
    "tag",
    "max_callrate_in",
    "max_callrate_out",
    "call_type",
    "host_view",
    "enable_overlay_text",
    "ivr_theme_name",
    "participant_limit",
    "primary_owner_email_address",
)
OLD_PEXIP_COLUMNS = PEXIP_COLUMNS[:7]
# Fields of Room by the column that each stands in.
PEXIP_FIELDS = {
    "name": "name",
    "description": "description",
    "host_pin": "pin",
    "guests_allowed": "allow_guests",
    "guest_pin": "guest_pin",
    "number": "alias_alias",
    "layout": "host_view",
    "show_names": "enable_overlay_text",
    "theme": "ivr_theme_name",
    "participant_limit": "participant_limit",
    "owner_email": "primary_owner_email_address",
    "product": "participant_limit",
    "autolock": "ivr_theme_name",
}
OWN_FIELDS = {column.key: column.key for column in columns.COLUMNS} | {
    "participant_limit": "capacity",
    "product": "room_type",
}


def columns_of(sheet: Sheet) -> tuple[str, list[str], int]:
    header_row, first = sheet.rows[0]
    texts = [plain(cell) for cell in first]
    pexip = [text.casefold() for text in texts]
    own = [columns.column_key(text) for text in texts]
    as_pexip = sum(text in PEXIP_COLUMNS for text in pexip)
    as_own = sum(key is not None for key in own)
    if as_pexip >= 2 and as_pexip > as_own:
        _require_columns(texts, [t if t in PEXIP_COLUMNS else None for t in pexip], PEXIP_COLUMNS)
        return "pexip", pexip, header_row
    if as_own >= 2 or "name" in own:
        known = tuple(column.key for column in columns.COLUMNS)
        _require_columns(texts, own, known)
        return "own", [key or "" for key in own], header_row
    for expected in (PEXIP_COLUMNS, OLD_PEXIP_COLUMNS):
        if len(first) == len(expected) and _looks_like_pexip(sheet):
            return "pexip", list(expected), 0
    raise Unreadable(
        "columns_unknown",
        _(
            "We do not recognise the columns of the file. It must be Pexip’s bulk export, or have "
            "the column names of a list exported from here."
        ),
    )


def _looks_like_pexip(sheet: Sheet) -> bool:
    """Tell whether column 4 of the first rows says true or false somewhere."""
    words = {plain(cells[3]).casefold() for _row, cells in sheet.rows[:50] if len(cells) > 3}
    return bool(words & {"true", "false", "sann", "usann"})


def _require_columns(texts: list[str], keys: list[str | None], known: tuple[str, ...]) -> None:
    unknown = [text for text, key in zip(texts, keys, strict=True) if key is None]
    if unknown:
        raise Unreadable(
            "column_unknown",
            ngettext(
                "We do not know this column: %(columns)s. Rename or delete it.",
                "We do not know these columns: %(columns)s. Rename or delete them.",
                len(unknown),
            )
            % {"columns": ", ".join(text[:60] for text in unknown[:5])},
        )
    twice = [key for key, times in Counter(keys).items() if times > 1 and key in known]
    if twice:
        raise Unreadable(
            "column_twice",
            _("The column %(column)s is there twice. Delete one of them.") % {"column": twice[0]},
        )
    if "name" not in keys:
        raise Unreadable(
            "column_missing",
            _("The file has no column for the name (%(column)s).") % {"column": "name"},
        )


def plain(cell: Cell) -> str:
    if isinstance(cell, Formula | CellError):
        return cell.text
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, dt.datetime):
        cell = cell.date()
    if isinstance(cell, bool):
        return str(cell).lower()
    return "" if cell is None else str(cell).strip()
