"""Bytes of an uploaded file in, rows of cells out: CSV in several encodings, and XLSX.

Whatever the bytes are, the answer is a :class:`Sheet` or :class:`Unreadable` with a sentence
that says what to do.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms.imports.faults import Unreadable
from videoportal.kit.formats import number

MAX_ROWS = 20_000
# Rows past the last one that counts: a sheet may be full of formatted but empty ones.
MAX_EMPTY_ROWS = 5_000
MAX_COLUMNS = 60
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_PARTS = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Formula:
    """A workbook's cell that holds a formula; its value is not ours to guess."""

    text: str


@dataclass(frozen=True)
class CellError:
    """A workbook's cell that holds an error such as ``#N/A``."""

    text: str


type Cell = str | int | float | bool | dt.date | dt.time | Formula | CellError | None


@dataclass
class Sheet:
    """The rows of a file with their numbers in the spreadsheet, blank ones left out.

    ``encoding`` is set when it had to be guessed, so that the reader can be asked to look.
    """

    kind: str
    rows: list[tuple[int, list[Cell]]] = field(default_factory=list)
    encoding: str = ""


def too_large_message() -> str:
    """Return the sentence for a file above the limit."""
    return _(
        "The file is larger than %(megabytes)s MB, so it was not read. "
        "Divide it, or delete what is not about rooms."
    ) % {"megabytes": settings.IMPORT_MAX_BYTES // (1024 * 1024) or 1}


def read_sheet(content: bytes) -> Sheet:
    """Return the rows of a CSV file or a workbook. Raises :class:`Unreadable`, nothing else."""
    if len(content) > settings.IMPORT_MAX_BYTES:
        raise Unreadable("too_large", too_large_message())
    if not content.strip():
        raise Unreadable("empty", _("The file is empty."))
    if content.startswith(b"PK"):
        sheet = Sheet("xlsx", _workbook_rows(content))
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            "old_excel",
            _(
                "The file is an old or password-protected Excel file. "
                "Save it as an Excel workbook (.xlsx) without a password."
            ),
        )
    else:
        text, encoding = _decoded(content)
        sheet = Sheet("csv", _csv_rows(text), encoding)
    if not sheet.rows:
        raise Unreadable("empty", _("The file is empty."))
    return sheet


def _counted(rows: Iterator[list[Cell]]) -> list[tuple[int, list[Cell]]]:
    kept: list[tuple[int, list[Cell]]] = []
    for row_number, cells in enumerate(rows, 1):
        if any(not is_blank(cell) for cell in cells):
            kept.append((row_number, cells))
        # One more than the limit may be the header.
        if len(kept) > MAX_ROWS + 1 or row_number > MAX_ROWS + MAX_EMPTY_ROWS:
            raise Unreadable("too_many_rows", too_many_rows_message())
    return kept


def too_many_rows_message() -> str:
    """Return the sentence for a file with more rooms than one import takes."""
    return ngettext(
        "The file has more than %(rows)s row. Divide it and import one part at a time.",
        "The file has more than %(rows)s rows. Divide it and import one part at a time.",
        MAX_ROWS,
    ) % {"rows": number(MAX_ROWS)}


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


# Text

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# Windows-1252 is told from other one-byte encodings by what its bytes would mean: a Norwegian
# list holds these and little else. Anything else is refused, never stored as the wrong letters.
_EXPECTED = frozenset("æøåÆØÅéÉèÈêÊëóÓòôÓöÖäÄüÜáÁàÀâñÑíÍçÇ§°«»·\xa0–—’…€")
_OTHERS = (("cp865", "DOS 865"), ("mac_roman", "Mac Roman"))
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")


def _decoded(content: bytes) -> tuple[str, str]:
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _strict(content, name), ""
    if guess := _unmarked_utf16(content):
        return _strict(content, guess).removeprefix("\ufeff"), ""
    if b"\x00" in content or len(_CONTROL.findall(content)) * 50 > len(content):
        raise _not_a_list(content)
    try:
        return content.decode(), ""
    except UnicodeDecodeError:
        return _one_byte(content)


def _strict(content: bytes, name: str) -> str:
    try:
        text = content.decode(name)
    except UnicodeDecodeError as error:
        raise _encoding_fault(name.removesuffix("-sig").upper()) from error
    if "\x00" in text:
        raise _not_a_list(content)
    return text


def _unmarked_utf16(content: bytes) -> str:
    start = content[:4000]
    half = len(start) // 2
    if half < 4 or len(content) % 2:
        return ""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if odd > half * 0.7 and even < half * 0.05:
        return "utf-16-le"
    if even > half * 0.7 and odd < half * 0.05:
        return "utf-16-be"
    return ""


