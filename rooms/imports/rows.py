"""Rows of cells in, drafts of rooms out: the two formats, cell by cell.

Pexip's bulk export is known by its column names, or by having 16 or 7 columns without names
(protocols.md 1.5). The portal's own format is ``rooms.columns``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms import columns, pins
from rooms.imports.faults import Fault, Unreadable
from rooms.imports.reading import MAX_ROWS as MOST_ROWS
from rooms.imports.reading import Cell, CellError, Formula, Sheet, is_blank, too_many_rows_message
from rooms.models import Room
from videoportal.kit.text import clean_text

if TYPE_CHECKING:
    from rooms.choices import Quality
    from rooms.models import RoomType

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
CALL_TYPES = {"", "video", "video-only", "audio"}
CALL_RATES = (128, 8192)
PIN_FIELDS = ("host_pin", "guest_pin")
SHAPE_CODES = {"pin_characters", "pin_short", "pin_long"}
# UTF-8 that somebody read as something else: æ, ø, å and their like in two letters.
_GARBLED = re.compile("\u00c3[\x80-\xbf\u2020\u2026\u2030\u02dc]|\ufffd")
_NUMBER = re.compile(r"[0-9]{4,20}")
_PIN = re.compile(r"[0-9]{4,19}#?")
_NAME_AT_END = re.compile(r"(?:[^\W\d_][\w.'’-]*)(?: [^\W\d_][\w.'’-]*){1,3}")


@dataclass
class Draft:
    """One row on its way to becoming a room.

    ``shown`` has the cells as text by column; ``values`` what was understood, by field of
    Room; ``bad`` the fields that were not. ``domain`` is that of the address the number was
    taken from. The rest is filled in by ``checking``.
    """

    row: int
    shown: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    number: str = ""
    alias: str = ""
    domain: str = ""
    room_type: RoomType | None = None
    quality: Quality | None = None
    ordered_on: dt.date | None = None
    makes_pin: bool = False
    key: str = ""
    group: str = ""
    room: Room | None = None
    is_new: bool = False
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    further_of: int = 0
    type_says_no: bool = False

    @property
    def name(self) -> str:
        return self.shown.get("name", "")

    @property
    def outcome(self) -> str:
        """``fault``, ``new``, ``changed``, ``same`` or ``alias`` (of an earlier row)."""
        if self.faults:
            return "fault"
        if self.further_of:
            return "alias"
        if self.is_new:
            return "new"
        return "changed" if self.changes else "same"


@dataclass(frozen=True)
class Table:
    """The drafts of a file. ``fields`` leads from a field of Room to the column it stands in."""

    dialect: str
    drafts: list[Draft]
    fields: dict[str, str]
    columns: tuple[str, ...]
    header_row: int


def read_table(sheet: Sheet, room_types: Iterable[RoomType]) -> Table:
    """Return a draft per row with the faults of its cells. Raises :class:`Unreadable`."""
    dialect, names, header_row = _columns_of(sheet)
    rows = sheet.rows[1:] if header_row else sheet.rows
    if not rows:
        raise Unreadable("header_only", _("The file has column names, but no rooms under them."))
    if len(rows) > MOST_ROWS:
        raise Unreadable("too_many_rows", too_many_rows_message())
    read = _read_pexip if dialect == "pexip" else _own_reader(list(room_types))
    drafts = []
    for row, cells in rows:
        reader = _Row(row, names, cells, as_own=dialect == "own")
        if reader.has_right_width(sheet.kind):
            read(reader)
        drafts.append(reader.draft)
    fields = PEXIP_FIELDS if dialect == "pexip" else OWN_FIELDS
    return Table(dialect, drafts, fields, tuple(names), header_row)


# Which columns


def _columns_of(sheet: Sheet) -> tuple[str, list[str], int]:
    header_row, first = sheet.rows[0]
    texts = [_plain(cell) for cell in first]
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
    words = {_plain(cells[3]).casefold() for _row, cells in sheet.rows[:50] if len(cells) > 3}
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


def _plain(cell: Cell) -> str:
    if isinstance(cell, Formula | CellError):
        return cell.text
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, dt.datetime):
        cell = cell.date()
    if isinstance(cell, bool):
        return str(cell).lower()
    return "" if cell is None else str(cell).strip()


# One row


def _most(field_name: str) -> int:
    return getattr(Room._meta.get_field(field_name), "max_length", None) or 250


class _Row:
    """Reads the cells of one row into a draft and notes what is wrong with each."""

    def __init__(self, row: int, names: list[str], cells: list[Cell], *, as_own: bool) -> None:
        self.draft = Draft(row)
        self.names = names
        self.cells = dict(zip(names, cells, strict=False))
        self.width = len(cells)
        self.rest = cells[len(names) :]
        to_text: Callable[[Any], str] = columns.read_text if as_own else _plain
        self.draft.shown = {
            name: _plain(cell)
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
                    "The cell is a number; zeros in front may be lost. "
                    "Make it text and look it over."
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
        most = _most("name")
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


# Pexip's format


def _true_or_false(cell: Any) -> bool | None:
    return columns.read_boolean(cell)


def _read_pexip(row: _Row) -> None:
    draft, fields = row.draft, PEXIP_FIELDS
    row.read_name()
    description = row.text("description", "description")
    if description:
        row.store("description", description)
        _read_out_of(description, draft)
    _read_alias(row)
    row.read_pins(fields)
    sentence = _("Write true or false.")
    guests = row.parsed("allow_guests", "guests_allowed", "boolean", _true_or_false, sentence)
    if "guests_allowed" not in draft.bad:
        # The platform's own default.
        draft.values["guests_allowed"] = bool(guests)
    row.text("alias_description")
    row.text("tag")
    for column in ("max_callrate_in", "max_callrate_out"):
        _check_call_rate(row, column)
    call_type = row.text("call_type")
    if call_type is not None and call_type.casefold() not in CALL_TYPES:
        row.fault(
            "call_type",
            "call_type",
            _("There is no call type “%(value)s”: it is video, video-only or audio.")
            % {"value": call_type[:60]},
        )
    row.store("layout", row.parsed("host_view", "layout", "layout", columns.read_layout))
    row.store(
        "show_names",
        row.parsed("enable_overlay_text", "show_names", "boolean", _true_or_false, sentence),
    )
    if row.has("ivr_theme_name"):
        theme = row.parsed("ivr_theme_name", "theme", "theme", columns.read_theme)
        if "theme" not in draft.bad:
            draft.values["theme"] = theme or ""
    row.read_limit("participant_limit")
    if draft.shown.get("primary_owner_email_address"):
        row.read_email("primary_owner_email_address")
    row.check_pins(fields, guests_allowed=draft.values.get("guests_allowed", True))


def _read_out_of(description: str, draft: Draft) -> None:
    """Take department and owner from a description such as ``Dialyse, Håkon Rønning``."""
    department, comma, rest = description.partition(", ")
    if not comma:
        return
    owner = rest.rpartition(", ")[2]
    if _NAME_AT_END.fullmatch(owner) and all(part[:1].isupper() for part in owner.split()[::2]):
        draft.values["owner_name"] = owner
        if len(department) <= 100:
            draft.values["department"] = department


def _read_alias(row: _Row) -> None:
    """Take the number from ``310000@video.example.no``; other addresses get a number drawn."""
    draft = row.draft
    alias = row.digits("alias_alias", "number")
    if not alias:
        return
    if any(character.isspace() for character in alias):
        row.fault("alias_alias", "alias_spaces", _("An address cannot hold spaces."), "number")
        return
    alias = re.sub(r"^(sips?|h323):", "", alias, flags=re.IGNORECASE)
    local, at, domain = alias.partition("@")
    domain = re.sub(r":[0-9]+$", "", domain).casefold()
    if at and (not local or not domain or "@" in domain):
        row.fault(
            "alias_alias",
            "alias_form",
            _("“%(alias)s” is not a whole address.") % {"alias": alias[:60]},
            "number",
        )
        return
    draft.alias, draft.domain = alias, domain
    if not (local.isascii() and local.isdigit()):
        row.warn(
            "alias_alias",
            "alias_not_kept",
            _("The address %(alias)s is not kept: the room gets a number.") % {"alias": alias[:60]},
        )
        return
    _take_number(row, "alias_alias", local)


def _take_number(row: _Row, column: str, number: str) -> None:
    if _NUMBER.fullmatch(number):
        row.draft.number = number
    else:
        row.fault(column, "number_length", _("A room number has 4 to 20 digits."), "number")


def _check_call_rate(row: _Row, column: str) -> None:
    least, most = CALL_RATES
    code = "call_rate"
    rate = row.parsed(column, column, code, columns.read_whole_number)
    if rate is not None and not least <= rate <= most:
        row.fault(
            column,
            code,
            _("A call rate is from %(least)s to %(most)s kbit/s.") % {"least": least, "most": most},
        )


# The portal's own format


def _own_reader(room_types: list[RoomType]) -> Callable[[_Row], None]:
    def read(row: _Row) -> None:
        draft = row.draft
        row.read_name()
        number = row.digits("number", "number")
        if number:
            number = number.replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
            if number.isascii() and number.isdigit():
                _take_number(row, "number", number)
            else:
                row.fault("number", "number_digits", _("A room number has only digits."), "number")
        for name in ("description", "owner_name", "department", "cost_centre", "reference"):
            if row.has(name):
                most = _most(name)
                row.store(name, row.text(name, name, most=most))
        if row.has("owner_email"):
            row.read_email("owner_email")
        draft.room_type = row.parsed(
            "room_type",
            "product",
            "room_type",
            lambda cell: columns.read_room_type(cell, room_types),
        )
        draft.quality = row.parsed("quality", "quality", "quality", columns.read_quality)
        for name in ("guests_allowed", "autolock", "chat", "guests_may_present", "show_names"):
            row.store(name, row.parsed(name, name, "boolean", columns.read_boolean))
        row.store("layout", row.parsed("layout", "layout", "layout", columns.read_layout))
        row.store("theme", row.parsed("theme", "theme", "theme", columns.read_theme))
        row.read_limit("capacity")
        _read_ordered_on(row)
        row.read_pins(OWN_FIELDS)
        guests = draft.values.get("guests_allowed", True)
        if "host_pin" not in draft.bad and not draft.values.get("host_pin") and guests:
            # An empty cell asks for a PIN: rooms with guests cannot be without. ``checking``
            # takes the wish back for a room that stands already.
            draft.makes_pin = True
            draft.values.pop("host_pin", None)
        if not draft.makes_pin:
            row.check_pins(OWN_FIELDS, guests_allowed=guests)
        else:
            _check_guest_pin_alone(row)

    return read


def _check_guest_pin_alone(row: _Row) -> None:
    guest = row.draft.values.get("guest_pin", "")
    # Any host PIN of the same form will do: the one that is made follows the guest's.
    stand_in = pins.generate(unlike=guest) if _PIN.fullmatch(guest) else "184093"
    row.draft.values["host_pin"] = stand_in
    row.check_pins(OWN_FIELDS, guests_allowed=True)
    del row.draft.values["host_pin"]


def _read_ordered_on(row: _Row) -> None:
    day = row.parsed("ordered_on", "ordered_on", "date", columns.read_date)
    row.draft.ordered_on = day
