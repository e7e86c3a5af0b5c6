"""What time does to questions about rooms: they run out, and in the end they are deleted."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from rooms.models import RoomRequest
from tenants import audit


def expire_requests(now: datetime) -> int:
    """Close the questions that no administrator answered in time; return how many.

    The asker is not told: a message would say that the number is a room's, which nothing else
    does before an administrator answers. They may ask again.
    """
    every = RoomRequest.objects.unscoped(reason="the clock closes questions everywhere")
    due = every.waiting_since(now - timedelta(days=settings.REQUEST_UNDECIDED_DAYS))
    closed = 0
    for pk in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            request = (
                due.filter(pk=pk)
                .select_for_update(of=("self",), skip_locked=True)
                .select_related("room", "person")
                .first()
            )
            if request is None:
                continue
            request.answered_at = now
            request.save(update_fields=["answered_at"])
            audit.record(
                "rooms.request.lapsed",
                by=None,
                organisation=request.organisation_id,
                target=request.room,
                after={"person": str(request.person)},
            )
            closed += 1
    return closed


def delete_old_requests(now: datetime) -> int:
    """Delete the questions that have been over long enough; return how many."""
    every = RoomRequest.objects.unscoped(
        reason="personal data in old questions is deleted whatever the organisation"
    )
    deleted, _by_model = every.over_since(now - timedelta(days=settings.REQUEST_KEPT_DAYS)).delete()
    return deleted
