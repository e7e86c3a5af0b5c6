"""CSV and XLSX as spreadsheets read them: text stays text, nothing runs, memory stays flat."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tracemalloc
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest

from videoportal.kit import sheets

HEADER = ["Nummer", "Navn", "Plasser", "Dato"]
ROWS: list[list[sheets.Cell]] = [
    ["007001", 'Ærøskøbing; «rom» "1"', 5, dt.date(2026, 11, 3)],
    ["0000", "=1+1", 0, None],
    ["", "😀 שלום", 12, dt.date(2027, 1, 1)],
    ["1", "<b>&amp;</b>", 3, None],
]


def csv_bytes(rows: Any = ROWS) -> bytes:
    return b"".join(sheets.csv_chunks(HEADER, rows))


def workbook(rows: Any = ROWS, title: str = "Møterom") -> Any:
    return openpyxl.load_workbook(io.BytesIO(b"".join(sheets.xlsx_chunks(title, HEADER, rows))))


def test_csv_has_mark_semicolons_and_crlf() -> None:
    data = csv_bytes()
    assert data.startswith(b"\xef\xbb\xbfNummer;Navn;Plasser;Dato\r\n")
    assert list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";")) == [
        HEADER,
        ["007001", 'Ærøskøbing; «rom» "1"', "5", "03.11.2026"],
        ["0000", "'=1+1", "0", ""],
        ["", "😀 שלום", "12", "01.01.2027"],
        ["1", "<b>&amp;</b>", "3", ""],
    ]


def test_workbook_holds_text_numbers_and_dates() -> None:
    sheet = workbook().active
    assert sheet.title == "Møterom"
    assert [cell.value for cell in sheet[1]] == HEADER
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [
        ["007001", 'Ærøskøbing; «rom» "1"', 5, dt.datetime(2026, 11, 3)],  # noqa: DTZ001 - openpyxl's
        ["0000", "=1+1", 0, None],
        [None, "😀 שלום", 12, dt.datetime(2027, 1, 1)],  # noqa: DTZ001 - openpyxl's
        ["1", "<b>&amp;</b>", 3, None],
    ]
    assert {cell.data_type for row in sheet.iter_rows(max_col=2) for cell in row} <= {"s", "n"}
    assert sheet["A2"].number_format == "@"
    assert sheet["D2"].number_format == "dd\\.mm\\.yyyy"
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:D5")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "'="])
def test_formula_is_plain_text_in_both(start: str) -> None:
    text = f'{start}HYPERLINK("http://x")'
    row = [["1", text, 1, None]]
    read = list(
        csv.reader(io.StringIO(csv_bytes(row).decode("utf-8-sig"), newline=""), delimiter=";")
    )
    assert read[1][1] == f"'{text}"
    cell = workbook(row).active["B2"]
    assert cell.data_type == "s"
    # XML reads a carriage return as a line break.
    assert sheets.unprotected(cell.value) == text.replace("\r", "\n")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+47 99", "'+47 99"),
        ("-1. etasje", "'-1. etasje"),
        ("@alle", "'@alle"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\uff1d1", "'\uff1d1"),
        ("'=1", "''=1"),
        ("'t Hof", "'t Hof"),
        ("007", "007"),
        ("", ""),
    ],
)
def test_formula_is_protected_and_read_back(text: str, written: str) -> None:
    assert sheets.protected(text) == written
    assert sheets.unprotected(written) == text


def test_odd_characters_leave_the_workbook_readable() -> None:
    row = [["1", "a\x00b\x1f\ufffec\ud800d", 1, None], ["2", "  to  ", 1, None]]
    sheet = workbook(row, title="[a]/b*?:'").active
    assert sheet["B2"].value == "abcd"
    assert sheet["B3"].value == "  to  "
    assert sheet.title == "a  b"


def test_no_rows_is_a_header_alone() -> None:
    assert csv_bytes([]) == b"\xef\xbb\xbfNummer;Navn;Plasser;Dato\r\n"
    assert [cell.value for cell in workbook([]).active[1]] == HEADER


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_rows_are_read_while_the_file_is_sent(fmt: str) -> None:
    read = 0

    def rows() -> Iterator[list[sheets.Cell]]:
        nonlocal read
        for read in range(1, 5_001):
            yield [str(read), "x" * 200, read, None]

    response = sheets.sheet_response(fmt, "fil", title="t", header=HEADER, rows=rows())
    parts = iter(response)
    tracemalloc.start()
    next(parts)
    assert read <= 2 * sheets.ROWS_A_CHUNK
    for _part in parts:
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read == 5_000
    assert peak < 3_000_000
