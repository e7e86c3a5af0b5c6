"""The one query behind each answer: the platform that asks, and what it asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rooms.platforms.machines import fetch_rows
from rooms.platforms.policy.lookup import FromPlatform, part_of

_REGISTRATION = "select * from endpoints_registration_answer(%s, %s)"
_DIRECTORY = "select * from endpoints_directory_answer(%s, %s, %s, %s::text[], %s)"
_PICTURE = "select * from endpoints_picture_answer(%s, %s)"


@dataclass(frozen=True)
class Registering(FromPlatform):
    """Somebody wants to register as ``address``.

    ``endpoint`` maps columns to values, its password still encrypted; it is None when no
    endpoint may register there: there is none, it is blocked or removed, or its organisation
    is out of use.
    """

    address: str
    endpoint: dict[str, Any] | None

    @property
    def is_in_our_domain(self) -> bool:
        """Whether nobody but the portal says who registers at the address.

        One without a domain is meant at the platform's own.
        """
        _local, at, domain = self.address.rpartition("@")
        return not at or domain == self.platform["domain"].lower()


@dataclass(frozen=True)
class Searching(FromPlatform):
    """Somebody looks in the directory; ``entries`` are those of their own organisation."""

    entries: list[dict[str, Any]]


@dataclass(frozen=True)
class Picturing(FromPlatform):
    """Somebody wants the picture of an address: ``what`` is there, empty for nothing of ours."""

    what: str


def ask_registration(slug: str, address: str) -> Registering | None:
    """Return what is known of the address, or None for no such platform. One query.

    Raises :class:`rooms.platforms.machines.Unanswerable`, as the others do.
    """
    rows = fetch_rows(_REGISTRATION, (slug, address))
    if not rows:
        return None
    endpoint = part_of(rows[0], "endpoint_")
    known = endpoint["username"] is not None
    return Registering(part_of(rows[0], "platform_"), address, endpoint if known else None)


def ask_directory(slug: str, asking: str, words: str, most: int) -> Searching | None:
    """Return up to ``most`` entries whose name or address holds every word, by name. One query.

    ``asking`` is the address of the endpoint that searches: it decides whose entries they are,
    and there are none for an address that may not register.
    """
    patterns = patterns_of(words)
    # Two letters have no trigram: the longest word is the one to look up.
    first = max(patterns, key=len, default="%")
    others = [pattern for pattern in patterns if pattern != first]
    rows = fetch_rows(_DIRECTORY, (slug, asking, first, others, most))
    if not rows:
        return None
    entries = [part_of(row, "entry_") for row in rows]
    return Searching(
        part_of(rows[0], "platform_"), [entry for entry in entries if entry["name"] is not None]
    )


def ask_picture(slug: str, address: str) -> Picturing | None:
    """Return what is at the address, or None for no such platform. One query."""
    rows = fetch_rows(_PICTURE, (slug, address))
    return Picturing(part_of(rows[0], "platform_"), rows[0]["what"]) if rows else None


def patterns_of(words: str) -> list[str]:
    """Return a pattern for ``like`` for each word, in capitals as the indexes are."""
    typed = "".join(letter if letter.isprintable() else " " for letter in words[:100])
    return [
        "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        for word in typed.upper().split()
    ]
