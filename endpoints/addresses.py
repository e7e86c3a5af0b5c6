"""Video addresses of endpoints: their form, and which of them belong to rooms."""

from __future__ import annotations

import re

from rooms.platforms.models import DOMAIN, NUMBER, VideoPlatform

LONGEST = 64
# A letter first: what begins with a digit is dialled as a number.
LOCAL_PART = re.compile(r"[a-z][a-z0-9._-]*[a-z0-9]")
NUMBERS = "[0-9]{4,20}"


def full_address(written: str, platform: VideoPlatform) -> str:
    """Return ``name@domain`` in lower case for what was typed, with or without the domain.

    Typed with another domain it keeps that, for whoever judges it.
    """
    address = written.strip().lower().removeprefix("sip:")
    return address if "@" in address else f"{address}@{platform.domain.lower()}"


def is_room_address(address: str, platform: VideoPlatform) -> bool:
    """Return whether the platform would take the address for a room's, open or not yet ordered."""
    return any(
        re.fullmatch(_as_expression(pattern, platform.domain), address, re.IGNORECASE)
        for pattern in platform.alias_patterns
    )


def _as_expression(pattern: str, domain: str) -> str:
    written = re.escape(pattern.replace(DOMAIN, domain))
    return written.replace(re.escape(NUMBER), NUMBERS)
