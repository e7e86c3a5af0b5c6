"""What can be wrong with a file as a whole, and with one of its cells."""

from __future__ import annotations

from dataclasses import dataclass


class Unreadable(Exception):
    """The file cannot be read as rooms at all; ``str()`` is the sentence for the reader.

    ``code`` is stable and in English, for tests and logs.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one cell, or something worth knowing about it.

    ``row`` is the row of the spreadsheet, counted from 1 with the header. ``column`` is the
    column's name in the file, empty where the whole row is meant.
    """

    row: int
    column: str
    code: str
    message: str
