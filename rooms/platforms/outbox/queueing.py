"""Into the outbox, in the transaction of the change."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from rooms.platforms.outbox.models import OutboxEntry
from videoportal.kit.scope import everywhere

# More than this at once is bulk: a room that is changed by hand does not wait behind it.
FEW = 20
CHUNK = 1000


@dataclass(frozen=True)
class Thing:
    """What a platform is to be told of: a room or an endpoint, by its public id."""

    kind: str
    key: UUID
    platform_id: int
    organisation_id: int


def in_bulk(things: Sized) -> bool:
    """Return whether so much at once is no single person's change, who waits for it."""
    return len(things) > FEW


def queue(things: Iterable[Thing], *, adopts: Mapping[UUID, str] | None = None) -> None:
    """Queue what the platform must hear of; what waits already waits anew, parked or not.

    A thing is queued by the transaction that changes it, which holds the lock of its row.
    """
    now = timezone.now()
    taken_over = adopts or {}
    entries = [
        OutboxEntry(
            kind=thing.kind,
            key=thing.key,
            platform_id=thing.platform_id,
            organisation_id=thing.organisation_id,
            ticket=uuid.uuid4(),
            adopts=taken_over.get(thing.key, ""),
            queued_at=now,
            due_at=now,
        )
        for thing in things
    ]
    for entry in entries:
        entry.in_bulk = in_bulk(entries)
    renewed = ["platform", "ticket", "in_bulk", "attempts", "due_at", "parked_at", "reason"]
    OutboxEntry.objects.bulk_create(
        entries,
        batch_size=CHUNK,
        update_conflicts=True,
        unique_fields=["kind", "key"],
        update_fields=[*renewed, "adopts"] if taken_over else renewed,
    )


@transaction.atomic
def wake(platform_id: int) -> int:
    """Let what waits for its next try go at once, and return how much: the platform is back.

    What somebody is changing or sending just now is left to them.
    """
    now = timezone.now()
    with everywhere(reason="a platform is told of every tenant's rooms"):
        waiting = (
            OutboxEntry.objects.unscoped(reason="a platform is told of every tenant's rooms")
            .to(platform_id)
            .waiting()
            .filter(due_at__gt=now)
        )
        asleep = list(
            waiting.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)
        )
        return waiting.order_by().filter(pk__in=asleep).update(due_at=now)
