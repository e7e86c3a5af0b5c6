"""Whether a platform is asked now: after silence it is left alone for growing pauses.

One thing that gets no answer says little of the platform: it waits by itself, and the others
go on. No connection at all, or several things in a row without an answer, and the platform
rests; then one thing alone tries the way, and its answer opens it for all. Whoever changes
something meanwhile does not wait for the end of a long rest: the way is tried soon.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils import timezone

from rooms.platforms.outbox.models import PlatformContact

# Different things in a row that got no answer, until the platform is taken to be silent.
SILENT_AFTER = 3
LONGEST_REST = 300.0
LONGEST_PAUSE = 600.0
# A worker that was killed while it tried the way is waited for so long.
TRY_SECONDS = 90
# Somebody's change shortens a rest to this long after the latest try, however many change what.
SOON_SECONDS = 10


@dataclass(frozen=True)
class Turn:
    """Leave to ask. ``until`` is how long the others wait for what we find out, after a rest."""

    until: datetime | None = None


def pause(times: int, longest: float) -> timedelta:
    """Return 2, 4, 8 … seconds up to ``longest``, each less up to a half by chance.

    What failed together does not come back together.
    """
    seconds = min(2.0 ** min(times, 16), longest)
    return timedelta(seconds=seconds * random.uniform(0.5, 1.0))  # noqa: S311 - spreads, hides nothing


def _rest(silent: timedelta) -> timedelta:
    """Return how long to leave a platform alone that has been silent for so long.

    About as long again, so that the pauses double; tries that somebody's change brought about
    make them no longer.
    """
    seconds = min(max(2.0, silent.total_seconds()), LONGEST_REST)
    return timedelta(seconds=seconds * random.uniform(0.5, 1.0))  # noqa: S311 - as in pause()


def may_ask(platform_id: int) -> Turn | None:
    """Return leave to ask the platform now, or None.

    After a rest one caller gets it and tries; the others rest on until it knows.
    """
    now = timezone.now()
    contact = PlatformContact.objects.filter(platform_id=platform_id).first()
    if contact is None or contact.resting_until is None:
        return Turn()
    if contact.resting_until > now:
        return None
    until = now + timedelta(seconds=TRY_SECONDS)
    mine = PlatformContact.objects.filter(
        platform_id=platform_id, resting_until=contact.resting_until
    ).update(resting_until=until, tried_at=now)
    return Turn(until) if mine else None


def rests_now(platform_id: int) -> bool:
    """Return whether the platform is left alone now."""
    return PlatformContact.objects.filter(
        platform_id=platform_id, resting_until__gt=timezone.now()
    ).exists()


def give_back(platform_id: int, turn: Turn) -> None:
    """Let others try the way: we had leave to, and asked nothing."""
    if turn.until is not None:
        PlatformContact.objects.filter(platform_id=platform_id, resting_until=turn.until).update(
            resting_until=timezone.now()
        )


def try_soon(platform_id: int) -> None:
    """Shorten the platform's rest, as somebody waits; not below a pause since the latest try."""
    now = timezone.now()
    soon = Coalesce(F("tried_at") + timedelta(seconds=SOON_SECONDS), now)
    PlatformContact.objects.filter(platform_id=platform_id, resting_until__gt=now).update(
        resting_until=Least(F("resting_until"), Greatest(soon, now))
    )


@transaction.atomic
def note_answer(platform_id: int) -> None:
    """Note that the platform answered; a refusal is an answer too."""
    now = timezone.now()
    recently = now - timedelta(seconds=10)
    contact = PlatformContact.objects.filter(platform_id=platform_id).first()
    if contact is not None and not contact.rests and not contact.failed:
        # One write in a while is enough while all is well.
        PlatformContact.objects.filter(platform_id=platform_id).exclude(
            answered_at__gt=recently
        ).update(answered_at=now)
        return
    PlatformContact.objects.update_or_create(
        platform_id=platform_id,
        defaults={
            "resting_until": None,
            "rests": 0,
            "failed": [],
            "reason": "",
            "silent_since": None,
            "answered_at": now,
        },
    )


@transaction.atomic
def note_silence(platform_id: int, key: UUID | None, reason: str, *, down: bool) -> bool:
    """Note that nothing came back, and return whether the platform rests now.

    ``down`` says that nothing would get through, whatever was asked.
    """
    PlatformContact.objects.get_or_create(platform_id=platform_id)
    contact = PlatformContact.objects.select_for_update().get(platform_id=platform_id)
    now = timezone.now()
    failed = {*contact.failed, *([key] if key is not None else [])}
    contact.failed = sorted(failed)[:SILENT_AFTER]
    contact.reason = reason
    contact.tried_at = now
    # Whoever tries the way after a rest and gets no answer has tried it for all.
    rests = down or len(failed) >= SILENT_AFTER or contact.rests > 0
    if rests:
        contact.rests += 1
        contact.silent_since = contact.silent_since or now
        contact.resting_until = now + _rest(now - contact.silent_since)
    contact.save()
    return rests
