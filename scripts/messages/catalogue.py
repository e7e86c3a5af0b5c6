"""What a message is, and where the portal's messages are."""

from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("nb", "nn")

Key = tuple[str | None, str]  # context and message id


class MessageError(Exception):
    """A source or a .po file cannot be read; the message names file and line."""


@dataclass
class Entry:
    """One message: its plural id when it has one, and its translations, one per form."""

    plural: str | None = None
    strings: list[str] = field(default_factory=list)
    is_library: bool = False
    is_fuzzy: bool = False

    @property
    def forms(self) -> int:
        return 2 if self.plural is not None else 1

    @property
    def is_complete(self) -> bool:
        return len(self.strings) == self.forms and all(self.strings)


@dataclass
class Messages:
    """The messages of the sources, with the places that name each."""

    entries: dict[Key, Entry] = field(default_factory=dict)
    places: dict[Key, list[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, key: Key, plural: str | None, place: str) -> None:
        known = self.entries.setdefault(key, Entry(plural))
        if plural is not None and known.plural not in {None, plural}:
            self.faults.append(f"{place}: two plurals of {key[1]!r}: {known.plural!r}, {plural!r}")
        known.plural = known.plural if known.plural is not None else plural
        self.places.setdefault(key, []).append(place)
