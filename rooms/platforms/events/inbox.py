"""Deliveries between their arrival and their reading."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from rooms.platforms import seen
from rooms.platforms.events.legs import (
    AHEAD,
    OTHER_KNOWN,
    Conference,
    Envelope,
    Leg,
    NotUnderstood,
    conference_of,
    envelopes,
    folded,
    leg_of,
)
from rooms.platforms.events.storing import store_conferences, store_legs
from rooms.platforms.machines import fetch_rows
from rooms.platforms.models import CallLeg, OddEvent, SinkDelivery, digest_of
from videoportal.kit.fields import encrypt
from videoportal.kit.scope import everywhere

log = structlog.get_logger(__name__)

_ACCEPT = "select rooms_sink_accept(%s, %s, %s, %s) as stored"
# Only one worker reads at a time: two could fold two halves of one leg side by side.
_LOCK = "select pg_try_advisory_xact_lock(hashtextextended('rooms.drain_events', 0))"
# Whoever has something to add to the legs waits for the one who reads.
_WAIT = "select pg_advisory_xact_lock(hashtextextended('rooms.drain_events', 0))"
# A node waits seven seconds before it sends a delivery again; a large one takes a while.
ACCEPT_SECONDS = 4.0
BATCH_DELIVERIES = 500
BATCH_BYTES = 16 * 1024 * 1024
SAMPLE = 4000
# Rows of a platform for what was not understood; what is new beyond that shares one more.
MOST_ODD = 100
# Well below a task's time limit: the next turn goes on.
DRAIN_SECONDS = 120
OUTAGES = (OperationalError, InterfaceError)


def accept(slug: str, user: str, password: str, body: bytes) -> bool:
    """Store a delivery, in one statement, and return whether the password was the platform's.

    Raises :class:`rooms.platforms.machines.Unanswerable`.
    """
    values = (slug, user, digest_of(password), body)
    stored = fetch_rows(_ACCEPT, values, seconds=ACCEPT_SECONDS)[0]["stored"]
    if stored is None:
        return False
    is_right = stored > 0
    seen.note(slug, seen.What.EVENTS if is_right else seen.What.WRONG_SINK_PASSWORD)
    return is_right


@dataclass
class _Reading:
    """What one batch of deliveries held, by platform id."""

    legs: dict[int, list[Leg]] = field(default_factory=lambda: defaultdict(list))
    conferences: dict[int, dict[str, Conference]] = field(default_factory=lambda: defaultdict(dict))
    odd: dict[tuple[int, str, str], tuple[int, str]] = field(default_factory=dict)
    events: int = 0

    def read(self, platform_id: int, body: bytes, received_at: datetime) -> None:
        try:
            delivery = json.loads(body)
        except (ValueError, RecursionError):
            self.put_aside(platform_id, "", "not JSON", "")
            return
        for entry in envelopes(delivery):
            self.events += 1
            if isinstance(entry, NotUnderstood):
                self.put_aside(platform_id, "", str(entry), _beginning(body))
            elif entry.at > received_at + AHEAD:
                # It would stand above everything that is told until then.
                self.put_aside(platform_id, entry.event, "an event of the future", _beginning(body))
            else:
                self._read_event(platform_id, entry)

    def _read_event(self, platform_id: int, envelope: Envelope) -> None:
        try:
            leg, conference = leg_of(envelope), conference_of(envelope)
        except NotUnderstood as fault:
            self.put_aside(platform_id, envelope.event, str(fault), json.dumps(envelope.data))
            return
        if leg is not None:
            self.legs[platform_id].append(leg)
        elif conference is not None:
            known = self.conferences[platform_id]
            known[conference.name] = max(conference, known.get(conference.name, conference))
        elif envelope.event not in OTHER_KNOWN:
            self.put_aside(
                platform_id, envelope.event, "an unknown event", json.dumps(envelope.data)
            )

    def put_aside(self, platform_id: int, event: str, reason: str, sample: str) -> None:
        times = self.odd.get((platform_id, event, reason), (0, ""))[0]
        self.odd[platform_id, event, reason] = times + 1, sample[:SAMPLE]


def _beginning(body: bytes) -> str:
    return body[:SAMPLE].decode(errors="replace")


def drain(*, seconds: float = DRAIN_SECONDS) -> int:
    """Make waiting deliveries into call legs and return how many events were read.

    A batch is one transaction: deliveries leave in the one that stores what they said, so a
    process that is killed loses and doubles nothing. A delivery that cannot be read whatever
    one tries is parked as it came, and the others go on. Returns 0 while another worker reads.
    """
    events = 0
    enough = time.monotonic() + seconds
    while time.monotonic() < enough:
        with everywhere(reason="a platform tells of every tenant's calls"):
            read = _drain_batch()
        if read is None:
            break
        events += read
    return events


@transaction.atomic
def _drain_batch() -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if not cursor.fetchone()[0]:
            return None
    deliveries = _next_deliveries()
    if not deliveries:
        return None
    try:
        return _read(deliveries)
    except OUTAGES:
        raise  # not the deliveries' fault: all of them stay for the next turn
    except Exception as fault:  # noqa: BLE001 - whatever one delivery holds, the others go on
        log.error("events_batch_failed", fault=type(fault).__name__)
    return sum(_read_or_park(delivery) for delivery in deliveries)


def _read_or_park(delivery: SinkDelivery) -> int:
    try:
        return _read([delivery])
    except OUTAGES:
        raise
    except Exception as fault:  # noqa: BLE001 - as above
        log.error(
            "delivery_parked",
            platform=delivery.platform_id,
            delivery=delivery.pk,
            fault=type(fault).__name__,  # no more: its words may quote what somebody told
        )
        SinkDelivery.objects.filter(pk=delivery.pk).update(
            parked_at=timezone.now(), parked_for=type(fault).__name__[:80]
        )
        reason = f"could not be stored: {type(fault).__name__}"
        _keep_aside({(delivery.platform_id, "", reason): (1, _beginning(bytes(delivery.body)))})
        return 0


@transaction.atomic
def _read(deliveries: list[SinkDelivery]) -> int:
    reading = _Reading()
    for delivery in deliveries:
        reading.read(delivery.platform_id, bytes(delivery.body), delivery.received_at)
    for platform_id, legs in reading.legs.items():
        store_legs(platform_id, folded(legs))
    for platform_id, conferences in reading.conferences.items():
        store_conferences(platform_id, conferences)
    _keep_aside(reading.odd)
    SinkDelivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries]).delete()
    return reading.events


@transaction.atomic
def add_past(platform_id: int, legs: Sequence[Leg], conferences: Sequence[Conference]) -> int:
    """Fold what a platform's history says into what its events told; return how many legs gained.

    A leg gains when it was not known, or not known to have ended.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAIT)
    told = folded(legs)
    ended = CallLeg.objects.unscoped(reason="a platform tells of every tenant's calls").filter(
        platform_id=platform_id, uuid__in=list(told), ended_at__isnull=False
    )
    gained = len(told) - ended.count()
    store_legs(platform_id, told)
    store_conferences(platform_id, {one.name: one for one in sorted(conferences)})
    return gained


