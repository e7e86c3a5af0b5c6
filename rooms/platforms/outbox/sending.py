"""Out of the outbox, one thing at a time, by as many workers as there are.

A thing is sent by one worker at a time: it holds an advisory lock on it, in a transaction that
ends with the platform's answer stored and the entry deleted. A worker that is killed leaves the
entry as it was, and what it had sent already is found on the platform by the next.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from rooms.platforms.adapters import adapter_of
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import contact
from rooms.platforms.outbox.models import OutboxEntry
from rooms.platforms.outbox.queueing import wake
from rooms.platforms.outbox.senders import Sender, Told, sender_of
from rooms.platforms.port import (
    Platform,
    PlatformBusy,
    PlatformDown,
    PlatformRefused,
    PlatformUnavailable,
)
from videoportal.kit.scope import everywhere, in_scope

log = structlog.get_logger(__name__)

# Without an answer so often, while others get theirs, a thing counts as failed. It is tried
# on, every ten minutes, and mends itself.
MAX_ATTEMPTS = 12
BATCH = 50
DRAIN_SECONDS = 40.0

_TAKE = "select pg_try_advisory_xact_lock(hashtextextended(%s, 0))"


@dataclass(frozen=True)
class Drained:
    """What a drain did: things brought in line, refused, without an answer; ``more`` are due."""

    sent: int = 0
    refused: int = 0
    silent: int = 0
    more: bool = False


def drain(
    platform: VideoPlatform, *, soon: bool = False, seconds: float = DRAIN_SECONDS
) -> Drained:
    """Send what is due to the platform, until nothing is, it falls silent or time is up.

    ``soon`` says that somebody waits for what was changed, so that a rest is shortened.
    """
    until = time.monotonic() + seconds
    counts = Counter[str]()
    more = False
    adapter = adapter_of(platform)
    if soon:
        contact.try_soon(platform.pk)
    while platform.state == VideoPlatform.State.ACTIVE and (entries := _next_entries(platform)):
        turn = contact.may_ask(platform.pk)
        if turn is None:
            break
        answers, more = _deliver_all(platform, entries, adapter, until)
        counts.update(answers)
        if not answers:
            # All of it is in the hands of other workers, or our share of requests is used up.
            contact.give_back(platform.pk, turn)
            break
        if turn.until is not None and counts["silent"] < counts.total():
            wake(platform.pk)
        if more:
            break
    return Drained(**counts, more=more)


def _deliver_all(
    platform: VideoPlatform, entries: Iterable[tuple[int, int]], adapter: Platform, until: float
) -> tuple[Counter[str], bool]:
    """Deliver until the platform falls silent; return the answers and whether time cut it short."""
    answers = Counter[str]()
    for entry_id, organisation_id in entries:
        if time.monotonic() > until:
            return answers, True
        try:
            with in_scope([organisation_id]):
                answer = _deliver(entry_id, adapter)
        except PlatformBusy as busy:
            log.info("outbox_waits_for_its_share", platform=platform.slug, wait=busy.wait)
            return answers, True
        if answer:
            answers[answer] += 1
        if answer == "silent" and contact.rests_now(platform.pk):
            break
    return answers, False


def _next_entries(platform: VideoPlatform) -> list[tuple[int, int]]:
    with everywhere(reason="a platform is told of every tenant's rooms"):
        due = OutboxEntry.objects.unscoped(reason="a platform is told of every tenant's rooms")
        return list(
            due.to(platform).due(timezone.now()).values_list("pk", "organisation_id")[:BATCH]
        )


def platforms_with_due_entries() -> list[int]:
    """Return ids of the platforms that something is due for and that may be asked."""
    now = timezone.now()
    due = OutboxEntry.objects.unscoped(reason="a platform is told of every tenant's rooms").due(now)
    return list(
        VideoPlatform.objects.filter(
            state=VideoPlatform.State.ACTIVE, pk__in=due.values("platform")
        )
        .exclude(contact__resting_until__gt=now)
        .values_list("pk", flat=True)
    )


@transaction.atomic
def _deliver(entry_id: int, adapter: Platform) -> str:
    """Send one entry and return how it went; empty when there is nothing to do for us.

    Raises :class:`PlatformBusy`.
    """
    entry = _taken(entry_id)
    if entry is None:
        return ""
    sender = sender_of(entry.kind)
    try:
        sender.send(adapter, entry)
    except PlatformRefused as refusal:
        contact.note_answer(entry.platform_id)
        log.warning("outbox_refused", kind=entry.kind, key=str(entry.key), reason=str(refusal))
        told = Told(failed=True, reason=str(refusal))
        _store(sender, entry, told, parked_at=timezone.now(), attempts=0)
        return "refused"
    except PlatformBusy:
        raise
    except PlatformUnavailable as silence:
        _note_silence(sender, entry, str(silence), down=isinstance(silence, PlatformDown))
        return "silent"
    except DatabaseError:
        raise
    except Exception:
        # A fault of ours with one thing: the others must go on, and somebody must look.
        log.exception("outbox_fault", kind=entry.kind, key=str(entry.key))
        _retry_later(sender, entry, "The portal could not send it.")
        return "silent"
    contact.note_answer(entry.platform_id)
    _store(sender, entry, Told(ready=True))
    return "sent"


def _taken(entry_id: int) -> OutboxEntry | None:
    """Return the entry, nobody else's until the transaction ends; None when there is none due."""
    entries = OutboxEntry.objects.unscoped(reason="narrowed by the scope, and by its id").filter(
        pk=entry_id
    )
    found = entries.values_list("kind", "key").first()
    if found is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [f"outbox {found[0]} {found[1]}"])
        if not cursor.fetchone()[0]:
            return None
    # Read after the lock is taken: somebody else may have sent it just before.
    return entries.due(timezone.now()).first()


