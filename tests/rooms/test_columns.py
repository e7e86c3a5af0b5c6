"""The portal's own file: headers in any language, cells read back as they were written."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings
from django.utils.translation import override

from rooms import columns
from rooms.choices import Layout, Quality, Theme
from rooms.models import RoomType

LANGUAGES = [code for code, _name in settings.LANGUAGES]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_header_leads_back_to_its_column(language: str) -> None:
    with override(language):
        labels = [str(column.label) for column in columns.COLUMNS]
    keys = [column.key for column in columns.COLUMNS]
    assert [columns.column_key(label) for label in labels] == keys
    assert [columns.column_key(f" {label.upper()}\xa0") for label in labels] == keys
    assert [columns.column_key(key) for key in keys] == keys


def test_unknown_header_is_none() -> None:
    assert [columns.column_key(text) for text in ("", "pin", "Romnummerx", "😀")] == [None] * 4


def test_pin_columns_are_left_out_unless_asked_for() -> None:
    left_out = set(columns.columns_for(with_pins=True)) - set(columns.columns_for(with_pins=False))
    assert {column.key for column in left_out} == {"host_pin", "guest_pin"}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Ja", True),
        ("nei", False),
        ("YES", True),
        ("No", False),
        ("TRUE", True),
        ("false", False),
        (True, True),
        (False, False),
        (1, True),
        (0.0, False),
        ("Sann", True),
        ("usann", False),
        (" ", None),
        (None, None),
    ],
)
def test_boolean_is_read(cell: object, expected: bool | None) -> None:
    assert columns.read_boolean(cell) is expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_written_boolean_is_read_back(language: str) -> None:
    with override(language):
        written = [columns.write_boolean(value) for value in (True, False)]
    assert [columns.read_boolean(cell) for cell in written] == [True, False]


@pytest.mark.parametrize("language", LANGUAGES)
def test_written_choice_is_read_back_in_any_language(language: str) -> None:
    with override(language):
        layouts = [str(layout.label) for layout in Layout]
        themes = [str(theme.label) for theme in Theme]
    assert [columns.read_layout(label) for label in layouts] == list(Layout)
    assert [columns.read_layout(layout.value) for layout in Layout] == list(Layout)
    assert [columns.read_theme(label) for label in themes] == list(Theme)
    assert columns.read_quality("full hd") == columns.read_quality("fullhd") == Quality.FULL_HD


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("22.11.2026", dt.date(2026, 11, 22)),
        ("2.1.26", dt.date(2026, 1, 2)),
        ("2026-11-22", dt.date(2026, 11, 22)),
        (dt.datetime(2026, 11, 22, 13, tzinfo=dt.UTC), dt.date(2026, 11, 22)),
        (dt.date(2026, 11, 22), dt.date(2026, 11, 22)),
        ("", None),
    ],
)
def test_date_is_read(cell: object, expected: dt.date | None) -> None:
    assert columns.read_date(cell) == expected


@pytest.mark.parametrize("cell", ["kanskje", "2", "ja nei", "😀"])
def test_boolean_that_is_none_is_told(cell: str) -> None:
    with pytest.raises(columns.NotUnderstood):
        columns.read_boolean(cell)


@pytest.mark.parametrize("cell", ["-5", "5,5", "²", "1234567", "ti"])
def test_number_that_is_none_is_told(cell: str) -> None:
    with pytest.raises(columns.NotUnderstood):
        columns.read_whole_number(cell)


def test_numbers_of_a_workbook_have_no_decimals() -> None:
    assert columns.read_whole_number(10.0) == 10
    assert columns.read_text(184093.0) == "184093"


def test_room_type_is_read_by_code_and_by_name_in_any_language(catalogue: None) -> None:
    room_types = list(RoomType.objects.all())
    for cell in ("admin-small", "Administrativt rom, lite", "administrative room, SMALL"):
        found = columns.read_room_type(cell, room_types)
        assert found is not None
        assert found.code == "admin-small"
    with pytest.raises(columns.NotUnderstood, match="Kjellerrom"):
        columns.read_room_type("Kjellerrom", room_types)
