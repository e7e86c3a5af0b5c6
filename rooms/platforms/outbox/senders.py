"""Who knows what a platform must have of each kind of thing.

Endpoints stand above rooms and bring their own sender: apps register theirs when they are
ready, and the outbox sends for them all.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from rooms.platforms.outbox.models import OutboxEntry
from rooms.platforms.port import Platform


@dataclass(frozen=True)
class Told:
    """How a thing stands after it was sent.

    ``ready`` when the platform has it; ``failed`` when it said no, or gave no answer for so
    long that somebody should know. Neither of them: it is tried again.
    """

    ready: bool = False
    failed: bool = False
    attempts: int = 0
    reason: str = ""


class Sender(Protocol):
    """Reads a thing, sends it, and stores on it how it stands."""

    def send(self, adapter: Platform, entry: OutboxEntry) -> None:
        """Bring the platform in line with the thing as it is stored now.

        Raises the port's errors, their words without anything secret.
        """

    def lock(self, key: UUID) -> None:
        """Lock the thing's row, as a change of it does before it is queued."""

    def renew(self, keys: Collection[UUID]) -> None:
        """Lock the things and store on each that the platform has not heard of it as it is."""

    def note(self, key: UUID, told: Told) -> None:
        """Store on the locked thing how it stands."""


_senders: dict[str, Sender] = {}


def register(kind: str, sender: Sender) -> None:
    """Let this sender serve the kind; called when an app is ready."""
    _senders[kind] = sender


def sender_of(kind: str) -> Sender:
    """Return who sends things of this kind."""
    return _senders[kind]