def _note_silence(sender: Sender, entry: OutboxEntry, reason: str, *, down: bool) -> None:
    rests = contact.note_silence(entry.platform_id, entry.key, reason, down=down)
    log.warning("outbox_silence", kind=entry.kind, key=str(entry.key), reason=reason, rests=rests)
    if rests:
        # Nothing is held against the thing; the others have their turn before it.
        due_at = timezone.now() + timedelta(seconds=1)
        told = Told(attempts=entry.attempts, reason=reason, failed=entry.attempts >= MAX_ATTEMPTS)
        _store(sender, entry, told, due_at=due_at, attempts=entry.attempts)
    else:
        _retry_later(sender, entry, reason)


def _retry_later(sender: Sender, entry: OutboxEntry, reason: str) -> None:
    attempts = entry.attempts + 1
    if attempts == MAX_ATTEMPTS:
        log.error("outbox_given_up", kind=entry.kind, key=str(entry.key), reason=reason)
    due_at = timezone.now() + contact.pause(attempts, contact.LONGEST_PAUSE)
    told = Told(attempts=attempts, reason=reason, failed=attempts >= MAX_ATTEMPTS)
    _store(sender, entry, told, due_at=due_at, attempts=attempts)


def _store(
    sender: Sender,
    entry: OutboxEntry,
    told: Told,
    *,
    attempts: int = 0,
    due_at: datetime | None = None,
    parked_at: datetime | None = None,
) -> None:
    """Store the answer, unless the thing was changed since it was sent: then it goes again.

    The thing is locked first, as a change does: an answer and a change cannot pass each other.
    """
    sender.lock(entry.key)
    mine = OutboxEntry.objects.in_organisation(entry.organisation_id).filter(
        pk=entry.pk, ticket=entry.ticket
    )
    changed: Any
    if told.ready:
        changed, _by_model = mine.delete()
    else:
        changed = mine.update(
            attempts=attempts,
            due_at=due_at or entry.due_at,
            parked_at=parked_at,
            reason=told.reason,
        )
    if changed:
        sender.note(entry.key, told)
