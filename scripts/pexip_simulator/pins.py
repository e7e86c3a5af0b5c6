"""The door of a meeting: which PIN makes whom of somebody, and how often one may try."""

from __future__ import annotations

import threading
import time
from collections import defaultdict

from scripts.pexip_simulator.services import Service
from scripts.pexip_simulator.store import Store

ATTEMPTS = 3
GUARD_SECONDS = 600


class PinDoor:
    """Remembers wrong PINs of every service for as long as the guard against break-ins does."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._lock = threading.Lock()
        self._wrong: dict[str, list[float]] = defaultdict(list)

    def role_for(self, service: Service, pins: list[str]) -> str | None:
        """Return who somebody is who types these PINs, None after three wrong ones or too few."""
        if not service.pin:
            return "chair"
        if self._is_guarded(service):
            return None
        for typed in (pins or [""])[:ATTEMPTS]:
            word = typed.removesuffix("#")
            if word == service.pin.removesuffix("#"):
                return "chair"
            if service.allow_guests and word == service.guest_pin.removesuffix("#"):
                return "guest"
            with self._lock:
                self._wrong[service.name].append(time.monotonic())
        return None

    def _is_guarded(self, service: Service) -> bool:
        """Return whether so many PINs were wrong that nobody new gets in for a while."""
        since = time.monotonic() - GUARD_SECONDS
        with self._lock:
            wrong = [at for at in self._wrong[service.name] if at > since]
            self._wrong[service.name] = wrong
        settings = self.store.settings()
        limit: int = settings["bdpm_max_pin_failures_per_window"]
        return bool(settings["bdpm_pin_checks_enabled"]) and len(wrong) > limit
