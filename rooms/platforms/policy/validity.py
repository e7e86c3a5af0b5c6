"""Whether a policy answer obeys the platform's own rules.

The platform drops an answer that breaks one of them and tells only its log, so it is told
here first: an answer with a fault never leaves. Source: docs/pexip.md,
PINs, Management API and External policy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rooms import pins
from rooms.choices import Layout

LONGEST = 250
CALLRATES = range(128_000, 8_192_001)
PARTICIPANTS = range(1_000_001)
POLICY_LAYOUTS = {layout.value for layout in Layout} | {
    "one_main_one_pip",
    "one_main_nine_around",
    "one_main_twelve_around",
    "two_mains_eight_around",
    "teams",
}

type Check = Callable[[Any], bool]


def _one_of(*values: str) -> Check:
    return lambda value: value in values


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _number_in(allowed: range) -> Check:
    return lambda value: type(value) is int and value in allowed


_ANY_SERVICE: dict[str, Check] = {
    "name": _is_text,
    "service_tag": _is_text,
    "service_type": _one_of("conference", "lecture"),
    "description": _is_text,
    "local_display_name": _is_text,
    "primary_owner_email_address": lambda value: _is_text(value) and len(value) <= 100,
    "ivr_theme_name": _is_text,
    "pinning_config": _is_text,
    "pin": _is_text,
    "guest_pin": _is_text,
    "allow_guests": _is_flag,
    "guests_can_present": _is_flag,
    "guests_can_see_guests": _one_of("no_hosts", "always", "never"),
    "enable_chat": _one_of("default", "yes", "no"),
    "enable_overlay_text": _is_flag,
    "enable_active_speaker_indication": _is_flag,
    "force_presenter_into_main": _is_flag,
    "mute_all_guests": _is_flag,
    "locked": _is_flag,
    "breakout_rooms": _is_flag,
    "call_type": _one_of("video", "video-only", "audio"),
    "crypto_mode": _one_of("besteffort", "on", "off"),
    "max_callrate_in": _number_in(CALLRATES),
    "max_callrate_out": _number_in(CALLRATES),
    "max_pixels_per_second": _one_of("sd", "hd", "fullhd"),
    "participant_limit": _number_in(PARTICIPANTS),
}
_CONFERENCE: dict[str, Check] = {**_ANY_SERVICE, "view": lambda value: value in POLICY_LAYOUTS}
_NOT_FOR_LECTURES = {Layout.ADAPTIVE.value}
_LECTURE: dict[str, Check] = {
    **_ANY_SERVICE,
    "host_view": lambda value: value in POLICY_LAYOUTS - _NOT_FOR_LECTURES,
    "guest_view": lambda value: value in POLICY_LAYOUTS - _NOT_FOR_LECTURES,
}
_REQUIRED = ("name", "service_tag", "service_type")


def service_faults(result: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a service configuration, by field; empty when it may leave.

    No value is quoted: it could be a PIN.
    """
    return [*_service_faults(result)]


def _service_faults(result: Mapping[str, Any]) -> Iterator[str]:
    for field in _REQUIRED:
        if field not in result:
            yield f"{field} is missing"
    checks = _LECTURE if result.get("service_type") == "lecture" else _CONFERENCE
    for field, value in result.items():
        check = checks.get(field)
        if check is None:
            yield f"{field} is not a field of this service"
        elif value is None or value == "":
            yield f"{field} is empty and must be left out"
        elif not check(value):
            yield f"{field} has a value that the platform does not take"
    for fault in pins.platform_faults(
        guests_allowed=result.get("allow_guests") is True,
        host_pin=str(result.get("pin", "")),
        guest_pin=str(result.get("guest_pin", "")),
    ):
        yield f"{fault.field}: {fault.code}"
