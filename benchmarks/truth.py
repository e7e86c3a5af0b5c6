"""What the portal made of events, held against what happened."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any

from benchmarks.nodes import PREFIX, UNKNOWN, Told

REASON = "the legs of every organisation are compared with what was told"


@dataclass
class Outcome:
    """How many legs and conferences there should be, and every one that is not as it should."""

    legs: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    conferences: int = 0
    wrong_conferences: list[str] = field(default_factory=list)
    kept_aside: int = 0
    wrongly_aside: list[str] = field(default_factory=list)
    refused: int = 0

    def faults(self, told: Told) -> list[str]:
        named = {
            "lost": self.lost,
            "doubled": self.doubled,
            "different": self.different,
            "conferences": self.wrong_conferences,
            "wrongly kept aside": self.wrongly_aside,
        }
        faults = [f"{name}: {', '.join(keys[:10])}" for name, keys in named.items() if keys]
        if self.kept_aside < told.unknown:
            faults.append(f"only {self.kept_aside} of {told.unknown} unknown events were kept")
        if self.refused:
            faults.append(f"{self.refused} good deliveries were refused (400 to 499)")
        return faults


def compare(told: Told, platform_id: int) -> Outcome:
    """Hold the database against what happened, and against one clean reading of the events."""
    from rooms.platforms.events.legs import (  # noqa: PLC0415 - Django is set up by now
        Envelope,
        Leg,
        conference_of,
        envelopes,
        folded,
        leg_of,
    )
    from rooms.platforms.models import CallLeg, LiveConference, OddEvent  # noqa: PLC0415 - as above

    read = [one for body in told.events for one in envelopes(body) if isinstance(one, Envelope)]
    clean = folded(leg for one in read if (leg := leg_of(one)) is not None)
    rows = CallLeg.objects.unscoped(reason=REASON).filter(platform_id=platform_id)
    names = [entry.name for entry in fields(Leg) if entry.name != "related"]
    outcome = Outcome(legs=len(told.legs))
    stored = Counter[str]()
    for row in rows.filter(uuid__startswith=PREFIX):
        stored[row.uuid] += 1
        truth, leg = told.legs.get(row.uuid), clean.get(row.uuid)
        if truth is None or leg is None:
            continue
        happened = (
            truth.room_id, truth.organisation_id, truth.role, at(truth.connected),
            at(truth.ended), truth.seconds, truth.reason,
        )  # fmt: skip
        kept = (
            row.room_id, row.organisation_id, row.role, row.connected_at,
            row.ended_at, row.seconds, row.reason,
        )  # fmt: skip
        same = all(getattr(row, name) == getattr(leg, name) for name in names)
        if kept != happened or not same or frozenset(row.related) != leg.related:
            outcome.different.append(row.uuid)
    outcome.lost = sorted(told.legs.keys() - stored.keys())
    outcome.doubled = sorted(
        uuid for uuid, times in stored.items() if times > 1 or uuid not in told.legs
    )

    last: dict[str, Any] = {}
    for one in read:
        if (conference := conference_of(one)) is not None:
            last[conference.name] = max(conference, last.get(conference.name, conference))
    known = {
        row.name: row
        for row in LiveConference.objects.unscoped(reason=REASON).filter(platform_id=platform_id)
    }
    outcome.conferences = len(last)
    outcome.wrong_conferences = [
        name
        for name, one in last.items()
        if name not in known
        or (known[name].is_running, known[name].changed_at, known[name].seq)
        != (one.is_running, one.changed_at, one.seq)
    ]
    for odd in OddEvent.objects.filter(platform_id=platform_id):
        if odd.event == UNKNOWN:
            outcome.kept_aside = odd.times
        else:
            outcome.wrongly_aside.append(f"{odd.event} ({odd.reason})")
    outcome.refused = sum(times for kind, times in told.answers.items() if kind.startswith("4"))
    return outcome


def at(seconds: float | None) -> dt.datetime | None:
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, tz=dt.UTC)
