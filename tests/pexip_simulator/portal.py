"""A portal of a few lines, to see how the simulator asks it and what it tells it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SERVICE = "service/configuration"
PARTICIPANT = "participant/properties"

ROOM = {
    "service_type": "conference", "name": "Samtale 2", "service_tag": "org-8841",
    "allow_guests": True, "pin": "482913", "guest_pin": "107755",
}  # fmt: skip


def room(**changes: Any) -> dict[str, Any]:
    """Return a policy answer about the room, with changes; a value of None takes a key out."""
    result = {name: value for name, value in (ROOM | changes).items() if value is not None}
    return {"status": "success", "action": "continue", "result": result}


class Portal:
    """Answers policy from ``answers`` (lookup -> status and body) and keeps the events."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, tuple[int, Any]] = {SERVICE: (200, room())}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.bodies: list[Any] = []
        self.credentials: set[str] = set()
        self.refuse_events = 0

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every event so far, bulk deliveries taken apart."""
        found: list[dict[str, Any]] = []
        for body in self.bodies:
            bulk = isinstance(body, dict) and body.get("event") == "eventsink_bulk"
            found += body["data"] if bulk else [body]
        return found

    def told(self) -> list[str]:
        """The names of the events in order."""
        return [event["event"] for event in self.events]


@contextmanager
def running_portal() -> Iterator[Portal]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            lookup = parts.path.partition("/policy/v1/")[2]
            query = parse_qs(parts.query, keep_blank_values=True)
            portal.asked.append((lookup, {name: values[0] for name, values in query.items()}))
            portal.credentials.add(self.headers["Authorization"])
            self._send(*portal.answers.get(lookup, (404, {"status": "failure"})))

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            if portal.refuse_events:
                portal.refuse_events -= 1
                return self._send(503, {})
            try:
                portal.bodies.append(json.loads(raw))
            except ValueError:
                return self._send(400, {})
            return self._send(200, {})

        def _send(self, status: int, body: Any) -> None:
            text = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    portal = Portal(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
