"""The simulator on a port of the loopback address."""

from __future__ import annotations

import socket
import struct
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from scripts.pexip_simulator.control import PREFIX, control
from scripts.pexip_simulator.simulator import Broken, Simulator
from scripts.pexip_simulator.wire import Answer, Request

LOOPBACK = "127.0.0.1"
LARGEST = 256 * 1024 * 1024


class Server(ThreadingHTTPServer):
    """Serves one simulator, a thread for each connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, simulator: Simulator, port: int) -> None:
        super().__init__((LOOPBACK, port), Handler)
        self.simulator = simulator
        self.broken: set[Any] = set()

    def shutdown_request(self, request: Any) -> None:
        """End a connection; one that is to be broken gets no farewell, only a reset."""
        if request not in self.broken:
            return super().shutdown_request(request)
        self.broken.discard(request)
        return self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Be quiet about callers that hang up."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "PexipSimulator"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one packet

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST:
            self.close_connection = True
            return self._send(Answer(413))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, self.rfile.read(length), headers)
        try:
            self._send(self._answer(request))
        except Broken as broken:
            time.sleep(broken.seconds)
            self._break()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 (http.server's names)

    def _answer(self, request: Request) -> Answer:
        simulator = self.server.simulator
        if not request.path.startswith(f"{PREFIX}/"):
            return simulator.answer(request)
        return control(simulator, request) if simulator.is_known(request) else Answer(401)

    def _send(self, answer: Answer) -> None:
        body = answer.payload()
        self.send_response(answer.status)
        if answer.body is not None:
            self.send_header("Content-Type", "application/json")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _break(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.server.broken.add(self.connection)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (http.server's name)
        """Print nothing for each request; they are in the recording."""
