"""Whether a platform is asked now: after silence it is left alone for growing pauses.

One thing that gets no answer says little of the platform: it waits by itself, and the others
go on. No connection at all, or several things in a row without an answer, and the platform
rests; then one thing alone tries the way, and its answer opens it for all.
"""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from rooms.platforms.outbox.models import PlatformContact

# Different things in a row that got no answer, until the platform is taken to be silent.
SILENT_AFTER = 3
LONGEST_REST = 300.0
LONGEST_PAUSE = 600.0
# A worker that was killed while it tried the way is waited for so long.
TRY_SECONDS = 90


def pause(times: int, longest: float) -> timedelta:
    """Return 2, 4, 8 … seconds up to ``longest``, each less up to a half by chance.

    What failed together does not come back together.
    """
    seconds = min(2.0 ** min(times, 16), longest)
    return timedelta(seconds=seconds * random.uniform(0.5, 1.0))  # noqa: S311 - spreads, hides nothing


def may_ask(platform_id: int) -> bool:
    """Return whether to ask the platform now.

    After a rest one caller gets a yes and tries; the others rest on until it knows.
    """
    now = timezone.now()
    contact = PlatformContact.objects.filter(platform_id=platform_id).first()
    if contact is None or contact.resting_until is None:
        return True
    if contact.resting_until > now:
        return False
    mine = PlatformContact.objects.filter(
        platform_id=platform_id, resting_until=contact.resting_until
    ).update(resting_until=now + timedelta(seconds=TRY_SECONDS))
    return bool(mine)


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
    # Whoever tries the way after a rest and gets no answer has tried it for all.
    rests = down or len(failed) >= SILENT_AFTER or contact.rests > 0
    if rests:
        contact.rests += 1
        contact.resting_until = now + pause(contact.rests, LONGEST_REST)
        contact.silent_since = contact.silent_since or now
    contact.save()
    return rests
