"""A row in the portal's own format, ``rooms.columns``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from rooms import columns, pins
from rooms.imports.rows.cells import Row, most_characters, take_number
from rooms.imports.rows.columns import OWN_FIELDS

if TYPE_CHECKING:
    from rooms.models import RoomType


_PIN = re.compile(r"[0-9]{4,19}#?")


def own_reader(room_types: list[RoomType]) -> Callable[[Row], None]:
    def read(row: Row) -> None:
        draft = row.draft
        row.read_name()
        number = row.digits("number", "number")
        if number:
            number = number.replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
            if number.isascii() and number.isdigit():
                take_number(row, "number", number)
            else:
                row.fault("number", "number_digits", _("A room number has only digits."), "number")
        for name in ("description", "owner_name", "department", "cost_centre", "reference"):
            if row.has(name):
                most = most_characters(name)
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


def _check_guest_pin_alone(row: Row) -> None:
    guest = row.draft.values.get("guest_pin", "")
    # Any host PIN of the same form will do: the one that is made follows the guest's.
    stand_in = pins.generate(unlike=guest) if _PIN.fullmatch(guest) else "184093"
    row.draft.values["host_pin"] = stand_in
    row.check_pins(OWN_FIELDS, guests_allowed=True)
    del row.draft.values["host_pin"]


def _read_ordered_on(row: Row) -> None:
    day = row.parsed("ordered_on", "ordered_on", "date", columns.read_date)
    row.draft.ordered_on = day
