"""An authenticator app for tests: the codes that a phone would show."""

from __future__ import annotations

import time

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value

from tenants.models import User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def give_app(user: User) -> list[str]:
    """Set up an authenticator app with ``SECRET``; return the recovery codes."""
    TOTP.activate(user, SECRET)
    codes: list[str] = RecoveryCodes.activate(user).get_unused_codes()
    return codes


def code_of(secret: str = SECRET, *, ahead: int = 0) -> str:
    """Return the code that is shown now, or so many half minutes ahead; each is good once."""
    value: str = format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))
    return value
