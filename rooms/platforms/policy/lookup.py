"""The one query behind an answer: the platform that asks, and the room at the address."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

from rooms.platforms.machines import fetch_rows
from videoportal.kit.fields import decrypt

_ANSWER = "select * from rooms_policy_answer(%s, %s)"


@dataclass(frozen=True)
class FromPlatform:
    """A request of a platform: its settings by column, secrets still encrypted."""

    platform: dict[str, Any]

    @property
    def is_paused(self) -> bool:
        return self.platform["state"] != "active"


@dataclass(frozen=True)
class Asked(FromPlatform):
    """What the database knows of a request about a room.

    ``room`` maps columns to values as well; it is None when the address is not ours.
    """

    room: dict[str, Any] | None

    @property
    def is_closed(self) -> bool:
        return self.room is not None and self.room["closed_at"] is not None


def ask(slug: str, address: str) -> Asked | None:
    """Return the platform and its room at the address, or None for no such platform. One query.

    Raises :class:`rooms.platforms.machines.Unanswerable`.
    """
    rows = fetch_rows(_ANSWER, (slug, address))
    if not rows:
        return None
    room = part_of(rows[0], "room_")
    return Asked(part_of(rows[0], "platform_"), room if room["number"] is not None else None)


def part_of(row: dict[str, Any], start: str) -> dict[str, Any]:
    """Return the columns whose names begin so, without that beginning."""
    return {name.removeprefix(start): row[name] for name in row if name.startswith(start)}


def shows_its_password(asked: FromPlatform | None, given: tuple[str, str] | None) -> bool:
    """Return whether the request carried the platform's own user and password.

    Takes as long for a platform that does not exist as for a wrong password.
    """
    user, password = given or ("", "")
    true_user = asked.platform["policy_user"] if asked else "-"
    true_password = decrypt(asked.platform["policy_password"]) if asked else "-"
    same = hmac.compare_digest(user.encode(), true_user.encode()) & hmac.compare_digest(
        password.encode(), true_password.encode()
    )
    return bool(same) and asked is not None and given is not None
