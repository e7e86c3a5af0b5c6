"""The one query behind an answer: the platform that asks, and the room at the address."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

from rooms.platforms.machines import fetch_rows
from videoportal.kit.fields import decrypt

_ANSWER = "select * from rooms_policy_answer(%s, %s)"


@dataclass(frozen=True)
class Asked:
    """What the database knows of a request: the platform's settings and the room, if any.

    Both map columns to values, secrets still encrypted; ``room`` is None when the address is
    not ours.
    """

    platform: dict[str, Any]
    room: dict[str, Any] | None

    @property
    def is_paused(self) -> bool:
        return self.platform["state"] != "active"

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
    row = rows[0]
    platform = {
        name.removeprefix("platform_"): value
        for name, value in row.items()
        if name.startswith("platform_")
    }
    room = {
        name.removeprefix("room_"): value for name, value in row.items() if name.startswith("room_")
    }
    return Asked(platform, room if room["number"] is not None else None)


def shows_its_password(asked: Asked | None, given: tuple[str, str] | None) -> bool:
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
