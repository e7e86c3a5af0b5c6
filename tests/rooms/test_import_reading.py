"""Reading files: encodings, separators, broken files. What is no list of rooms is told."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms.imports import Unreadable, read_sheet
from rooms.imports.reading import CellError, Formula
from rooms.imports.rows import OLD_PEXIP_COLUMNS, PEXIP_COLUMNS, read_table

SAMPLE = Path(__file__).parent / "samples" / "pexip-vmr-export.csv"
TEXT = SAMPLE.read_text()
ROW = 'Ørenese møte 1,"Ørenese, Eirik Myhre",0530,true,4004,310000@video.example.no,'


def names(content: bytes) -> list[str]:
    return [draft.name for draft in read_table(read_sheet(content), []).drafts]


def refusal(content: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        read_table(read_sheet(content), [])
    assert str(refused.value)
    return refused.value.code


NAMES = names(TEXT.encode())


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.replace("\n", "\r\n").encode(),
        ("sep=,\n" + TEXT).encode(),
        TEXT.replace("\n", "\n\n").encode(),
    ],
    ids=["mark", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "crlf", "sep", "blank-lines"],
)
def test_encodings_and_line_ends_give_the_same_rooms(content: bytes) -> None:
    assert names(content) == NAMES
    assert len(NAMES) == 320


def test_windows_1252_is_read_and_told() -> None:
    content = TEXT.encode("cp1252")
    assert names(content) == NAMES
    assert read_sheet(content).encoding == "Windows-1252"
    assert read_sheet(TEXT.encode()).encoding == ""


@pytest.mark.parametrize(("encoding", "named"), [("mac_roman", "Mac Roman"), ("cp865", "DOS 865")])
def test_other_one_byte_encodings_are_refused_by_name(encoding: str, named: str) -> None:
    with pytest.raises(Unreadable, match=named):
        read_sheet("name,pin\nÅpen omsorg på Ørenese, æ\n".encode(encoding))


def test_letters_garbled_before_are_a_fault_of_the_cell() -> None:
    garbled = "Ørenese møte".encode().decode("latin-1")
    table = read_table(read_sheet(TEXT.replace("Ørenese møte 1,", f"{garbled},").encode()), [])
    assert [(f.row, f.column, f.code) for f in table.drafts[0].faults] == [(2, "name", "garbled")]


def test_semicolons_of_a_spreadsheet_are_read() -> None:
    lines = [
        "name;pin;allow_guests;alias_alias",
        "Møterom;0123;TRUE;310000@video.example.no",
        "Rom, med komma;0456;FALSE;310001@video.example.no",
    ]
    table = read_table(read_sheet("\r\n".join(lines).encode()), [])
    assert [(d.name, d.values["host_pin"], d.number) for d in table.drafts] == [
        ("Møterom", "0123", "310000"),
        ("Rom, med komma", "0456", "310001"),
    ]


def test_columns_in_any_order_and_case() -> None:
    content = b"PIN,Allow_Guests,NAME\n0123,true,A\n"
    draft = read_table(read_sheet(content), []).drafts[0]
    assert (draft.name, draft.values["host_pin"], draft.values["guests_allowed"]) == (
        "A",
        "0123",
        True,
    )


@pytest.mark.parametrize("columns", [PEXIP_COLUMNS, OLD_PEXIP_COLUMNS])
def test_file_without_column_names_has_pexips_order(columns: tuple[str, ...]) -> None:
    rows = TEXT.splitlines()[1:4]
    cut = [",".join(_cells(row)[: len(columns)]) for row in rows]
    table = read_table(read_sheet("\n".join(cut).encode()), [])
    assert (table.header_row, [d.row for d in table.drafts]) == (0, [1, 2, 3])
    assert [(d.values["host_pin"], d.number) for d in table.drafts] == [
        ("0530", "310000"),
        ("82113815", "310007"),
        ("93217034", "310014"),
    ]


def _cells(line: str) -> list[str]:
    import csv

    return [f'"{cell}"' for cell in next(csv.reader([line]))]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \n\r\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (TEXT.splitlines()[0].encode(), "header_only"),
        (b'name,pin\n"A,0123\nB,0124\n', "quotes"),
        (b'name,pin\n"A"x,0123\n', "quotes"),
        (b"name,pin\n" + b'"' + b"x" * 200_000 + b'",1\n', "quotes"),
        (b"name,pin\nA\x00B,0123\n", "nul"),
        (bytes(range(256)) * 40, "binary"),
        (b"%PDF-1.7\n" + bytes(range(32)) * 30, "binary"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "old_excel"),
        (b"PK\x03\x04 not a zip", "workbook"),
        (b"fornavn,etternavn\nA,B\n", "columns_unknown"),
        (b"a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n", "columns_unknown"),
        (b"name,pin,colour\nA,0123,red\n", "column_unknown"),
        (b"name,pin,pin\nA,0123,0124\n", "column_twice"),
        (b"pin,guest_pin,allow_guests\n0123,,true\n", "column_missing"),
        (b"name,pin\n" + b"A,0123\n" * 20_001, "too_many_rows"),
        (b"name,pin\n" + b"\n" * 26_000, "too_many_rows"),
    ],
)
def test_file_that_is_no_list_of_rooms_is_told(content: bytes, code: str) -> None:
    assert refusal(content) == code


def test_quotes_are_told_with_the_row_where_they_began() -> None:
    with pytest.raises(Unreadable, match="3"):
        read_sheet(b'name,pin\nA,0123\n"B,0124\nC,0125\n')


def test_wrong_number_of_cells_is_a_fault_of_the_row() -> None:
    content = b"name,pin,allow_guests\nA,0123,true\nB,0124\nC,0125,true,\nD,0126,true,x\n"
    faults = [f for d in read_table(read_sheet(content), []).drafts for f in d.faults]
    assert [(f.row, f.column, f.code) for f in faults] == [(3, "", "columns"), (5, "", "columns")]


@override_settings(IMPORT_MAX_BYTES=100)
def test_size_is_checked_before_anything_is_read() -> None:
    assert refusal(b"\x00" * 101) == "too_large"


# Workbooks


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_workbook_keeps_zeros_of_text_cells() -> None:
    content = workbook([["Navn", "Romnummer", "PIN-kode for verten"], ["Rom", "012345", "0530"]])
    sheet = read_sheet(content)
    assert sheet.rows[1] == (2, ["Rom", "012345", "0530"])


def test_number_cells_formulas_and_errors_are_faults() -> None:
    content = workbook(
        [
            ["name", "number", "host_pin", "cost_centre", "department"],
            ["Rom", 12345, 530.0, "=1+1", "#N/A"],
        ]
    )
    assert read_sheet(content).rows[1][1] == [
        "Rom",
        12345,
        530,
        Formula("=1+1"),
        CellError("#N/A"),
    ]
    draft = read_table(read_sheet(content), []).drafts[0]
    assert {(f.row, f.column, f.code) for f in draft.faults} == {
        (2, "number", "cell_is_number"),
        (2, "host_pin", "cell_is_number"),
        (2, "cost_centre", "formula"),
        (2, "department", "cell_error"),
    }


def test_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<x/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _megabyte in range(150):
                part.write(b" " * 1024 * 1024)
    assert len(buffer.getvalue()) < 1024 * 1024
    assert refusal(buffer.getvalue()) == "zip_bomb"


def test_zip_that_is_no_workbook_is_told() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("rooms.csv", TEXT)
    assert refusal(buffer.getvalue()) == "binary"


def test_entities_in_a_workbook_are_not_expanded() -> None:
    source = zipfile.ZipFile(io.BytesIO(workbook([["name"], ["Rom"]])))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for part in source.namelist():
            text = source.read(part)
            if part == "xl/worksheets/sheet1.xml":
                laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
                text = f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>'.encode() + text.replace(
                    b"Rom", b"&l9;"
                )
            archive.writestr(part, text)
    with pytest.raises(Unreadable):
        read_table(read_sheet(buffer.getvalue()), [])


def test_cell_far_out_does_not_fill_the_memory() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["A1"], sheet["B1"] = "name", "host_pin"
    sheet["XFD1048576"] = "x"
    buffer = io.BytesIO()
    book.save(buffer)
    assert refusal(buffer.getvalue()) in {"header_only", "too_many_rows"}


# Fuzz


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=2000))
def test_any_bytes_give_rows_or_a_sentence(content: bytes) -> None:
    _read_or_refuse(content)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_damaged_samples_give_rows_or_a_sentence(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(SEEDS))
    damaged = bytearray(whole)
    for _damage in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "insert"]))
        if kind == "flip":
            damaged[place] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del damaged[place : place + data.draw(st.integers(1, 40))]
            damaged = damaged or bytearray(b"x")
        else:
            damaged[place:place] = data.draw(st.binary(min_size=1, max_size=8))
    _read_or_refuse(bytes(damaged))


SEEDS = [
    TEXT[:1500].encode(),
    TEXT[:1500].encode("utf-16"),
    TEXT[:1500].encode("cp1252"),
    workbook([["name", "number", "host_pin"], ["Rom", "0123", "4567"], ["To", 12, None]]),
]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.text(max_size=30), min_size=16, max_size=16), min_size=1, max_size=4))
def test_any_cells_give_drafts_with_faults_by_column(rows: list[list[str]]) -> None:
    import csv

    buffer = io.StringIO()
    csv.writer(buffer).writerows([PEXIP_COLUMNS, *rows])
    _read_or_refuse(buffer.getvalue().encode("utf-8", "replace"))


def _read_or_refuse(content: bytes) -> None:
    try:
        table = read_table(read_sheet(content), [])
    except Unreadable as refused:
        # Never an empty alert.
        if not str(refused):
            raise AssertionError(refused.code) from refused
        return
    for draft in table.drafts:
        assert all(fault.message and fault.row == draft.row for fault in draft.faults)
        assert not any(_is_mojibake(value) for value in draft.values.values())


def _is_mojibake(value: object) -> bool:
    return isinstance(value, str) and ("\ufffd" in value or "\x00" in value)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_each_separator_is_read_also_where_the_others_stand_in_quotes(separator: str) -> None:
    cells = ["Poli, dag; natt\tog helg", 'Sagt "fra", så', "Ola; Per, Kari", "ja;nei,kanskje\t"]
    header = ["navn", "beskrivelse", "eier", "koststed"]
    lines = [header, cells, ["Rom 2", "a;b;c;d;e;f", "g,h,i,j,k", "l\tm\tn\to"]]
    content = "\r\n".join(
        separator.join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines
    )
    for encoded in (content.encode(), content.encode("utf-8-sig"), content.encode("cp1252")):
        rows = read_sheet(encoded).rows
        assert [row for _number, row in rows] == lines
