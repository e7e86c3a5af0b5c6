"""The cells of one row, read one by one: what is understood, and what is wrong with each."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from rooms import columns, pins
from rooms.imports.faults import Fault
from rooms.imports.reading import Cell, CellError, Formula, is_blank
from rooms.imports.rows.columns import plain
from rooms.imports.rows.drafts import Draft
from rooms.models import Room
from videoportal.kit.text import clean_text

PIN_FIELDS = ("host_pin", "guest_pin")
SHAPE_CODES = {"pin_characters", "pin_short", "pin_long"}
# UTF-8 that somebody read as something else: æ, ø, å and their like in two letters.
_GARBLED = re.compile("\u00c3[\x80-\xbf\u2020\u2026\u2030\u02dc]|\ufffd")
_NUMBER = re.compile(r"[0-9]{4,20}")


def most_characters(field_name: str) -> int:
    return getattr(Room._meta.get_field(field_name), "max_length", None) or 250


class Row:
    """Reads the cells of one row into a draft and notes what is wrong with each."""

    def __init__(self, row: int, names: list[str], cells: list[Cell], *, as_own: bool) -> None:
        self.draft = Draft(row)
        self.names = names
        self.cells = dict(zip(names, cells, strict=False))
        self.width = len(cells)
        self.rest = cells[len(names) :]
        to_text: Callable[[Any], str] = columns.read_text if as_own else plain
        self.draft.shown = {
            name: plain(cell)
            if isinstance(cell, bool) or not isinstance(cell, str)
            else to_text(cell)
            for name, cell in self.cells.items()
        }

    def has_right_width(self, kind: str) -> bool:
        """Tell whether the row has as many cells as the header; note the fault when it has not."""
        too_many = any(not is_blank(cell) for cell in self.rest)
        # A workbook leaves empty cells at the end of a row out.
        too_few = kind == "csv" and self.width < len(self.names)
        if too_many or too_few:
            self.draft.faults.append(
                Fault(
                    self.draft.row,
                    "",
                    "columns",
                    _("The row has %(found)s cells, but there are %(expected)s columns.")
                    % {"found": self.width, "expected": len(self.names)},
                )
            )
            return False
        return True

    def has(self, column: str) -> bool:
        return column in self.names

    def fault(self, column: str, code: str, message: object, *fields: str) -> None:
        self.draft.faults.append(Fault(self.draft.row, column, code, str(message)))
        self.draft.bad.update(fields)

    def warn(self, column: str, code: str, message: object) -> None:
        self.draft.warnings.append(Fault(self.draft.row, column, code, str(message)))

    def text(self, column: str, *fields: str, most: int = 250) -> str | None:
        """Return the cell's text, or None when it holds something that cannot be kept."""
        cell = self.cells.get(column)
        if isinstance(cell, Formula):
            self.fault(
                column,
                "formula",
                _("The cell holds a formula. Replace it by its value, as text."),
                *fields,
            )
            return None
        if isinstance(cell, CellError):
            self.fault(
                column, "cell_error", _("The cell holds an error from the spreadsheet."), *fields
            )
            return None
        text = self.draft.shown.get(column, "")
        if _GARBLED.search(text):
            self.fault(
                column,
                "garbled",
                _(
                    "Letters have been garbled before the file came here. "
                    "Export it anew as UTF-8, or write them again."
                ),
                *fields,
            )
            return None
        try:
            text = clean_text(text)
        except ValidationError as error:
            self.fault(column, "hidden_character", " ".join(error.messages), *fields)
            return None
        if len(text) > most:
            self.fault(
                column,
                "name_long" if column == "name" else "too_long",
                _("At most %(most)s characters; this has %(length)s.")
                % {"most": most, "length": len(text)},
                *fields,
            )
            return None
        return text

    def digits(self, column: str, field_name: str, *, most: int = 250) -> str | None:
        """Return the text of a cell whose leading zeros count."""
        cell = self.cells.get(column)
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            self.fault(
                column,
                "cell_is_number",
                _(
                    "The cell is a number; leading zeros may be lost. Format it as text and "
                    "check it."
                ),
                field_name,
            )
            return None
        return self.text(column, field_name, most=most)

    def store(self, field_name: str, value: Any) -> None:
        if value is not None:
            self.draft.values[field_name] = value

    def parsed(
        self,
        column: str,
        field_name: str,
        code: str,
        read: Callable[[Any], Any],
        message: Any = None,
    ) -> Any:
        """Return what ``read`` makes of the cell; None when blank, or not understood and noted."""
        cell = self.cells.get(column)
        shown = self.text(column, field_name)
        if shown is None:
            return None
        try:
            return read(cell if isinstance(cell, bool | dt.date) else shown)
        except columns.NotUnderstood as error:
            self.fault(column, code, message or error, field_name)
            return None

    # Parts that both formats share

    def read_name(self) -> None:
        most = most_characters("name")
        name = self.text("name", "name", most=most)
        if name == "":
            self.fault("name", "name_missing", _("The room must have a name."), "name")
        elif name:
            self.store("name", name)

    def read_email(self, column: str) -> None:
        email = self.text(column, "owner_email", most=100)
        if email:
            try:
                validate_email(email)
            except ValidationError:
                self.fault(
                    column,
                    "email",
                    _("“%(email)s” is not a whole e-mail address.") % {"email": email[:60]},
                    "owner_email",
                )
                return
        self.store("owner_email", email)

    def read_limit(self, column: str) -> None:
        limit = self.parsed(
            column, "participant_limit", "participant_limit", columns.read_whole_number
        )
        if limit is not None and limit < 2:
            self.fault(
                column,
                "participant_limit_range",
                _("A room takes at least 2 participants."),
                "participant_limit",
            )
            return
        self.store("participant_limit", limit)

    def read_pins(self, fields: dict[str, str]) -> None:
        for name in PIN_FIELDS:
            if self.has(fields[name]):
                self.store(name, self.digits(fields[name], name))

    def check_pins(self, fields: dict[str, str], *, guests_allowed: bool) -> None:
        """Note every rule of the platform that the row's PINs break, and PINs easy to guess.

        Where one of the three cells was not understood, only the rules of the others hold.
        """
        draft = self.draft
        host, guest = (draft.values.get(name, "") for name in PIN_FIELDS)
        partial = bool(draft.bad & {"guests_allowed", *PIN_FIELDS})
        noted = draft.bad & set(PIN_FIELDS)
        for fault in pins.platform_faults(
            guests_allowed=guests_allowed or partial, host_pin=host, guest_pin=guest
        ):
            if partial and fault.code == "host_pin_missing":
                continue
            draft.faults.append(
                Fault(draft.row, fields[fault.field], fault.code, str(fault.message))
            )
            noted.add(fault.field)
        for name in PIN_FIELDS:
            pin = draft.values.get(name, "")
            if name not in noted and (reason := pins.weakness(pin, room_number=draft.number)):
                self.warn(fields[name], "pin_weak", reason)
        draft.bad |= noted


def take_number(row: Row, column: str, number: str) -> None:
    if _NUMBER.fullmatch(number):
        row.draft.number = number
    else:
        row.fault(column, "number_length", _("A room number has 4 to 20 digits."), "number")
