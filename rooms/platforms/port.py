"""What the portal asks of a video platform, whatever its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class RoomSpec:
    """A room as the platform must have it. PINs are plain text; never log a spec.

    ``callrate`` is kbit/s, None for the platform's own limit. ``theme`` is the platform's name.
    """

    number: str
    name: str
    description: str
    service_type: str
    aliases: tuple[str, ...]
    tag: str
    guests_allowed: bool
    host_pin: str
    guest_pin: str
    participant_limit: int
    full_hd: bool
    callrate: int | None
    layout: str
    theme: str
    chat: bool
    guests_may_present: bool
    show_names: bool
    autolock: bool
    owner_email: str

    def __repr__(self) -> str:
        return f"RoomSpec(number={self.number!r})"


class PlatformRefused(Exception):
    """The platform said no, and will say no again. ``str()`` is its own reason, kept whole."""


class PlatformUnavailable(Exception):
    """The platform could not be asked or did not answer in time; worth trying again."""


class Platform(Protocol):
    """A video platform. Both calls are idempotent: the room's number is the key."""

    def put_room(self, spec: RoomSpec) -> None:
        """Make the platform's room equal to ``spec``, creating it if need be."""

    def remove_room(self, number: str) -> None:
        """Make sure that no room answers on the number."""
