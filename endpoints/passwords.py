"""Passwords that endpoints register with: what is taken, and new ones."""

from __future__ import annotations

import secrets

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

SHORTEST = 12
LONGEST = 100
# Typed on a screen with a remote control: small letters and digits that nobody mixes up.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 5, 4


def generate() -> str:
    """Return a new random password of about 99 bits: ``k7fm-x2pq-h9wd-r4tn-c8vz``."""
    return "-".join(
        "".join(secrets.choice(ALPHABET) for _letter in range(GROUP_LENGTH))
        for _group in range(GROUPS)
    )


def check(password: str) -> None:
    """Raise ``ValidationError`` unless every platform and device takes the password.

    Nothing is stripped: a space at either end is part of it. Letters beyond a–z are refused,
    because devices disagree on how to encode them, and the answer to a challenge is made
    from bytes.
    """
    if len(password) < SHORTEST:
        raise ValidationError(
            ngettext_lazy(
                "A password has at least %(count)s character.",
                "A password has at least %(count)s characters.",
                SHORTEST,
            )
            % {"count": SHORTEST},
            code="password_short",
        )
    if len(password) > LONGEST:
        raise ValidationError(
            _("A password has at most %(count)s characters.") % {"count": LONGEST},
            code="password_long",
        )
    if not (password.isascii() and password.isprintable()):
        raise ValidationError(
            _("Use a–z, digits, spaces and common signs only. Devices do not agree on æ, ø and å."),
            code="password_characters",
        )
    if len(set(password)) < 5:
        raise ValidationError(_("The password repeats the same characters."), code="password_weak")