def read_parked_again(platform_id: int | None = None) -> int:
    """Let what was parked be read once more, by a portal that now can; return how many.

    Without ``platform_id`` that of all platforms.
    """
    parked = SinkDelivery.objects.parked()
    if platform_id is not None:
        parked = parked.filter(platform=platform_id)
    return parked.order_by().update(parked_at=None, parked_for="")


def _next_deliveries() -> list[SinkDelivery]:
    """Return the oldest deliveries, as many as fit in memory together but at least one."""
    chosen: list[SinkDelivery] = []
    size = 0
    waiting = SinkDelivery.objects.filter(parked_at=None).order_by("pk")
    for delivery in waiting[:BATCH_DELIVERIES].iterator(100):
        size += len(delivery.body)
        if chosen and size > BATCH_BYTES:
            break
        chosen.append(delivery)
    return chosen


def _keep_aside(odd: dict[tuple[int, str, str], tuple[int, str]]) -> None:
    odd = _bounded(odd)
    now = timezone.now()
    rows: list[list[Any]] = [
        [platform_id, event[:80], reason[:120], times, now, now, encrypt(sample)]
        for (platform_id, event, reason), (times, sample) in sorted(odd.items())
    ]
    table = OddEvent._meta.db_table
    with connection.cursor() as cursor:
        cursor.executemany(
            f"insert into {table} as known "  # noqa: S608 - a table of ours
            "(platform_id, event, reason, times, first_at, last_at, sample) "
            "values (%s, %s, %s, %s, %s, %s, %s) "
            "on conflict (platform_id, event, reason) do update set "
            "times = known.times + excluded.times, last_at = excluded.last_at, "
            "sample = excluded.sample",
            rows,
        )
    for (platform_id, event, reason), (times, _sample) in odd.items():
        log.warning(
            "event_put_aside", platform=platform_id, event_name=event, reason=reason, times=times
        )


def _bounded(
    odd: dict[tuple[int, str, str], tuple[int, str]],
) -> dict[tuple[int, str, str], tuple[int, str]]:
    """Return the same such that no platform has more than ``MOST_ODD`` rows and one."""
    platforms = {platform_id for platform_id, _event, _reason in odd}
    rows = OddEvent.objects.filter(platform_id__in=platforms)
    known = set(rows.values_list("platform_id", "event", "reason"))
    left = {key: MOST_ODD - sum(row[0] == key for row in known) for key in platforms}
    kept: dict[tuple[int, str, str], tuple[int, str]] = {}
    for key, (times, sample) in odd.items():
        row = key
        if key not in known:
            left[key[0]] -= 1
            if left[key[0]] < 0:
                row = key[0], "", "one of many more kinds"
        kept[row] = kept.get(row, (0, ""))[0] + times, sample
    return kept
