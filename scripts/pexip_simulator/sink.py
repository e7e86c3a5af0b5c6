"""The platform's event publisher: in order, one at a time, again and again until it is taken."""

from __future__ import annotations

import base64
import json
import random
import threading
import time
from collections import defaultdict, deque
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from scripts.pexip_simulator.store import Row, Store

BULK_AT_MOST = 200


class Sink:
    """Tells every event sink what happens, from each node on its own count."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.first_pause: float | None = None  # None: the platform's own setting
        self.holding = False
        self._changed = threading.Condition()
        self._seq: dict[str, int] = defaultdict(int)
        self._queue: deque[tuple[Row, Any]] = deque()
        self._held: list[tuple[Row, Any]] = []
        self._busy = False
        self._in_hand: list[Any] = []
        self._life = 0
        self.delivered = 0
        self.refused = 0
        self.is_stopped = False
        threading.Thread(target=self._deliver, daemon=True).start()

    def reset(self) -> None:
        """Forget what waits and count anew."""
        with self._changed:
            self._queue.clear()
            self._held.clear()
            self._seq.clear()
            self._life += 1
            self.holding = self.is_stopped = False
            self.first_pause = None
            self.delivered = self.refused = 0
            self._changed.notify_all()

    # What happens

    def tell(self, event: str, data: Row, *, node: str) -> None:
        """Publish an event of a node."""
        with self._changed:
            self._seq[node] += 1
            envelope = {
                "node": node,
                "seq": self._seq[node],
                "version": 2,
                "time": time.time(),
                "event": event,
                "data": data,
            }
            for sink in self._sinks():
                (self._held if self.holding else self._queue).append((sink, envelope))
            self._changed.notify_all()

    def say(self, body: Any) -> None:
        """Send any body as it is: a text that is no JSON, an event that nobody knows."""
        with self._changed:
            self._queue.extend((sink, body) for sink in self._sinks())
            self._changed.notify_all()

    def restart(self, node: str) -> None:
        """Let a node's publisher start again: it counts from 1 and says so."""
        with self._changed:
            self._seq[node] = 0
            self.is_stopped = False
        self.tell("eventsink_started", {}, node=node)

    def release(self, *, shuffle: int | None = None, copies: int = 1) -> int:
        """Send what was held, each so many times, in an order drawn from the seed."""
        with self._changed:
            held = self._held * copies
            self._held = []
            self.holding = False
            if shuffle is not None:
                random.Random(shuffle).shuffle(held)  # noqa: S311 (a repeatable disorder)
            self._queue.extend(held)
            self._changed.notify_all()
            return len(held)

    def wait(self, seconds: float) -> bool:
        """Return whether everything that is not held was taken within this time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._busy, seconds)

    def untold(self) -> list[Any]:
        """Return what was not taken yet, in order; what is held apart is not in it."""
        with self._changed:
            return [*self._in_hand, *(body for _sink, body in self._queue)]

    def shown(self) -> Row:
        with self._changed:
            return {
                "queued": len(self._queue) + self._busy,
                "held": len(self._held),
                "delivered": self.delivered,
                "refused": self.refused,
                "stopped": self.is_stopped,
                "seq": dict(self._seq),
            }

    def _sinks(self) -> list[Row]:
        """Return the sinks that any location lists."""
        with self.store.lock:
            places = self.store.rows["system_location"].values()
            uris = dict.fromkeys(uri for place in places for uri in place["event_sinks"])
            return [dict(row) for uri in uris if (row := self.store.at(uri, "event_sink"))]

    # Delivery

    def _deliver(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue and not self.is_stopped)
                sink, bodies = self._next()
                self._busy, self._in_hand = True, bodies
            self._until_taken(sink, bodies)
            with self._changed:
                self._busy, self._in_hand = False, []
                self._changed.notify_all()

    def _next(self) -> tuple[Row, list[Any]]:
        sink, body = self._queue.popleft()
        bodies = [body]
        while (
            sink["bulk_support"] and self._queue and len(bodies) < BULK_AT_MOST
            and self._queue[0][0]["id"] == sink["id"] and isinstance(body, dict)
            and isinstance(self._queue[0][1], dict)
        ):  # fmt: skip
            bodies.append(self._queue.popleft()[1])
        return sink, bodies

    def _until_taken(self, sink: Row, bodies: list[Any]) -> None:
        """Post until it is taken; at the longest pause the publisher falls silent."""
        settings = self.store.settings()
        pause = self.first_pause
        if pause is None:
            pause = settings["es_initial_retry_backoff"]
        life = self._life
        payload = _payload(bodies)
        while not _post(sink, payload, settings["es_connection_timeout"]):
            with self._changed:
                self.refused += 1
                if isinstance(bodies[0], str):  # sent to be refused
                    return
                if pause >= settings["es_maximum_retry_backoff"]:
                    self.is_stopped = True
                    self._queue.extendleft((sink, body) for body in reversed(bodies))
                    return
                if self._changed.wait_for(lambda: self._life != life, pause):
                    return
            pause *= 2
        with self._changed:
            if self._life == life:
                self.delivered += len(bodies)


def _payload(bodies: list[Any]) -> bytes:
    if len(bodies) > 1:
        bulk = {"event": "eventsink_bulk", "node": "127.0.0.1", "seq": 0, "version": 2,
                "time": time.time(), "data": bodies}  # fmt: skip
        return json.dumps(bulk, ensure_ascii=False).encode()
    body = bodies[0]
    return body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()


def _post(sink: Row, payload: bytes, seconds: float) -> bool:
    parts = urlsplit(sink["url"])
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    headers = {"Content-Type": "application/json", "User-Agent": "Pexip"}
    if sink["username"] or sink["password"]:
        token = base64.b64encode(f"{sink['username']}:{sink['password']}".encode()).decode()
        headers["Authorization"] = f"Basic {token}"
    connection = kind(parts.netloc, timeout=seconds)
    try:
        connection.request("POST", parts.path, payload, headers)
        answer = connection.getresponse()
        answer.read()
        return 200 <= answer.status < 300
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
