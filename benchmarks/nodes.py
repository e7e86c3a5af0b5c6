"""Conferencing nodes that tell of calls, as a platform's do: one delivery at a time, in order,
again and again until it is taken. Beside each stands what must come of it.

Written from the contract (docs/pexip.md, Event sinks), not from the portal's reading of it.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import requests

START = 1_772_439_291.0
ANSWER_SECONDS = 7
# A platform waits 1 s, then longer up to half an hour; here as many tries fit into minutes.
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 4.0
PREFIX = "told-"
UNKNOWN = "something_of_a_later_version"


@dataclass(frozen=True)
class Sink:
    """Where to deliver, and as whom."""

    url: str
    user: str
    password: str


@dataclass(frozen=True)
class CalledRoom:
    """A room to call, and the keys under which its legs must be found."""

    pk: int
    organisation_id: int
    conference: str
    tag: str


@dataclass(frozen=True)
class Truth:
    """What really happened in one call leg; times in Unix seconds."""

    room_id: int
    organisation_id: int
    role: str
    connected: float
    ended: float | None
    seconds: int | None
    reason: str


@dataclass
class Told:
    """What the nodes told in all, each event once, and how the telling went."""

    events: list[dict[str, Any]] = field(default_factory=list)
    legs: dict[str, Truth] = field(default_factory=dict)
    unknown: int = 0
    restarts: int = 0
    copies: int = 0
    deliveries: int = 0
    repeated: int = 0
    answers: Counter[str] = field(default_factory=Counter)

    def add(self, other: Told) -> None:
        self.events += other.events
        self.legs |= other.legs
        self.answers += other.answers
        for name in ("unknown", "restarts", "copies", "deliveries", "repeated"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Node(threading.Thread):
    """A node: tells of calls until asked to stop, then delivers what is left and ends."""

    def __init__(self, number: int, sink: Sink, rooms: list[CalledRoom], seed: int) -> None:
        super().__init__(name=f"node {number}", daemon=True)
        self.told = Told()
        self._address = f"10.0.4.{number}"
        self._key = f"{PREFIX}{number}-"
        self._sink = sink
        self._rooms = rooms
        self._random = random.Random(f"{seed}/{number}")
        self._seq = 0
        self._clock = START + number / 1000
        self._calls = 0
        self._ending = threading.Event()

    def stop(self) -> None:
        self._ending.set()

    def run(self) -> None:
        chance = self._random
        with requests.Session() as session:
            session.auth = (self._sink.user, self._sink.password)
            while not self._ending.is_set():
                for body in self._bodies(self._some_events()):
                    self._deliver(session, body)
                    self._ending.wait(chance.uniform(0.02, 0.12))

    # What is told

    def _some_events(self) -> list[dict[str, Any]]:
        """Events of a few calls that overlap; now and then the node has started anew."""
        chance = self._random
        events = []
        if self._seq == 0 or chance.random() < 0.1:
            self.told.restarts += self._seq > 0
            self._seq = 0
            events.append(self._event("eventsink_started", self._clock, {}))
        if chance.random() < 0.1:
            self.told.unknown += 1
            events.append(self._event(UNKNOWN, self._clock, {"what": "nobody knows yet"}))
        moments = [moment for _call in range(chance.randint(1, 4)) for moment in self._call()]
        events += [self._event(name, at, data) for at, name, data in sorted(moments, key=_when)]
        self.told.events += events
        return events

    def _event(self, name: str, at: float, data: dict[str, Any]) -> dict[str, Any]:
        self._seq += 1
        return {
            "node": self._address, "seq": self._seq, "version": 2, "time": round(at, 3),
            "event": name, "data": data,
        }  # fmt: skip

    def _call(self) -> list[tuple[float, str, dict[str, Any]]]:
        """A conference and its participants, some of whom are still there."""
        chance = self._random
        self._calls += 1
        self._clock += chance.uniform(5, 60)
        room, began = chance.choice(self._rooms), self._clock
        conference = {"name": room.conference, "tag": room.tag, "service_type": "conference"}
        moments = [(began, "conference_started", {**conference, "start_time": began})]
        last: float | None = began
        for person in range(chance.randint(1, 4)):
            mine = self._leg(room, began + person + 0.5, f"{self._calls}-{person}")
            moments += mine
            stays = mine[-1][1] != "participant_disconnected"
            last = None if stays or last is None else max(last, mine[-1][0])
        if last is not None:
            ended = {**conference, "start_time": began, "end_time": last + 1}
            moments.append((last + 1, "conference_ended", ended))
        return moments

    def _leg(
        self, room: CalledRoom, connected: float, key: str
    ) -> list[tuple[float, str, dict[str, Any]]]:
        chance = self._random
        connected = round(connected, 3)
        role = chance.choice(["chair", "guest"])
        seconds = chance.randint(1, 7200)
        stays = chance.random() < 0.1
        common = {
            "uuid": f"{self._key}{key}", "call_id": f"call-{key}", "conversation_id": f"talk-{key}",
            "service_tag": room.tag, "display_name": "Kari | Ærø", "protocol": "SIP",
            "call_direction": "in", "connect_time": connected, "has_media": True,
            "media_node": self._address, "system_location": "Oslo", "related_uuids": [],
        }  # fmt: skip
        inside = {**common, "conference": room.conference, "service_type": "conference"}
        ivr = {**common, "conference": "Kari", "service_type": "ivr", "role": "unknown"}
        moments = [
            (connected, "participant_connected", ivr),
            (connected + 0.4, "participant_updated", {**inside, "role": role}),
            (connected + 0.6, "participant_updated", {**inside, "role": role, "is_muted": True}),
        ]
        if not stays:
            gone = {"end_time": connected + seconds, "duration": float(seconds),
                    "disconnect_reason": "Call disconnected"}  # fmt: skip
            moments.append(
                (connected + seconds, "participant_disconnected", {**inside, "role": role, **gone})
            )
        self.told.legs[f"{self._key}{key}"] = Truth(
            room.pk,
            room.organisation_id,
            role,
            connected,
            None if stays else connected + seconds,
            None if stays else seconds,
            "" if stays else "Call disconnected",
        )
        return moments

    # How it is told

    def _bodies(self, events: list[dict[str, Any]]) -> list[bytes]:
        """The events in deliveries, single and bulk, at times three of each and in any order."""
        chance = self._random
        copies = 3 if chance.random() < 0.3 else 1
        told = events * copies
        self.told.copies += len(told) - len(events)
        if chance.random() < 0.4:
            chance.shuffle(told)
        bodies = []
        while told:
            size = chance.choice([1, 1, 5, 40])
            part, told = told[:size], told[size:]
            bulk = {"node": "127.0.0.1", "seq": 0, "version": 2, "time": part[0]["time"],
                    "event": "eventsink_bulk", "data": part}  # fmt: skip
            bodies.append(json.dumps(part[0] if size == 1 else bulk).encode())
        return bodies

    def _deliver(self, session: requests.Session, body: bytes) -> None:
        pause = FIRST_PAUSE
        self.told.deliveries += 1
        tries = 0
        while not self._taken(session, body):
            tries += 1
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        self.told.repeated += tries > 0

    def _taken(self, session: requests.Session, body: bytes) -> bool:
        try:
            answer = session.post(
                self._sink.url,
                data=body,
                headers={"Content-Type": "application/json"},
                timeout=ANSWER_SECONDS,
            )
        except requests.RequestException:
            self.told.answers["none"] += 1
            return False
        self.told.answers[str(answer.status_code)] += 1
        return answer.ok


def _when(moment: tuple[float, str, dict[str, Any]]) -> float:
    return moment[0]
