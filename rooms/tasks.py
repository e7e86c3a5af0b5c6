"""Celery's side of rooms: ids in, one action called, counts out."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from rooms import actions, numbers
from rooms.platforms.port import PlatformUnavailable


@shared_task(bind=True, name="rooms.push_room", max_retries=5, soft_time_limit=30, time_limit=40)
def push_room(self: Any, room_id: int) -> None:
    """Send one room to the platform; silence is tried again after 2, 4, 8 … seconds."""
    try:
        actions.provision_room(room_id)
    except PlatformUnavailable as error:
        raise self.retry(exc=error, countdown=2 ** (self.request.retries + 1)) from error


@shared_task(name="rooms.push_waiting_rooms")
def push_waiting_rooms() -> int:
    """Queue the rooms that nobody pushed: the broker was down, or a worker died."""
    waiting = actions.waiting_room_ids()
    for room_id in waiting:
        push_room.delay(room_id=room_id)
    return len(waiting)


@shared_task(name="rooms.apply_due_changes")
def apply_due_changes() -> int:
    """Close rooms and change products whose day has come, in Europe/Oslo."""
    return actions.apply_due_changes(timezone.localdate())


@shared_task(name="rooms.release_quarantined_numbers")
def release_quarantined_numbers() -> int:
    """Free numbers that have rested for twelve months."""
    return numbers.release_rested_numbers()
