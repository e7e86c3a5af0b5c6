"""`/api/admin/command/v1/`: what changes a meeting that goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scripts.pexip_simulator.calls import Calls
from scripts.pexip_simulator.people import Conference, Participant
from scripts.pexip_simulator.policy import Caller, PolicyClient
from scripts.pexip_simulator.store import Row
from scripts.pexip_simulator.wire import NOT_FOUND, Answer, Request, not_allowed

COMMAND = "/api/admin/command/v1"
DIAL_PROTOCOLS = ("sip", "h323", "mssip", "rtmp", "gms", "teams")


class NotDone(Exception):
    """The command failed; ``str()`` is the reason that is told."""


class Commands:
    """Carries out commands on running conferences and those in them."""

    def __init__(self, calls: Calls, policy: PolicyClient) -> None:
        self.calls = calls
        self.policy = policy
        self.failure_status = 400
        self._known: dict[str, Callable[[Row], Any]] = {
            "conference/lock": lambda given: self._lock(given, locked=True),
            "conference/unlock": lambda given: self._lock(given, locked=False),
            "conference/mute_guests": lambda given: self._mute_guests(given, muted=True),
            "conference/unmute_guests": lambda given: self._mute_guests(given, muted=False),
            "conference/disconnect": self._end,
            "conference/transform_layout": self._transform,
            "conference/sync": lambda _given: None,
            "conference/send_conference_email": lambda _given: None,
            "participant/dial": self._dial,
            "participant/disconnect": self._disconnect,
            "participant/mute": lambda given: self._mute(given, muted=True),
            "participant/unmute": lambda given: self._mute(given, muted=False),
            "participant/unlock": lambda given: calls.let_in(self._person(given)),
            "participant/role": self._role,
            "participant/transfer": self._transfer,
        }

    def answer(self, request: Request) -> Answer:
        """Carry a command out and answer 202, or tell why not."""
        word = request.path.removeprefix(f"{COMMAND}/").rstrip("/")
        if not request.path.endswith("/") or word not in self._known:
            return NOT_FOUND
        if request.method != "POST":
            return not_allowed("POST")
        try:
            given = request.json()
            if not isinstance(given, dict):
                raise NotDone("Invalid data sent.")
            return Answer(202, {"status": "success", "data": self._known[word](given) or {}})
        except (NotDone, ValueError) as error:
            return Answer(self.failure_status, {"status": "failure", "error": str(error)})

    def _conference(self, given: Row) -> Conference:
        wanted = given.get("conference_id")
        with self.calls.lock:
            for one in self.calls.conferences.values():
                if one.id == wanted:
                    return one
        raise NotDone("Failed to find conference.")

    def _person(self, given: Row) -> Participant:
        with self.calls.lock:
            person = self.calls.people.get(given.get("participant_id", ""))
        if person is None:
            raise NotDone("Failed to find participant.")
        return person

    def _lock(self, given: Row, *, locked: bool) -> None:
        self.calls.lock_conference(self._conference(given), locked=locked)

    def _mute_guests(self, given: Row, *, muted: bool) -> None:
        self.calls.mute_guests(self._conference(given), muted=muted)

    def _end(self, given: Row) -> None:
        self.calls.end(self._conference(given))

    def _transform(self, given: Row) -> None:
        self._conference(given)
        if "transforms" in given:
            raise NotDone("transforms belongs to the client API.")

    def _disconnect(self, given: Row) -> None:
        self.calls.hang_up(self._person(given).id, "Participant disconnected")

    def _mute(self, given: Row, *, muted: bool) -> None:
        person = self._person(given)
        if not person.has_media:
            raise NotDone("The participant cannot be muted.")
        self.calls.mute(person, muted=muted)

    def _role(self, given: Row) -> None:
        if given.get("role") not in ("chair", "guest"):
            raise NotDone("role is chair or guest.")
        self.calls.set_role(self._person(given), given["role"])

    def _transfer(self, given: Row) -> None:
        person = self._person(given)
        service, _said = self.policy.service(self._caller(given, person.protocol))
        if service is None:
            raise NotDone("Failed to find the conference to transfer to.")
        self.calls.transfer(person, service, given.get("role", "guest"))

    def _dial(self, given: Row) -> Row:
        for name in ("conference_alias", "destination"):
            if not given.get(name):
                raise NotDone(f"{name} is required.")
        if not given.get("node") and not given.get("system_location"):
            raise NotDone("node or system_location is required.")
        protocol = given.get("protocol", "sip")
        if protocol not in DIAL_PROTOCOLS:
            raise NotDone(f"protocol is one of {', '.join(DIAL_PROTOCOLS)}.")
        caller = self._caller(given, protocol)
        service, _said = self.policy.service(caller, "dial_out")
        if service is None:
            raise NotDone("Failed to find the conference to dial from.")
        name = given.get("remote_display_name") or given["destination"]
        person = self.calls.call_out(caller, service, given.get("role", "guest"), name)
        return {"participant_id": person.id, "participant_ids": [person.id]}

    @staticmethod
    def _caller(given: Row, protocol: str) -> Caller:
        return Caller(
            alias=given.get("conference_alias", ""),
            protocol=protocol,
            remote_alias=given.get("destination", ""),
            location=given.get("system_location") or "Oslo",
            node=given.get("node") or "10.0.4.11",
            direction="out",
        )
