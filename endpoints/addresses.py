"""Video addresses of endpoints: their form, and which of them belong to rooms."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rooms.platforms.models import VideoPlatform
from rooms.platforms.patterns import expression_of

LONGEST = 64
# A letter first: what begins with a digit is dialled as a number.
LOCAL_PART = re.compile(r"[a-z][a-z0-9._-]*[a-z0-9]")


def full_address(written: str, platform: VideoPlatform) -> str:
    """Return ``name@domain`` in lower case for what was typed, with or without the domain.

    Typed with another domain it keeps that, for whoever judges it.
    """
    address = written.strip().lower().removeprefix("sip:")
    return address if "@" in address else f"{address}@{platform.domain.lower()}"


def check_address(address: str, platform: VideoPlatform) -> None:
    """Raise ``ValidationError`` unless an endpoint may have the address on the platform.

    Whether it is taken is the database's to say.
    """
    local, _at, domain = address.partition("@")
    if domain != platform.domain.lower():
        raise ValidationError(
            _("The address ends with @%(domain)s. Enter only what comes before it."),
            code="address_domain",
            params={"domain": platform.domain},
        )
    if len(local) > LONGEST:
        raise ValidationError(
            _("The address has at most %(count)s characters before @."),
            code="address_long",
            params={"count": LONGEST},
        )
    if not LOCAL_PART.fullmatch(local):
        raise ValidationError(
            _(
                "Begin with a letter a–z. Then come letters, digits, full stop, hyphen and "
                "underscore, and the last one is a letter or a digit."
            ),
            code="address_form",
        )
    if is_room_address(address, platform):
        raise ValidationError(
            _("Meeting rooms have such addresses. Choose another one."), code="address_of_room"
        )


def is_room_address(address: str, platform: VideoPlatform) -> bool:
    """Return whether the platform would take the address for a room's, open or not yet ordered."""
    return any(
        re.fullmatch(expression_of(pattern, platform.domain), address, re.IGNORECASE)
        for pattern in platform.alias_patterns
    )
