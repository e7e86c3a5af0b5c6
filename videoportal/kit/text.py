"""Words for numbers, and cleaning of text that people type or paste."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# Written out up to nine, as in running Norwegian text.
_WORDS = {
    2: pgettext_lazy("number", "two"),
    3: pgettext_lazy("number", "three"),
    4: pgettext_lazy("number", "four"),
    5: pgettext_lazy("number", "five"),
    6: pgettext_lazy("number", "six"),
    7: pgettext_lazy("number", "seven"),
    8: pgettext_lazy("number", "eight"),
    9: pgettext_lazy("number", "nine"),
}

# Characters that turn the reading direction and can make one name look like another.
_DIRECTION = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}


def number_word(count: int) -> str:
    """Return two to nine as a word in the active language, other numbers as digits."""
    return str(_WORDS.get(count, count))


def whole(written: str, *, digits: int = 9) -> int | None:
    """Return the number that is written with at most so many digits; None for anything else.

    Python refuses to read a number of thousands of digits, and a database one of twenty.
    """
    fits = len(written) <= digits and written.isascii() and written.isdigit()
    return int(written) if fits else None


def clean_text(value: str, *, multiline: bool = False) -> str:
    """Return the text in Unicode form NFC; ``multiline`` allows line breaks and tabs.

    Raises :class:`~django.core.exceptions.ValidationError` for control characters and for
    characters that turn the reading direction (U+202A-202E, U+2066-2069).
    """
    for character in value:
        if ord(character) in _DIRECTION or (
            unicodedata.category(character) == "Cc" and not (multiline and character in "\n\r\t")
        ):
            raise ValidationError(
                _("The text holds a hidden character (%(code)s). Delete it and write it again."),
                code="hidden_character",
                params={"code": f"U+{ord(character):04X}"},
            )
    return unicodedata.normalize("NFC", value)
