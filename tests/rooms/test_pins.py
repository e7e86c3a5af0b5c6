"""The platform's PIN rules, row for row, and what is too easy to guess."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from rooms import pins

ANY = "4826"


@pytest.mark.parametrize(
    ("guests_allowed", "host_pin", "guest_pin", "codes"),
    [
        # docs/pexip.md, PINs, the verdict table in its order
        (False, "", "", []),
        (False, "1234", "", []),
        (False, "", "5678", ["guests_not_allowed"]),
        (False, "1234", "5678", ["guests_not_allowed"]),
        (True, "", "", ["host_pin_missing"]),
        (True, "", "5678", ["host_pin_missing"]),
        (True, "1234", "", []),
        (True, "1234", "5678", []),
        (True, "1234", "56789", ["pin_lengths"]),
        (True, "1234#", "56789#", []),
        (True, "1234#", "5678", ["pin_hash"]),
        (True, "1234", "5678#", ["pin_hash"]),
        (True, "1234", "1234", ["pins_equal"]),
        (True, "1234#", "1234#", ["pins_equal"]),
        # the shape: digits, one # at the end, 4-20 with # counted
        (False, "123", "", ["pin_short"]),
        (False, "123#", "", []),
        (False, "12#", "", ["pin_short"]),
        (False, "1" * 20, "", []),
        (False, "1" * 19 + "#", "", []),
        (False, "1" * 21, "", ["pin_long"]),
        (False, "1" * 20 + "#", "", ["pin_long"]),
        (False, "12a4", "", ["pin_characters"]),
        (False, "12 34", "", ["pin_characters"]),
        (False, "#1234", "", ["pin_characters"]),
        (False, "1234##", "", ["pin_characters"]),
        (False, "1234\n", "", ["pin_characters"]),
        (False, "١٢٣٤", "", ["pin_characters"]),
        (False, "0012", "", []),
    ],
)
def test_platform_verdict(
    guests_allowed: bool, host_pin: str, guest_pin: str, codes: list[str]
) -> None:
    faults = pins.platform_faults(
        guests_allowed=guests_allowed, host_pin=host_pin, guest_pin=guest_pin
    )
    assert [fault.code for fault in faults] == codes


@pytest.mark.parametrize(
    "pin",
    ["1111", "0000", "121212", "123123", "1234", "123456", "987654", "4321", "890123", "210987",
     "1987", "2026", "418207", "702814", "1234#", "2026#", "418207#"],
)  # fmt: skip
def test_weak_pin_is_named(pin: str) -> None:
    assert pins.weakness(pin, room_number="418207")


@pytest.mark.parametrize("pin", ["4826", "0804", "804719", "192031", "00142", "12341", "2126", ""])
def test_other_pins_are_not_weak(pin: str) -> None:
    assert pins.weakness(pin, room_number="418207") is None


@given(
    number=st.from_regex(r"[0-9]{6}", fullmatch=True),
    other=st.one_of(st.just(""), st.from_regex(r"[0-9]{4,19}#?", fullmatch=True)),
)
def test_generated_pin_passes_every_rule_beside_the_other(number: str, other: str) -> None:
    pin = pins.generate(room_number=number, unlike=other)
    assert pins.weakness(pin, room_number=number) is None
    assert not pins.platform_faults(guests_allowed=True, host_pin=other or "4826", guest_pin="")
    if other:
        assert not pins.platform_faults(guests_allowed=True, host_pin=other, guest_pin=pin)
    else:
        assert len(pin) == 6


@given(
    guests_allowed=st.booleans(),
    host_pin=st.text("0123456789#", max_size=8),
    guest_pin=st.text("0123456789#", max_size=8),
)
def test_an_accepted_pair_follows_the_documented_rules(
    guests_allowed: bool, host_pin: str, guest_pin: str
) -> None:
    faults = pins.platform_faults(
        guests_allowed=guests_allowed, host_pin=host_pin, guest_pin=guest_pin
    )
    if faults:
        return
    for pin in filter(None, (host_pin, guest_pin)):
        assert 4 <= len(pin) <= 20
        assert pin.removesuffix("#").isdigit()
    assert host_pin or not guests_allowed
    if guest_pin:
        assert guests_allowed
        assert guest_pin != host_pin
        assert host_pin.endswith("#") == guest_pin.endswith("#")
        assert len(host_pin) == len(guest_pin) or host_pin.endswith("#")


def test_only_chosen_pins_are_judged_for_being_weak() -> None:
    def check(guest_pin: str = "4826", chosen: Collection[str] = pins.FIELDS) -> list[str]:
        try:
            pins.check_set_here(
                guests_allowed=True, host_pin="1234", guest_pin=guest_pin, chosen=chosen
            )
        except ValidationError as refused:
            return [str(fault.code) for faults in refused.error_dict.values() for fault in faults]
        return []

    assert check() == ["pin_weak"]
    assert check(chosen={"guest_pin"}) == []
    assert check("48261", {"guest_pin"}) == ["pin_lengths"]
