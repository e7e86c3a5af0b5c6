"""A stand-in for the video platform: keeps rooms in the broker's store and refuses on demand.

It obeys the platform's own rules, so that what passes here is not refused there for a PIN
or a duplicate name. A test or a demonstration can make it refuse or fall silent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import redis
from django.conf import settings

from rooms import pins
from rooms.platforms.port import DeviceSpec, PlatformDown, PlatformRefused, RoomSpec
from videoportal.kit.fields import decrypt, encrypt

_ROOMS = "simulator:rooms"
_NUMBERS = "simulator:numbers"
_DEVICES = "simulator:devices"
_FAULTS = "simulator:faults"
EVERY_ROOM = "*"
SILENT = "silent"


class SimulatedPlatform:
    """Holds rooms by number in one Valkey hash under the cache's key prefix."""

    def __init__(self) -> None:
        self._store: Any = redis.Redis.from_url(
            settings.REDIS_URL, decode_responses=True, socket_timeout=2, socket_connect_timeout=2
        )
        self._prefix = settings.CACHES["default"]["KEY_PREFIX"]

    def put_room(self, spec: RoomSpec, *, adopts: str = "") -> None:
        self._meet_planned_fault(spec.number)
        for fault in pins.platform_faults(
            guests_allowed=spec.guests_allowed, host_pin=spec.host_pin, guest_pin=spec.guest_pin
        ):
            raise PlatformRefused(str(fault.message))
        self._ask("hset", _ROOMS, spec.number, encrypt(json.dumps(vars(spec))))
        self._ask("hset", _NUMBERS, spec.tag, spec.number)

    def remove_room(self, tag: str) -> None:
        number = self._ask("hget", _NUMBERS, tag)
        self._meet_planned_fault(number or "")
        room = self.room(number) if number else None
        if room is not None and room["tag"] == tag:
            self._ask("hdel", _ROOMS, number)
        self._ask("hdel", _NUMBERS, tag)

    def put_devices(self, tag: str, specs: Sequence[DeviceSpec]) -> None:
        self._meet_planned_fault(tag)
        if specs:
            kept = json.dumps([vars(spec) for spec in specs])
            self._ask("hset", _DEVICES, tag, encrypt(kept))
        else:
            self._ask("hdel", _DEVICES, tag)

    def room(self, number: str) -> dict[str, Any] | None:
        """Return the platform's own copy of a room, or None; for tests and demonstrations."""
        stored = self._ask("hget", _ROOMS, number)
        return None if stored is None else json.loads(decrypt(stored))

    def plan_fault(self, number: str, reason: str | None) -> None:
        """Refuse the number with this reason from now on; ``SILENT`` plays dead, None ends it."""
        if reason is None:
            self._ask("hdel", _FAULTS, number)
        else:
            self._ask("hset", _FAULTS, number, reason)

    def forget_everything(self) -> None:
        """Empty the platform."""
        for key in (_ROOMS, _NUMBERS, _DEVICES, _FAULTS):
            self._ask("delete", key)

    def _meet_planned_fault(self, number: str) -> None:
        reason = self._ask("hget", _FAULTS, number) or self._ask("hget", _FAULTS, EVERY_ROOM)
        if reason == SILENT:
            raise PlatformDown("The platform did not answer in time.")
        if reason:
            raise PlatformRefused(reason)

    def _ask(self, command: str, key: str, *values: str) -> Any:
        try:
            return getattr(self._store, command)(f"{self._prefix}:{key}", *values)
        except redis.RedisError as error:
            raise PlatformDown(str(error)) from error