def _one_byte(content: bytes) -> tuple[str, str]:
    high = {byte for byte in content if byte >= 0x80}

    def all_expected(name: str) -> bool:
        try:
            return all(bytes([byte]).decode(name) in _EXPECTED for byte in high)
        except UnicodeDecodeError:
            return False

    if all_expected("cp1252"):
        return content.decode("cp1252"), "Windows-1252"
    for name, label in _OTHERS:
        if all_expected(name):
            raise _encoding_fault(label)
    raise Unreadable(
        "encoding",
        _(
            "We do not recognise the encoding of the file, so its letters cannot be trusted. "
            "Save it as CSV UTF-8 and upload it again."
        ),
    )


def _encoding_fault(name: str) -> Unreadable:
    return Unreadable(
        "encoding",
        _(
            "The file looks like %(encoding)s, which we cannot read with certainty. "
            "Save it as CSV UTF-8 and upload it again."
        )
        % {"encoding": name},
    )


def _not_a_list(content: bytes) -> Unreadable:
    odd = len(_CONTROL.findall(content))
    if odd <= 2 or odd * 100 < len(content):
        return Unreadable(
            "nul",
            _(
                "The file holds characters that do not belong in a text file. "
                "Open it in a spreadsheet and save it as CSV UTF-8."
            ),
        )
    return Unreadable("binary", _("This is not a CSV file or an Excel workbook (.xlsx)."))


# CSV

DELIMITERS = (",", ";", "\t")


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _delimiter(text: str) -> str:
    """Return the separator by which the first rows have the most columns, all alike."""

    def score(delimiter: str) -> tuple[int, int]:
        widths: list[int] = []
        try:
            records = itertools.islice(_records(text, delimiter), 10)
            widths.extend(len(record) for record in records if record)
        except csv.Error:
            pass
        if not widths:
            return (0, 0)
        # The first row is the header, or as good as one.
        return (widths[0], widths.count(widths[0]))

    return max(DELIMITERS, key=score)


def _csv_rows(text: str) -> list[tuple[int, list[Cell]]]:
    first, _end, rest = text.partition("\n")
    skipped = 0
    hint = re.fullmatch(r"sep=(.)\s*", first.strip('"\r '), re.IGNORECASE)
    if hint and hint[1] in DELIMITERS:
        # Excel's own hint, which no other program shows as a row.
        text, delimiter, skipped = rest, hint[1], 1
    else:
        delimiter = _delimiter(text)
    read = 0

    def records() -> Iterator[list[Cell]]:
        nonlocal read
        yield from ([] for _row in range(skipped))
        for record in _records(text, delimiter):
            read += 1
            yield list(record)

    try:
        return _counted(records())
    except csv.Error as error:
        row = skipped + read + 1
        log.info("import_csv_broken", row=row, reason=str(error))
        if "limit" in str(error):
            sentence = _(
                "A cell in row %(row)s is too long. A quotation mark is probably missing there."
            )
        else:
            sentence = _(
                "The quotation marks in row %(row)s do not match, so the rest of the file cannot "
                "be read. Correct the row, or save the file anew from a spreadsheet."
            )
        raise Unreadable("quotes", sentence % {"row": number(row)}) from error


# Workbooks


def _workbook_rows(content: bytes) -> list[tuple[int, list[Cell]]]:
    broken = Unreadable(
        "workbook",
        _("The workbook cannot be opened. Save it anew as an Excel workbook (.xlsx)."),
    )
    import openpyxl  # noqa: PLC0415 - 11 MB of each web worker, and few workers read a workbook

    try:
        _look_inside(content)
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=False, keep_links=False
        )
        try:
            return _counted(_sheet_cells(book))
        finally:
            book.close()
    except Unreadable:
        raise
    except Exception as error:
        # A broken workbook makes openpyxl raise anything.
        # Its words may quote a cell, and a cell may be a PIN.
        log.info("import_workbook_broken", reason=type(error).__name__)
        raise broken from error


def _look_inside(content: bytes) -> None:
    """Refuse archives that would grow beyond reason, before anything is unpacked.

    The sizes can be believed: zipfile stops reading a part at its stated size.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
            raise Unreadable(
                "zip_bomb",
                _(
                    "The workbook becomes far too large when it is opened. "
                    "Copy the rooms to a new workbook and upload that one."
                ),
            )
        if "xl/workbook.xml" not in {part.filename for part in parts}:
            raise Unreadable("binary", _("This is not a CSV file or an Excel workbook (.xlsx)."))


def _sheet_cells(book: Any) -> Iterator[list[Cell]]:
    sheet = book.worksheets[0]
    # The stated size may be wrong or enormous; the rows themselves are right.
    sheet.reset_dimensions()
    for row in sheet.iter_rows(max_col=MAX_COLUMNS, max_row=MAX_ROWS + MAX_EMPTY_ROWS + 1):
        cells = [_value(cell) for cell in row]
        while cells and is_blank(cells[-1]):
            cells.pop()
        yield cells


def _value(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return None
    if cell.data_type == "f":
        return Formula(str(value))
    if cell.data_type == "e":
        return CellError(str(value))
    if isinstance(value, str | int | float | bool | dt.date | dt.time):
        return value
    return str(value)
