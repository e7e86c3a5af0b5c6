"""Why a sign-in through a provider came to nothing."""

from __future__ import annotations

from allauth.socialaccount.providers.oauth2.client import OAuth2Error


class Refused(OAuth2Error):
    """The provider's answer does not hold. ``reason`` is a word for the log, never a claim."""

    reason = "answer"

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason or self.reason)
        self.reason = reason or self.reason


class Unreachable(Refused):
    """The provider did not answer, or with something that is no answer."""

    reason = "unreachable"


class LevelTooLow(Refused):
    """The person signed in at a lower level than the portal asks for."""

    reason = "level"
