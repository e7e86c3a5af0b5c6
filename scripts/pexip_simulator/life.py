"""Meetings that go on by themselves, for demonstrations: people come, speak, and go again."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field

from scripts.pexip_simulator.calls import Calls
from scripts.pexip_simulator.people import Participant
from scripts.pexip_simulator.policy import Caller, PolicyClient

FIRST = (
    "Aina", "Bjørn", "Cecilie", "Dag", "Eli", "Frode", "Guro", "Håkon", "Inger", "Jon", "Kari",
    "Leif", "Marit", "Nils", "Oda", "Per", "Ragnhild", "Sverre", "Tone", "Ulrik", "Vigdis",
    "Øyvind", "Åse", "Ánne", "Synnøve", "Torgeir",
)  # fmt: skip
LAST = (
    "Aas", "Berg", "Dahle", "Eide", "Fosse", "Grønli", "Haugen", "Iversen", "Kvam", "Lie",
    "Moen", "Nygård", "Oppedal", "Rød", "Sandvik", "Tveit", "Utne", "Vik", "Østby", "Åsen",
)  # fmt: skip
ROOMS = ("Møterom Fjorden", "Møterom Bjørka", "Tolketjenesten", "Vaktrom 2", "Legekontor 4")
PROTOCOLS = ("webrtc",) * 7 + ("sip",) * 2 + ("h323",)


@dataclass
class Meeting:
    """One meeting that this module keeps alive: where, until when, how many, and who."""

    number: str
    ends_at: float
    wanted: int
    people: list[str] = field(default_factory=list)


class Life:
    """Keeps one meeting going in each group of addresses."""

    def __init__(
        self, calls: Calls, policy: PolicyClient, groups: list[list[str]], seed: int | None = None
    ) -> None:
        self.calls = calls
        self.policy = policy
        self.groups = groups
        self.random = random.Random(seed)  # noqa: S311 (a play)
        self.meetings: dict[int, Meeting] = {}
        self.rest_until: dict[int, float] = {}

    def run(self, stopped: threading.Event) -> None:
        """Take a step every few seconds until stopped."""
        while not stopped.wait(self.random.uniform(3, 9)):
            self.step(time.time())

    def step(self, now: float) -> None:
        """Let something happen in each group, or nothing."""
        for index, group in enumerate(self.groups):
            meeting = self.meetings.get(index)
            if meeting is None:
                if group and now >= self.rest_until.get(index, 0):
                    self._begin(index, group, now)
            elif not self._goes_on(meeting, now):
                del self.meetings[index]
                self.rest_until[index] = now + self.random.uniform(30, 90)

    def _begin(self, index: int, group: list[str], now: float) -> None:
        minutes, wanted = self.random.uniform(8, 35), self.random.randint(2, 5)
        meeting = Meeting(self.random.choice(group), now + 60 * minutes, wanted)
        if self._join(meeting, host=True):
            self.meetings[index] = meeting
        else:  # closed, full of others, or nobody answers
            self.rest_until[index] = now + 10

    def _goes_on(self, meeting: Meeting, now: float) -> bool:
        """Take one step in a meeting; False when it is over."""
        with self.calls.lock:
            people = [one for key in meeting.people if (one := self.calls.people.get(key))]
        meeting.people = [one.id for one in people]
        if not people:
            return False
        chance = self.random.random()
        if now >= meeting.ends_at or not any(one.role == "chair" for one in people):
            self.calls.hang_up(people[-1].id)
        elif waiting := [one for one in people if not one.is_inside]:
            if chance < 0.6:
                self.calls.let_in(waiting[0])
        elif len(people) < meeting.wanted and chance < 0.75:
            if not self._join(meeting, host=False):
                meeting.wanted = len(people)
        elif chance < 0.08 and len(people) > 2:
            self.calls.hang_up(people[-1].id)
        elif chance < 0.16:
            meeting.wanted = self.random.randint(2, 5)
        elif chance < 0.4:
            self._fidget(self.random.choice(people), chance)
        return True

    def _fidget(self, person: Participant, chance: float) -> None:
        with self.calls.lock:
            if person.id not in self.calls.people:
                return
            if chance < 0.32:
                self.calls.mute(person, muted=not person.is_muted)
            else:
                self.calls.present(person, on=not person.is_presenting)

    def _join(self, meeting: Meeting, *, host: bool) -> bool:
        """Let somebody call; they know the PIN that the room has just now."""
        protocol = self.random.choice(PROTOCOLS)
        name = f"{self.random.choice(FIRST)} {self.random.choice(LAST)}"
        if protocol != "webrtc":
            name = self.random.choice(ROOMS)
        caller = Caller(
            alias=meeting.number,
            protocol=protocol,
            display_name=name,
            remote_alias=""
            if protocol == "webrtc"
            else f"rom{self.random.randint(1, 9)}@example.no",
            remote_address=f"10.0.9.{self.random.randint(10, 250)}",
            registered=protocol != "webrtc",
        )
        service, _said = self.policy.service(caller)
        if service is None:
            return False
        pin = service.pin if host or not service.allow_guests else service.guest_pin
        outcome = self.calls.dial(caller, [pin])
        if outcome.verdict not in ("admitted", "waiting"):
            return False
        meeting.people.append(outcome.participant_id)
        return True
