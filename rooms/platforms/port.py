"""What the portal asks of a video platform, whatever its kind."""

from __future__ import annotations

from collections.abc import Sequence
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


@dataclass(frozen=True)
class DeviceSpec:
    """One address that an endpoint may register with. The password is plain text; never log it."""

    alias: str
    username: str
    password: str
    description: str
    owner_email: str
    sip: bool = True
    h323: bool = False
    app: bool = False

    def __repr__(self) -> str:
        return f"DeviceSpec(alias={self.alias!r})"


class PlatformRefused(Exception):
    """The platform said no, and will say no again. ``str()`` is its own reason, kept whole."""


class PlatformUnavailable(Exception):
    """The platform could not be asked or did not answer in time; worth trying again.

    What is said of the request rather than of the platform, so that others may get through.
    ``status`` is the HTTP status of what came back, 0 when nothing did.
    """

    def __init__(self, words: str, *, status: int = 0) -> None:
        super().__init__(words)
        self.status = status


class PlatformDown(PlatformUnavailable):
    """Nothing gets through: no connection, a refused sign-in, a platform that says it is busy."""


class PlatformBusy(PlatformUnavailable):
    """The portal's own share of requests is used up for now; ``wait`` is seconds until there is
    one.
    """

    def __init__(self, wait: float) -> None:
        super().__init__("The share of requests is used up for the moment.")
        self.wait = wait


class Platform(Protocol):
    """A video platform. Every call is idempotent; the tag is the key of what the portal made."""

    def put_room(self, spec: RoomSpec, *, adopts: str = "") -> None:
        """Make the platform's room equal to ``spec``, creating it if need be.

        ``adopts`` is the platform's address of a room, made by somebody else, to take over.
        """

    def remove_room(self, tag: str) -> None:
        """Make sure that no room carries the tag."""

    def put_devices(self, tag: str, specs: Sequence[DeviceSpec]) -> None:
        """Make the registration permissions that carry the tag equal to ``specs``; maybe none."""
