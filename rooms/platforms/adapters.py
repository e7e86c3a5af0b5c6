"""Which adapter speaks with a platform."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from rooms.platforms.models import VideoPlatform
from rooms.platforms.pexip.adapter import Pexip
from rooms.platforms.port import DeviceSpec, Platform, RoomSpec
from rooms.platforms.simulator import SimulatedPlatform


class AnswersByPolicy:
    """For a platform that asks the portal at every call: there is nothing to write to it.

    A room is ready the moment it is stored, because the next request is answered from it.
    """

    def put_room(self, spec: RoomSpec, *, adopts: str = "") -> None:
        """Do nothing: the policy server answers for the room."""

    def remove_room(self, tag: str) -> None:
        """Do nothing: the policy server refuses a closed room."""

    def put_devices(self, tag: str, specs: Sequence[DeviceSpec]) -> None:
        """Do nothing: the policy server answers for every registration."""


@cache
def simulated() -> SimulatedPlatform:
    """Return the simulated platform of this process."""
    return SimulatedPlatform()


def adapter_of(platform: VideoPlatform) -> Platform:
    """Return what speaks with the platform, by its kind and by whether the portal writes to it."""
    if platform.kind == VideoPlatform.Kind.SIMULATOR:
        return simulated()
    return Pexip(platform) if platform.writes_rooms else AnswersByPolicy()
