"""The platform as a client of external policy: it asks, and judges what it is answered."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections import deque
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from scripts.pexip_simulator.services import Service, configured, service_faults, service_of
from scripts.pexip_simulator.store import Row, Store

BUDGET_SECONDS = 5
VERSIONS = {"version_id": "37", "pseudo_version_id": "79000.0.0"}


@dataclass(frozen=True)
class Caller:
    """Who calls, and what: everything that the platform knows before it asks."""

    alias: str
    protocol: str = "sip"
    display_name: str = ""
    remote_alias: str = ""
    remote_address: str = "10.0.9.22"
    node: str = "10.0.4.11"
    location: str = "Oslo"
    vendor: str = ""
    registered: bool = False
    direction: str = "in"

    @property
    def is_browser(self) -> bool:
        return self.protocol == "webrtc"

    def query(self, direction: str) -> dict[str, str]:
        """Return the parameters that every lookup about a call has, as text."""
        scheme = {"sip": "sip:", "h323": "h323:"}.get(self.protocol, "")
        trigger = {"sip": "invite", "h323": "setup", "webrtc": "web"}
        return {
            "bandwidth": "0" if self.is_browser else "4096",
            "call_direction": direction,
            "call_tag": "",
            "display_count": "1",
            "encryption": "True",
            "has_authenticated_display_name": "False",
            "idp_uuid": "",
            "local_alias": scheme + self.alias,
            "location": self.location,
            "ms-subnet": "",
            "node_ip": self.node,
            "p_Asserted-Identity": "None",
            "previous_service_name": "",
            "protocol": self.protocol,
            "registered": str(self.registered),
            "remote_address": self.remote_address,
            "remote_alias": scheme + self.remote_alias,
            "remote_display_name": self.display_name,
            "remote_port": "5061",
            "supports_direct_media": "False",
            "teams_tenant_id": "",
            "telehealth_request_id": "",
            "third_party_passcode": "",
            "trigger": trigger.get(self.protocol, "unspecified"),
            "vendor": self.vendor,
            **VERSIONS,
        }


@dataclass(frozen=True)
class Said:
    """What policy said. ``verdict`` is ``result``, ``reject``, ``redirect``, ``invalid`` or
    ``local``: no usable word, so the platform's own configuration decides.
    """

    verdict: str
    result: Any = None
    reason: str = ""


class PolicyClient:
    """Asks the policy server of a location, and remembers what was said."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._lock = threading.Lock()
        self.log: deque[Row] = deque(maxlen=5000)

    def service(self, caller: Caller, direction: str = "dial_in") -> tuple[Service | None, Said]:
        """Return the service that an address leads to, None for none, with what policy said."""
        said = self._ask(caller.location, "service", "service/configuration",
                         caller.query(direction))  # fmt: skip
        if said.verdict == "result":
            faults = service_faults(self.store, said.result)
            if not faults:
                return service_of(said.result), said
            return None, self._invalid(faults)
        if said.verdict == "local":
            return configured(self.store, caller.alias), said
        return None, said

    def participant(
        self, caller: Caller, service: Service, uuid: str, kind: str, role: str | None
    ) -> Said:
        """Return what policy says of somebody who is about to enter a service."""
        query = caller.query("dial_in") | {
            "participant_type": kind,
            "participant_uuid": uuid,
            "call_uuid": uuid,
            "preauthenticated_role": str(role),
            "bypass_lock": "False",
            "receive_from_audio_mix": "main",
            "send_to_audio_mixes_mix_name": "main",
            "send_to_audio_mixes_prominent": "False",
            "service_name": service.name,
            "service_tag": service.tag,
            "unique_service_name": service.name,
        }
        said = self._ask(caller.location, "participant", "participant/properties", query)
        if said.verdict == "result" and said.result.get("reject") is True:
            return Said("reject", said.result, said.result.get("reject_reason", ""))
        return said

    def media_location(self, caller: Caller, service: Service) -> str:
        """Return where the media of a call is to be handled."""
        query = caller.query("dial_in") | {
            "proxy_node_address": "",
            "proxy_node_location": "",
            "service_name": service.name,
            "service_tag": service.tag,
        }
        said = self._ask(caller.location, "media_location", "participant/location", query)
        named = said.result.get("location") if said.verdict == "result" else None
        if named is None:
            return caller.location
        if self.store.find("system_location", "name", named):
            return named
        self._invalid([f"location {named!r} is not known"])
        return caller.location

    def registration(self, alias: str, protocol: str, location: str = "Oslo") -> Said:
        """Return what policy says of an address that wants to register."""
        query = {
            "protocol": protocol, "auth_type": "credentials", "location": location,
            "node_ip": "10.0.4.11", "remote_address": "10.0.9.30", **VERSIONS,
        }  # fmt: skip
        path = f"registrations/{quote(alias, safe='')}"
        return self._ask(location, "registration", path, query)

    def directory(self, words: str, asker: str, location: str = "Oslo") -> Said:
        """Return what policy finds in the directory for a registered address."""
        query = {
            "q": words, "limit": "10", "registration_alias": asker, "location": location,
            "node_ip": "10.0.4.11", "call_tag": "", **VERSIONS,
        }  # fmt: skip
        return self._ask(location, "directory", "registrations", query, answer=list)

    # Asking

    def _server(self, location: str, lookup: str) -> Row | None:
        with self.store.lock:
            place = self.store.find("system_location", "name", location)
            server = place and self.store.at(place["policy_server"], "policy_server")
            return dict(server) if server and server[f"enable_{lookup}_lookup"] else None

    def _ask(
        self, location: str, lookup: str, path: str, query: dict[str, str], answer: type = dict
    ) -> Said:
        server = self._server(location, lookup)
        if server is None:
            return Said("local")
        target = f"{server['url'].rstrip('/')}/policy/v1/{path}?{urlencode(query)}"
        entry: Row = {"lookup": lookup, "target": target, "status": 0, "body": None, "faults": []}
        started = time.monotonic()
        try:
            entry["status"], text = _get(target, server["username"], server["password"])
            body = json.loads(text) if entry["status"] == 200 else None
            entry["body"] = body
        except (OSError, HTTPException, ValueError) as error:
            body = None
            entry["faults"] = [f"{type(error).__name__}: {error}"]
        entry["seconds"] = time.monotonic() - started
        with self._lock:
            self.log.append(entry)
        if entry["seconds"] > BUDGET_SECONDS:
            return Said("local")
        return _judged(body, answer)

    def _invalid(self, faults: list[str]) -> Said:
        with self._lock:
            self.log[-1]["faults"] = faults
        return Said("invalid", reason="Invalid service configuration")


def _judged(body: Any, answer: type) -> Said:
    if not isinstance(body, dict) or body.get("status") != "success":
        return Said("local")
    result = body.get("result")
    action = body.get("action")
    if isinstance(result, dict) and action == "reject":
        return Said("reject", result, str(result.get("reject_reason", "")))
    if isinstance(result, answer) and (result or answer is list):
        return Said("redirect" if action == "redirect" else "result", result)
    return Said("reject") if action == "reject" else Said("local")


def _get(target: str, user: str, password: str) -> tuple[int, bytes]:
    """GET an address once: no redirect is followed."""
    parts = urlsplit(target)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=BUDGET_SECONDS)
    headers = {"Accept": "application/json", "User-Agent": "Pexip"}
    if user or password:
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {token}"
    try:
        connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
