"""Calls: who gets into which meeting, who waits, who is refused, and who leaves."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

from scripts.pexip_simulator.people import Conference, Participant
from scripts.pexip_simulator.pins import PinDoor
from scripts.pexip_simulator.policy import Caller, PolicyClient, Said
from scripts.pexip_simulator.services import Service
from scripts.pexip_simulator.sink import Sink
from scripts.pexip_simulator.store import Row, Store

CONFERENCES_KEPT = 10_000
HANGUP = "Call disconnected"
ENDED = "Conference terminated"


@dataclass
class Outcome:
    """How a call went: ``admitted``, ``waiting``, or why it was refused."""

    verdict: str
    reason: str = ""
    role: str = ""
    participant_id: str = ""
    service: str = ""
    source: str = ""
    legs: list[str] = field(default_factory=list)


class Calls:
    """Everybody who is in a meeting or on the way into one."""

    def __init__(self, store: Store, policy: PolicyClient, sink: Sink) -> None:
        self.store = store
        self.policy = policy
        self.sink = sink
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """End everything without a word and forget the past."""
        with self.lock:
            self.conferences: dict[str, Conference] = {}
            self.people: dict[str, Participant] = {}
            self.past_conferences: deque[Row] = deque(maxlen=CONFERENCES_KEPT)
            self.past_people: list[Row] = []
            self.disagreements: list[str] = []
            self.door = PinDoor(self.store)

    # Coming

    def dial(self, caller: Caller, pins: list[str]) -> Outcome:
        """Call an address and type the PINs one after the other, as far as they are asked for."""
        service, said = self.policy.service(caller)
        if service is None:
            return _unanswered(said)
        if service.type not in ("conference", "lecture"):
            return Outcome("not_found", f"A {service.type} is not simulated.", service=service.name)
        person = self._arrive(caller)
        if not caller.is_browser:
            role, refusal = self._asked_about(caller, service, person, None)
            if refusal is None and role is None:
                role = self.door.role_for(service, pins)
        else:
            role, refusal = self.door.role_for(service, pins), None
            if role:
                told, refusal = self._asked_about(caller, service, person, role)
                role = told or role
        if refusal is not None:
            return self._turned_away(person, service, "rejected", refusal)
        if role is None:
            return self._turned_away(person, service, "wrong_pin", "Authentication failed")
        person.location = self.policy.media_location(caller, service)
        return self._enter(person, service, role, by_pin=bool(service.pin) and role == "chair")

    def _arrive(self, caller: Caller) -> Participant:
        person = Participant(
            display_name=caller.display_name,
            protocol=caller.protocol,
            source_alias=caller.remote_alias,
            destination_alias=caller.alias,
            remote_address=caller.remote_address,
            node=caller.node,
            location=caller.location,
            vendor=caller.vendor,
            direction=caller.direction,
        )
        person.stage = "connecting" if caller.is_browser else "ivr"
        with self.lock:
            self.people[person.id] = person
            if caller.is_browser:
                self._shadow(person)
            self._tell("participant_connected", person)
        return person

    def _shadow(self, person: Participant) -> None:
        """Add the leg that a browser signals over; it has no media and counts for nobody."""
        shadow = Participant(
            display_name=person.display_name,
            protocol="api",
            source_alias=person.source_alias,
            destination_alias=person.destination_alias,
            remote_address=person.remote_address,
            node=person.node,
            location=person.location,
            conversation=person.conversation,
            has_media=False,
            related=[person.id],
        )
        person.related.append(shadow.id)
        self.people[shadow.id] = shadow
        self._tell("participant_connected", shadow)

    def _asked_about(
        self, caller: Caller, service: Service, person: Participant, role: str | None
    ) -> tuple[str | None, str | None]:
        """Ask for the participant's properties: a role that needs no PIN, and why to refuse.

        For a browser it is asked twice, for the shadow first.
        """
        given: str | None = None
        for kind in ("api", "standard") if caller.is_browser else ("standard",):
            said = self.policy.participant(caller, service, person.id, kind, role)
            if said.verdict == "reject":
                return None, said.reason or "Call rejected"
            if said.verdict == "result":
                told = said.result
                given = told.get("preauthenticated_role") or given
                person.display_name = told.get("remote_display_name") or person.display_name
                person.call_tag = told.get("call_tag") or person.call_tag
                person.may_pass_lock = told.get("bypass_lock") is True or person.may_pass_lock
        return given, None

    def _turned_away(
        self, person: Participant, service: Service, verdict: str, reason: str
    ) -> Outcome:
        self.hang_up(person.id, reason)
        return Outcome(verdict, reason, service=service.name, source=service.source)

    def _enter(self, person: Participant, service: Service, role: str, *, by_pin: bool) -> Outcome:
        with self.lock:
            if person.id not in self.people:
                return Outcome("gone", "Hung up meanwhile.", service=service.name)
            conference = self.conferences.get(service.name)
            if conference and conference.service.steady != service.steady:
                self.disagreements.append(service.name)
            if conference and self._is_full(conference, service.limit):
                return self._turned_away(person, service, "full", "Participant limit reached")
            if conference is None:
                conference = Conference(service)
                conference.is_locked = service.locked
                conference.guests_muted = service.mute_guests
                self.conferences[service.name] = conference
            for leg in self.legs_of(person):
                leg.conference, leg.role, leg.by_pin = conference, role, by_pin
                leg.may_pass_lock = person.may_pass_lock
            self._start_on(conference, person)
            self._admit_or_hold(person, conference)
            return Outcome(
                "admitted" if person.is_inside else "waiting",
                role=role,
                participant_id=person.id,
                service=service.name,
                source=service.source,
                legs=[leg.id for leg in self.legs_of(person)],
            )

    def call_out(
        self, caller: Caller, service: Service, role: str, display_name: str
    ) -> Participant:
        """Bring somebody in who was called from the conference; they need no PIN."""
        person = self._arrive(replace(caller, display_name=display_name))
        person.may_pass_lock = True
        self._enter(person, service, role, by_pin=False)
        return person

    def _start_on(self, conference: Conference, person: Participant) -> None:
        if person.node not in conference.nodes:
            conference.nodes.add(person.node)
            self._tell_conference("conference_started", conference, [person.node])

    def _admit_or_hold(self, person: Participant, conference: Conference) -> None:
        """Let somebody in, unless they wait for the host or before a locked door."""
        hosted = person.role == "chair" or any(
            other.role == "chair" and other.is_inside for other in self.inside(conference.name)
        )
        key = person.by_pin or person.may_pass_lock
        if not hosted or (conference.is_locked and not key):
            self._move(person, "waiting_room")
            return
        was_started, conference.is_started = conference.is_started, True
        self._move(person, conference.service.type)
        if not was_started:
            self._tell_conference("conference_updated", conference)
        if person.role == "chair":
            self._let_in_waiting(conference)

    def _move(self, person: Participant, stage: str) -> None:
        conference = person.conference
        for leg in self.legs_of(person):
            if leg.stage == stage:
                continue
            leg.stage = stage
            if conference and conference.guests_muted and leg.role == "guest" and leg.has_media:
                leg.is_muted = True
            self._tell("participant_updated", leg)

    def _let_in_waiting(self, conference: Conference) -> None:
        for other in self.everybody(conference.name):
            if other.stage == "waiting_room" and other.has_media:
                self._admit_or_hold(other, conference)

    # Looking

    def everybody(self, name: str) -> list[Participant]:
        """Return the legs of a conference, waiting ones as well."""
        return [one for one in self.people.values()
                if one.conference and one.conference.name == name]  # fmt: skip

    def inside(self, name: str) -> list[Participant]:
        """Return the legs that are past PIN and waiting room."""
        return [one for one in self.everybody(name) if one.is_inside]

    def legs_of(self, person: Participant) -> list[Participant]:
        """Return all legs of one person, the shadow first."""
        mine = [one for one in self.people.values() if one.conversation == person.conversation]
        return sorted(mine, key=lambda one: one.has_media)

    def _is_full(self, conference: Conference, limit: int | None) -> bool:
        people = {one.conversation for one in self.everybody(conference.name)}
        return limit is not None and len(people) >= limit

    # Changing

    def lock_conference(self, conference: Conference, *, locked: bool) -> None:
        """Lock or unlock; who waited before the door comes in when it opens."""
        with self.lock:
            conference.is_locked = locked
            self._tell_conference("conference_updated", conference)
            if not locked:
                self._let_in_waiting(conference)

    def mute_guests(self, conference: Conference, *, muted: bool) -> None:
        """Mute or unmute every guest, and those who come later."""
        with self.lock:
            conference.guests_muted = muted
            self._tell_conference("conference_updated", conference)
            for one in self.everybody(conference.name):
                if one.role == "guest" and one.has_media:
                    self.mute(one, muted=muted)

    def mute(self, person: Participant, *, muted: bool) -> None:
        """Mute or unmute one leg."""
        with self.lock:
            if person.is_muted != muted:
                person.is_muted = muted
                self._tell("participant_updated", person)

    def set_role(self, person: Participant, role: str) -> None:
        """Make somebody host or guest."""
        with self.lock:
            for leg in self.legs_of(person):
                leg.role = role
                self._tell("participant_updated", leg)

    def let_in(self, person: Participant) -> None:
        """Let one who waits before a locked door in."""
        with self.lock:
            if person.conference:
                person.may_pass_lock = True
                self._admit_or_hold(person, person.conference)

    def transfer(self, person: Participant, service: Service, role: str) -> None:
        """Move somebody into another service: the legs stay, the room is another."""
        with self.lock:
            before = person.conference
            for leg in self.legs_of(person):
                leg.conference, leg.stage = None, "connecting"
            self._enter(person, service, role, by_pin=role == "chair")
            if before:
                self._end_if_empty(before, time.time())

    def present(self, person: Participant, *, on: bool) -> None:
        """Start or end somebody's presentation, which is a leg of its own."""
        with self.lock:
            person.is_presenting = on
            self._tell("participant_updated", person)
            if not on:
                for leg in self.legs_of(person):
                    if leg.is_presenting and leg is not person:
                        self._drop(leg, "Presentation ended", time.time())
                return
            leg = Participant(
                display_name=person.display_name,
                protocol=person.protocol,
                source_alias=person.source_alias,
                destination_alias=person.destination_alias,
                remote_address=person.remote_address,
                node=person.node,
                location=person.location,
                conversation=person.conversation,
                conference=person.conference,
                stage=person.stage,
                role=person.role,
                is_presenting=True,
            )
            self.people[leg.id] = leg
            self._tell("participant_connected", leg)

    # Going

    def hang_up(self, leg_id: str, reason: str = HANGUP) -> bool:
        """End all legs of the person that this leg belongs to; False when it is not there."""
        with self.lock:
            person = self.people.get(leg_id)
            if person is None:
                return False
            now = time.time()
            conference = person.conference
            for leg in reversed(self.legs_of(person)):
                self._drop(leg, reason, now)
            if conference:
                self._end_if_empty(conference, now)
            return True

    def end(self, conference: Conference) -> None:
        """Throw everybody out."""
        with self.lock:
            for one in self.everybody(conference.name):
                self.hang_up(one.id, ENDED)

    def _drop(self, leg: Participant, reason: str, now: float) -> None:
        del self.people[leg.id]
        self.past_people.append(leg.history(now, reason))
        if leg.conference:
            leg.conference.gone.append(leg.id)
        if leg.has_media:
            streams = {"uuid": leg.id, "media_streams": leg.streams(now)}
            self.sink.tell("participant_media_streams_destroyed", streams, node=leg.node)
        self.sink.tell(
            "participant_disconnected", leg.disconnected_data(now, reason), node=leg.node
        )

    def _end_if_empty(self, conference: Conference, now: float) -> None:
        nodes = {one.node for one in self.everybody(conference.name)}
        left = conference.nodes - nodes
        for node in sorted(left):
            conference.nodes.discard(node)
            data = conference.event_data() | {"end_time": now}
            self.sink.tell("conference_ended", data, node=node)
        if not nodes and self.conferences.get(conference.name) is conference:
            del self.conferences[conference.name]
            self.past_conferences.append(conference.history(now))

    # Telling

    def _tell(self, event: str, leg: Participant) -> None:
        self.sink.tell(event, leg.event_data(), node=leg.node)

    def _tell_conference(
        self, event: str, conference: Conference, nodes: list[str] | None = None
    ) -> None:
        for node in nodes or sorted(conference.nodes):
            self.sink.tell(event, conference.event_data(), node=node)

    def shown(self) -> dict[str, Any]:
        """Return who is where, for tests."""
        with self.lock:
            return {
                "conferences": [one.status() for one in self.conferences.values()],
                "participants": [one.status() for one in self.people.values()],
                "disagreements": list(self.disagreements),
            }


def _unanswered(said: Said) -> Outcome:
    match said.verdict:
        case "reject":
            return Outcome("rejected", said.reason or "Call rejected", source="policy")
        case "redirect":
            return Outcome("redirected", str(said.result.get("new_alias")), source="policy")
        case "invalid":
            return Outcome("not_found", said.reason, source="policy")
        case _:
            return Outcome("not_found", "No such address.")
