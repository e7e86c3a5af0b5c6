"""The two sample files: one imports without a fault, the other has every fault in it named."""

from __future__ import annotations

from pathlib import Path

from rooms.imports import Plan, make_plan, read_sheet
from tests.cast import Cast

SAMPLES = Path(__file__).parent / "samples"
GOOD = SAMPLES / "pexip-vmr-export.csv"
FAULTY = SAMPLES / "pexip-vmr-export-faults.csv"


def plan(path: Path, cast: Cast) -> Plan:
    return make_plan(read_sheet(path.read_bytes()), cast.organisation)


def test_every_fault_of_the_faulty_sample_is_named(cast: Cast) -> None:
    found = [(fault.row, fault.column, fault.code) for fault in plan(FAULTY, cast).faults]
    # As read by eye in the file; row 1 has the column names.
    assert found == [
        (4, "pin", "pin_characters"),  # 12a4
        (7, "pin", "pin_short"),  # 123
        (10, "pin", "pin_long"),  # 21 digits
        (13, "guest_pin", "pin_lengths"),  # 123987 and 4821
        (16, "guest_pin", "pin_hash"),  # 918273# and 564738
        (19, "guest_pin", "pins_equal"),  # 604182 twice
        (22, "pin", "host_pin_missing"),  # guests, and no PIN
        (25, "guest_pin", "guests_not_allowed"),  # a guest PIN, and no guests
        (28, "alias_alias", "number_same"),  # 420175, as row 27
        (31, "name", "name_missing"),
        (34, "name", "name_long"),  # 251 letters
        (37, "primary_owner_email_address", "email"),  # ingen krøllalfa
        (40, "participant_limit", "participant_limit"),  # mange
        (43, "allow_guests", "boolean"),  # kanskje
        (46, "host_view", "layout"),  # nineteen_mains
        (49, "alias_alias", "alias_spaces"),  # 42 03 29
        (52, "name", "name_settings"),  # row 51 with other settings
    ]
