"""PIN codes: what the platform accepts, what is too easy to guess, and new ones.

The rules are the platform's (docs/pexip.md, PINs) and hold before anything leaves the portal.
A PIN is text: leading zeros count.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

MIN_LENGTH = 4
MAX_LENGTH = 20
GENERATED_LENGTH = 6
FIELDS = ("host_pin", "guest_pin")
_SHAPE = re.compile(r"[0-9]+#?")
_ASCENDING = "0123456789"
_DESCENDING = _ASCENDING[::-1]


@dataclass(frozen=True)
class Fault:
    """One broken rule: the field it belongs to and the sentence for the reader."""

    field: Literal["host_pin", "guest_pin", "guests_allowed"]
    code: str
    message: StrPromise


def _shape_fault(pin: str) -> tuple[str, StrPromise] | None:
    if not _SHAPE.fullmatch(pin) or not pin.isascii():
        return "pin_characters", _("A PIN has only digits, and may end with #.")
    if len(pin) < MIN_LENGTH:
        return "pin_short", _("A PIN has at least 4 characters.")
    if len(pin) > MAX_LENGTH:
        return "pin_long", _("A PIN has at most 20 characters, with # counted.")
    return None


def platform_faults(*, guests_allowed: bool, host_pin: str, guest_pin: str) -> list[Fault]:
    """Return every rule of the platform that the three settings break; empty when none.

    Source: docs/pexip.md, PINs, the verdict table.
    """
    faults: list[Fault] = []
    for field, pin in (("host_pin", host_pin), ("guest_pin", guest_pin)):
        if pin and (shape := _shape_fault(pin)):
            faults.append(Fault(field, *shape))  # type: ignore[arg-type]  # the two names above
    if guests_allowed and not host_pin:
        faults.append(
            Fault(
                "host_pin",
                "host_pin_missing",
                _("Guests need a host: set a PIN for the host."),
            )
        )
    if guest_pin and not guests_allowed:
        faults.append(
            Fault(
                "guest_pin",
                "guests_not_allowed",
                _("A guest PIN needs a room that allows guests."),
            )
        )
    if faults or not (host_pin and guest_pin):
        return faults
    if host_pin == guest_pin:
        faults.append(
            Fault(
                "guest_pin",
                "pins_equal",
                _("The host and the guest must have different PINs."),
            )
        )
    elif host_pin.endswith("#") != guest_pin.endswith("#"):
        faults.append(
            Fault(
                "guest_pin",
                "pin_hash",
                _("Either both PINs end with #, or neither does."),
            )
        )
    elif len(host_pin) != len(guest_pin) and not host_pin.endswith("#"):
        faults.append(
            Fault(
                "guest_pin",
                "pin_lengths",
                _("The two PINs must be equally long, or both end with #."),
            )
        )
    return faults


def weakness(pin: str, *, room_number: str = "") -> str | None:
    """Return why the PIN is too easy to guess, as a sentence, or None when it is not.

    Weak are repeats (111111, 121212), runs (123456, 987654), the room's own number and a
    lone year (1900-2099).
    """
    digits = pin.removesuffix("#")
    if not digits:
        return None
    if any(
        len(digits) % size == 0 and digits == digits[:size] * (len(digits) // size)
        for size in range(1, len(digits) // 2 + 1)
    ):
        return str(_("The PIN cannot repeat the same digits."))
    if digits in _ASCENDING * 3 or digits in _DESCENDING * 3:
        return str(_("The PIN cannot be digits in sequence."))
    if room_number and (digits in (room_number, room_number[::-1])):
        return str(_("The PIN cannot be the room number."))
    if len(digits) == 4 and digits[:2] in {"19", "20"}:
        return str(_("The PIN cannot be a year."))
    return None


def generate(*, room_number: str = "", unlike: str = "", length: int = GENERATED_LENGTH) -> str:
    """Return a random PIN that is not weak and differs from ``unlike``.

    With ``unlike`` it has the same form, so that the pair passes the platform's rules.
    """
    ending = ""
    if unlike:
        length, ending = (
            len(unlike.removesuffix("#")),
            "#" if unlike.endswith("#") else "",
        )
    while True:
        pin = "".join(secrets.choice("0123456789") for _position in range(length)) + ending
        if pin != unlike and weakness(pin, room_number=room_number) is None:
            return pin


def check_set_here(
    *,
    guests_allowed: bool,
    host_pin: str,
    guest_pin: str,
    room_number: str = "",
    chosen: Collection[str] = FIELDS,
) -> None:
    """Raise ``ValidationError`` by field for PINs that are wrong or too easy to guess.

    ``chosen`` names those that are set in the portal now. Imported ones may be weak (their
    preview warns) and stay so until they are changed.
    """
    errors: dict[str, list[ValidationError]] = {}
    for fault in platform_faults(
        guests_allowed=guests_allowed, host_pin=host_pin, guest_pin=guest_pin
    ):
        errors.setdefault(fault.field, []).append(ValidationError(fault.message, code=fault.code))
    for field, pin in (("host_pin", host_pin), ("guest_pin", guest_pin)):
        if (
            field in chosen
            and field not in errors
            and (reason := weakness(pin, room_number=room_number))
        ):
            errors.setdefault(field, []).append(ValidationError(reason, code="pin_weak"))
    if errors:
        raise ValidationError(errors)
