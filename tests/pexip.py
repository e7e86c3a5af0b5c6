"""The simulator of scripts/pexip_simulator as a process, and a plain HTTP client for it."""

from __future__ import annotations

import base64
import json
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from scripts.services import ROOT, die_with_parent

CONFIGURATION = "/api/admin/configuration/v1"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Pexip:
    """A running simulator: its address and credentials, and ways to ask and steer it."""

    url: str
    user: str
    password: str
    process: subprocess.Popen[str] | None = None

    def kill(self) -> None:
        """End it without giving it time for anything."""
        assert self.process
        self.process.kill()
        self.process.wait(10)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        password: str | None = None,
        timeout: float = 10,
        **query: Any,
    ) -> Reply:
        """Send one request; ``path`` from the root, ``body`` JSON unless it is bytes."""
        token = f"{self.user}:{self.password if password is None else password}"
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=timeout)
        try:
            connection.request(
                method,
                path + (f"?{urlencode(query)}" if query else ""),
                None if body is None else raw,
                {
                    "Authorization": "Basic " + base64.b64encode(token.encode()).decode(),
                    "Content-Type": "application/json",
                },
            )
            answer = connection.getresponse()
            text = answer.read()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, headers, json.loads(text) if text else None)
        finally:
            connection.close()

    def config(self, method: str, rest: str, body: Any = None, **query: Any) -> Reply:
        """Ask the configuration area: ``config("GET", "conference/")``."""
        return self.ask(method, f"{CONFIGURATION}/{quote(rest)}", body, **query)

    def control(self, method: str, wish: str, body: Any = None) -> Any:
        """Steer the simulator: ``control("POST", "faults", {"kind": "reset"})``."""
        reply = self.ask(method, f"/simulator/{wish}", body)
        assert reply.status < 300, reply
        return reply.body

    def fault(self, kind: str, **more: Any) -> None:
        """Demand trouble; see scripts/pexip_simulator/faults.py."""
        self.control("POST", "faults", {"kind": kind, **more})

    def requests(self, method: str = "") -> list[dict[str, Any]]:
        """Return what was asked so far, of one method or all; steering is not in it."""
        asked: list[dict[str, Any]] = self.control("GET", "requests")["requests"]
        return [one for one in asked if method in ("", one["method"])]

    def list_deletes(self) -> list[dict[str, Any]]:
        """Return the DELETEs that came to a whole list: there must be none."""
        found: list[dict[str, Any]] = self.control("GET", "requests")["list_deletes"]
        return found

    def attach(
        self,
        portal: str,
        policy: tuple[str, str],
        sink: tuple[str, str],
        *,
        events: str = "/events",
        bulk: bool = False,
    ) -> None:
        """Let it ask a portal for policy and tell it events, each with user and password."""
        sides = {
            "policy": {"url": portal, "user": policy[0], "password": policy[1]},
            "sink": {"url": portal + events, "user": sink[0], "password": sink[1]},
        }
        self.control("POST", "attach", {**sides, "bulk": bulk})

    def dial(self, alias: str, protocol: str = "sip", **more: Any) -> dict[str, Any]:
        """Call an address and return how it went; ``pin`` or ``pins`` are typed when asked."""
        caller = {"alias": alias, "protocol": protocol, "display_name": "Kari Nordmann", **more}
        outcome: dict[str, Any] = self.control("POST", "dial", caller)
        return outcome

    def hang_up(self, participant_id: str) -> None:
        """End somebody's call."""
        assert self.control("POST", "hangup", {"participant_id": participant_id})["gone"]

    def command(self, word: str, **given: Any) -> Reply:
        """Give a command: ``command("conference/lock", conference_id=…)``."""
        return self.ask("POST", f"/api/admin/command/v1/{word}/", given)

    def status(self, resource: str, **filters: Any) -> list[dict[str, Any]]:
        """Return what goes on: ``status("participant", conference="…")``."""
        found: list[dict[str, Any]] = self.ask(
            "GET", f"/api/admin/status/v1/{resource}/", limit=0, **filters
        ).body["objects"]
        return found

    def history(self, resource: str, **filters: Any) -> list[dict[str, Any]]:
        """Return what went on."""
        found: list[dict[str, Any]] = self.ask(
            "GET", f"/api/admin/history/v1/{resource}/", limit=0, **filters
        ).body["objects"]
        return found

    def told_everything(self) -> dict[str, Any]:
        """Wait until every event was taken, and return how the telling went."""
        found: dict[str, Any] = self.control("POST", "sink/wait", {"seconds": 8})
        assert found["empty"], found
        return found

    def objects(self, resource: str, **filters: Any) -> list[dict[str, Any]]:
        """Return every object of a resource that the filters let through."""
        body = self.config("GET", f"{resource}/", limit=0, **filters).body
        assert body["meta"]["next"] is None
        found: list[dict[str, Any]] = body["objects"]
        return found


@contextmanager
def running_pexip(*more: str) -> Iterator[Pexip]:
    """Start a simulator on a free port and end it afterwards."""
    password = secrets.token_hex(8)
    command = [sys.executable, "-m", "scripts.pexip_simulator", "--port", "0"]
    with subprocess.Popen(
        [*command, "--user", "portal", "--password", password, *more],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 (the main thread starts it)
    ) as process:
        assert process.stdout
        try:
            yield Pexip(process.stdout.readline().strip(), "portal", password, process)
        finally:
            process.terminate()
            process.wait(10)
