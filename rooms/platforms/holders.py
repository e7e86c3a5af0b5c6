"""Who else than rooms has addresses on a platform, and which devices it must have.

Endpoints stand above rooms: their app registers itself when it is ready, as it does for the
outbox, and whoever compares a platform or changes its patterns asks it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from rooms.platforms.port import DeviceSpec


@dataclass(frozen=True)
class Holder:
    """Whoever has devices on a platform, as it is stored; ``specs`` are without passwords.

    Without any spec nothing may register: it is blocked or removed.
    """

    key: UUID
    organisation_id: int
    platform_id: int
    specs: tuple[DeviceSpec, ...]


class Holders(Protocol):
    """Reads those who have devices, of every tenant."""

    def named(self, keys: Collection[UUID]) -> dict[UUID, Holder]:
        """Return those with these public ids, wherever they are; removed ones too."""

    def on(self, platform_id: int) -> Iterator[Holder]:
        """Give those who may register on the platform."""

    def with_address_like(self, platform_id: int, expressions: Sequence[str]) -> int:
        """Return how many on the platform have an address that one of these matches whole."""

    def rows(self, keys: Collection[UUID]) -> dict[UUID, Any]:
        """Return the rows that the log names, by public id."""


_holders: list[Holders] = []


def register(holders: Holders) -> None:
    """Let these be asked; called once, when their app is ready."""
    _holders[:] = [holders]


def holders() -> Holders:
    """Return who knows the devices."""
    return _holders[0]
