"""The simulator as a whole: who may ask, what goes wrong, which part answers."""

from __future__ import annotations

import base64
import binascii
import hmac
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

from scripts.pexip_simulator.calls import Calls
from scripts.pexip_simulator.commands import COMMAND, Commands
from scripts.pexip_simulator.configuration import Configuration
from scripts.pexip_simulator.faults import Fault, Faults
from scripts.pexip_simulator.fields import CONFIGURATION
from scripts.pexip_simulator.oauth import TOKEN, Tokens
from scripts.pexip_simulator.people import HISTORY, STATUS
from scripts.pexip_simulator.policy import PolicyClient
from scripts.pexip_simulator.reading import Reading
from scripts.pexip_simulator.recording import Recording
from scripts.pexip_simulator.resources import RESOURCES
from scripts.pexip_simulator.sink import Sink
from scripts.pexip_simulator.store import Store
from scripts.pexip_simulator.wire import NOT_FOUND, Answer, Request

REQUESTS_PER_MINUTE = 1000
LOOKUPS = ("service", "participant", "media_location", "registration", "directory")


class Broken(Exception):
    """The connection is to be broken without an answer, after this many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Simulator:
    """A video platform: its configuration, its calls, its troubles, and what was asked of it."""

    def __init__(self, user: str, password: str, latency: float = 0.0) -> None:
        self.user = user
        self.password = password
        self.latency = latency
        self.requests_per_minute = REQUESTS_PER_MINUTE
        self.store = Store()
        self.tokens = Tokens()
        self.configuration = Configuration(self.store, self.tokens)
        self.policy = PolicyClient(self.store)
        self.sink = Sink(self.store)
        self.calls = Calls(self.store, self.policy, self.sink)
        self.reading = Reading(self.calls)
        self.commands = Commands(self.calls, self.policy)
        self.faults = Faults()
        self.recording = Recording()
        self._lock = threading.Lock()
        self._lately: deque[float] = deque()

    def reset(self) -> None:
        """Be empty, with nobody to ask and nobody to tell."""
        self.calls.reset()
        self.sink.reset()
        self.reading.reset()
        self.policy.log.clear()
        self.store.clear()
        self.commands.failure_status = 400
        self.tokens.reset()
        self.faults.clear()
        self.recording.clear()
        self.configuration.list_deletes.clear()
        self.configuration.error_shape = "nested"
        self.requests_per_minute = REQUESTS_PER_MINUTE
        self.latency = 0.0
        with self._lock:
            self._lately.clear()

    def answer(self, request: Request) -> Answer:
        """Answer a request of the API and remember it; raises :class:`Broken` for silence."""
        struck = self.faults.strike(request, self._names_in(request))
        time.sleep(self.latency + sum(one.seconds for one in struck if one.kind == "delay"))
        trouble = next((one for one in struck if one.kind != "delay"), None)
        shown = "+".join(one.kind for one in struck)
        if trouble and trouble.kind == "reset":
            self.recording.add(request, 0, [], shown)
            raise Broken(0)
        if trouble and trouble.kind == "answer":
            self.recording.add(request, trouble.status, [], shown)
            return _demanded(trouble)
        answer = self._judged(request)
        unknown = self.configuration.unknown_fields if answer.status < 500 else []
        self.recording.add(request, 0 if trouble else answer.status, unknown, shown)
        if trouble:
            raise Broken(trouble.seconds)
        return answer

    def attach(
        self,
        *,
        policy: tuple[str, str, str] | None,
        sink: tuple[str, str, str] | None,
        bulk: bool = False,
        lookups: Iterable[str] = LOOKUPS,
    ) -> None:
        """Configure the portal as policy server and event sink of the one location.

        Each is address, user and password; None leaves that side out. ``lookups`` are what
        policy is asked about.
        """
        place: dict[str, Any] = {}
        if policy:
            flags = {f"enable_{lookup}_lookup": lookup in lookups for lookup in LOOKUPS}
            server = dict(zip(("url", "username", "password"), policy, strict=True))
            place["policy_server"] = self.put("policy_server", "Portal", flags | server)
        if sink:
            where = dict(zip(("url", "username", "password"), sink, strict=True))
            more = {"version": 2, "bulk_support": bulk}
            place["event_sinks"] = [self.put("event_sink", "Portal", more | where)]
        self.put("system_location", "Oslo", place)

    def put(self, resource: str, name: str, values: dict[str, Any]) -> str:
        """Configure the row of this name, unchecked, and return its URI."""
        with self.store.lock:
            row = self.store.find(resource, "name", name)
            if row is None:
                row = self.store.add(RESOURCES[resource], {"name": name})
            self.store.set(RESOURCES[resource], row, values)
            return str(row["resource_uri"])

    def put_alias(self, alias: str, conference: str) -> None:
        """Let a conference answer on an address, unchecked."""
        with self.store.lock:
            values = {"alias": alias, "conference": conference}
            self.store.add(RESOURCES["conference_alias"], values)

    def is_known(self, request: Request) -> bool:
        """Return whether the request shows the right user and password."""
        scheme, _space, token = request.headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(token, validate=True)
        except binascii.Error:
            return False
        wanted = f"{self.user}:{self.password}".encode()
        return scheme.lower() == "basic" and hmac.compare_digest(given, wanted)

    def _judged(self, request: Request) -> Answer:
        if self._asks_too_often():
            return Answer(429, {"error": "Too many requests."}, {"Retry-After": "1"})
        if request.path == TOKEN:
            return self.tokens.answer(request)
        if not self.is_known(request) and not self.tokens.lets_in(request):
            return Answer(401, None, {"WWW-Authenticate": 'Basic realm="Pexip"'})
        if request.path.startswith(f"{CONFIGURATION}/"):
            return self.configuration.answer(request, request.path.removeprefix(CONFIGURATION))
        if request.path.startswith((f"{STATUS}/", f"{HISTORY}/")):
            return self.reading.answer(request)
        if request.path.startswith(f"{COMMAND}/"):
            return self.commands.answer(request)
        return NOT_FOUND

    def _asks_too_often(self) -> bool:
        now = time.monotonic()
        with self._lock:
            while self._lately and self._lately[0] < now - 60:
                self._lately.popleft()
            if len(self._lately) >= self.requests_per_minute:
                return True
            self._lately.append(now)
            return False

    def _names_in(self, request: Request) -> list[str]:
        """Return the names and addresses that the request is about, for faults of one room."""
        names = [str(value) for _key, value in request.query]
        try:
            given = request.json() if request.body else None
        except ValueError:
            given = None
        names += _texts(given)
        with self.store.lock:
            row = self.configuration.target_of(request)
            if row:
                names += [str(row.get("name", "")), str(row.get("alias", ""))]
                owner = self.store.at(row.get("conference"), "conference")
                names.append(owner["name"] if owner else "")
            owner = (
                self.store.at(given.get("conference"), "conference")
                if isinstance(given, dict)
                else None
            )
            names.append(owner["name"] if owner else "")
        return names


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [found for item in value.values() for found in _texts(item)]
    if isinstance(value, list):
        return [found for item in value for found in _texts(item)]
    return [value] if isinstance(value, str) else []


def _demanded(fault: Fault) -> Answer:
    body = fault.body
    if body is None and fault.status >= 400:
        body = {"error": "Demanded by the test."}
    return Answer(fault.status, body, fault.headers)
