"""What the portal keeps of a provider's claims: a subject, and for a moment a name and address.

Providers send national identity numbers, which the portal has no use for. Nothing but what is
picked here goes further than the function that verified the token.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from allauth.socialaccount import app_settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from stdnum.no import fodselsnummer

from tenants.oidc.configuration import Provider
from tenants.oidc.errors import Refused

MAX_SUBJECT = 255


@dataclass(frozen=True)
class Identity:
    """Somebody at a provider. ``email`` is empty unless the provider says that it is theirs.

    ``session`` is the provider's name for the session there, where it has one.
    """

    subject: str
    email: str = ""
    name: str = ""
    session: str = ""

    @property
    def shown(self) -> str:
        """What the person knows the account by; empty where the provider tells neither."""
        return self.email or self.name


def pick(provider: Provider, claims: dict[str, Any]) -> Identity:
    """Return what we keep; refuse a subject that is somebody's national identity number."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT:
        raise Refused("subject")
    if _is_national_number(subject):
        raise Refused("national identity number")
    session = claims.get("sid")
    return Identity(
        subject,
        _verified_email(provider, claims),
        _name(provider, claims),
        session if isinstance(session, str) else "",
    )


def uid_of(provider: Provider, subject: str) -> str:
    """Return what a link is found by: a subject means something only together with its issuer.

    allauth's column is narrower than subjects may be; long ones are kept as their digest.
    """
    uid = f"{provider.issuer}|{subject}"
    if len(uid) <= app_settings.UID_MAX_LENGTH:
        return uid
    return f"{provider.issuer}|sha256:{sha256(subject.encode()).hexdigest()}"


def _verified_email(provider: Provider, claims: dict[str, Any]) -> str:
    # "false" as text is true in Python: take what means yes, and nothing else.
    if claims.get(provider.email_verified_claim) not in (True, "true", "1"):
        return ""
    email = claims.get(provider.email_claim)
    if not isinstance(email, str):
        return ""
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email.lower()


def _name(provider: Provider, claims: dict[str, Any]) -> str:
    name = claims.get(provider.name_claim)
    return name[:150] if isinstance(name, str) and not _is_national_number(name) else ""


def _is_national_number(text: str) -> bool:
    digits = "".join(filter(str.isalnum, text))
    # Test numbers have 40, 65 or 80 added to the month; D-numbers 40 to the day.
    if len(digits) != 11 or not digits.isascii() or not digits.isdigit():
        return False
    return bool(fodselsnummer.is_valid(digits)) or _has_check_digits(digits)


def _has_check_digits(digits: str) -> bool:
    numbers = [int(digit) for digit in digits]
    first = sum(w * n for w, n in zip((3, 7, 6, 1, 8, 9, 4, 5, 2, 1), numbers, strict=False))
    second = sum(w * n for w, n in zip((5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1), numbers, strict=False))
    return first % 11 == 0 and second % 11 == 0
