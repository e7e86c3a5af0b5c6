"""A mail server for tests: as much of SMTP as Django's client speaks."""

from __future__ import annotations

import socket
import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        if self.server.turned_away < self.server.turn_away:
            self.server.turned_away += 1
            self._say("421 closing down")
            return
        self._say("220 mail.test ready")
        while line := self.rfile.readline().strip():
            verb = line[:4].upper()
            if verb == b"EHLO":
                self._say("250 mail.test")
            elif verb == b"RCPT" and b"refused@" in line:
                self._say("550 no such mailbox")
            elif verb == b"DATA":
                self._say("354 go on")
                self.server.keep(self._letter())
                self._say("250 kept")
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())

    def _letter(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)


class MailServer(socketserver.ThreadingTCPServer):
    """Keeps what it is sent in ``letters``; the first ``turn_away`` clients are sent off."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, *, turn_away: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Session)
        self.letters: list[EmailMessage] = []
        self.turn_away, self.turned_away = turn_away, 0
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}).start()

    def keep(self, letter: bytes) -> None:
        self.letters.append(message_from_bytes(letter, policy=policy.default))

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def mailers(port: int) -> dict[str, Any]:
    """Return the setting MAILERS for a server on that port."""
    return {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": port, "timeout": 5},
        }
    }
