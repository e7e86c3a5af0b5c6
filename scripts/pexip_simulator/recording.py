"""What was asked of the simulator, for tests to look at."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from typing import Any

from scripts.pexip_simulator.wire import Request

KEPT = 20_000


class Recording:
    """The latest requests in order, and how many there were of each kind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self._requests: deque[dict[str, Any]] = deque(maxlen=KEPT)
            self._counts: Counter[str] = Counter()
            self._last = 0

    def add(self, request: Request, status: int, unknown: list[str], fault: str) -> None:
        """Keep a request with the status it was answered with, 0 for none at all."""
        try:
            body = request.json() if request.body else None
        except ValueError:
            body = request.body.decode(errors="replace")
        with self._lock:
            self._last += 1
            self._counts[f"{request.method} {status}"] += 1
            self._requests.append(
                {
                    "number": self._last,
                    "time": time.time(),
                    "method": request.method,
                    "path": request.path,
                    "query": request.query,
                    "body": body,
                    "status": status,
                    "unknown_fields": unknown,
                    "fault": fault,
                }
            )

    def shown(self) -> dict[str, Any]:
        with self._lock:
            return {"total": self._last, "counts": self._counts, "requests": [*self._requests]}
