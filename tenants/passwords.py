"""Words that whoever guesses a password here would try first."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# What the portal, its trade and its seasons are called. In lower case, without spaces.
CONTEXT_WORDS = (
    "videoportal", "portal", "video", "videomote", "videomøte", "mote", "møte", "moterom",
    "møterom", "rom", "pasient", "helse", "helsenett", "sykehus", "sjukehus", "kommune",
    "passord", "password", "velkommen", "welcome", "sommer", "vinter", "høst", "vår",
)  # fmt: skip
# So many other characters make a password that holds such words good again.
ENOUGH = 8


class ContextWordsValidator:
    """Refuses a password that is little more than such words and the owner's organisation.

    What is left when they are taken away must still be long: «Møterom2026!» is refused, a
    sentence that mentions a meeting room is not.
    """

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ``ValidationError`` when too little is left."""
        rest = "".join(password.lower().split())
        for word in sorted(self._words(user), key=len, reverse=True):
            rest = rest.replace(word, "")
        if len(rest) < ENOUGH and len(rest) < len("".join(password.split())):
            raise ValidationError(
                _("Most of the password is words that others would guess. Add more of your own."),
                code="password_of_context_words",
            )

    def get_help_text(self) -> str:
        """Return nothing: the hint at the field says what a good password is."""
        return ""

    @staticmethod
    def _words(user: Any) -> set[str]:
        domain = str(getattr(user, "email", "")).rpartition("@")[2].lower()
        own = {settings.PRODUCT_NAME.lower().replace(" ", ""), domain, *domain.split(".")}
        return {word for word in {*CONTEXT_WORDS, *own} if len(word) >= 3}
