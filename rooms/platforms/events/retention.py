"""How long calls are kept in detail."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.conf import settings

from rooms.platforms.models import CallLeg, OddEvent, SinkDelivery

log = structlog.get_logger(__name__)

# A day may have a hundred thousand legs; one statement for all would hold its locks for long.
AT_A_TIME = 10_000


def delete_old_calls(now: datetime) -> int:
    """Delete the legs that nothing was heard of for ``CALL_LEG_DAYS``; return how many.

    One that never ended went silent: its time counts from the last that was heard. Samples of
    events that were not understood and parked deliveries go as well, because they may name
    participants. Safe to repeat, and to stop half way.
    """
    limit = now - timedelta(days=settings.CALL_LEG_DAYS)
    legs = CallLeg.objects.unscoped(reason="old calls are deleted whatever the organisation")
    old = legs.silent_since(limit)
    deleted = 0
    while ids := list(old.values_list("pk", flat=True)[:AT_A_TIME]):
        deleted += legs.filter(pk__in=ids).delete()[0]
    odd, _by_model = OddEvent.objects.filter(last_at__lt=limit).delete()
    SinkDelivery.objects.filter(parked_at__lt=limit).delete()
    log.info("old_calls_deleted", legs=deleted, odd_events=odd)
    return deleted
