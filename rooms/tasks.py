"""Celery's side of rooms: ids in, one action called, counts out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import batched
from typing import Any

import structlog
from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from rooms import actions, numbers
from rooms.actions import request_clock
from rooms.imports import writing
from rooms.models import Room, RoomImport
from rooms.platforms.events import inbox
from rooms.platforms.port import PlatformUnavailable
from videoportal.kit.scope import everywhere

log = structlog.get_logger(__name__)

# A queued push that nobody took in this time is dropped: the sweep queues it again.
PUSH_EXPIRES = 300
LONGEST_PAUSE = 600
FEW_PUSHES = 20
PUSHED_TOGETHER = 50


@shared_task(
    bind=True,
    name="rooms.push_room",
    max_retries=actions.MAX_ATTEMPTS,
    soft_time_limit=60,
    time_limit=70,
)
def push_room(self: Any, room_id: int) -> None:
    """Send one room to the platform; silence is tried again after 2, 4, 8 … 600 seconds."""
    try:
        with Room.objects.in_scope_of(room_id):
            actions.provision_room(room_id)
    except (PlatformUnavailable, actions.PushRunning) as error:
        pause = min(2 ** (self.request.retries + 1), LONGEST_PAUSE)
        # The first message's end must not follow into its retries.
        raise self.retry(exc=error, countdown=pause, expires=None) from error


def queue_pushes(room_ids: Sequence[int]) -> int:
    """Queue a push of each room and return how many were queued.

    A broker that does not answer costs one try, not one a room: the change is stored and
    stands, and the sweep sends the rooms once the broker is back. Many rooms share messages:
    5,000 of them were as slow as the import itself.
    """
    queued = 0
    size = 1 if len(room_ids) <= FEW_PUSHES else PUSHED_TOGETHER
    for chunk in batched(room_ids, size, strict=False):
        try:
            if size == 1:
                push_room.apply_async(kwargs={"room_id": chunk[0]}, expires=PUSH_EXPIRES)
            else:
                push_rooms.apply_async(kwargs={"room_ids": list(chunk)}, expires=PUSH_EXPIRES)
        except OperationalError as error:
            log.warning("broker_unreachable", left=len(room_ids) - queued, reason=str(error))
            break
        queued += len(chunk)
    return queued


@shared_task(name="rooms.push_rooms", soft_time_limit=280, time_limit=300)
def push_rooms(room_ids: list[int]) -> int:
    """Send many rooms to the platform, one by one, and return how many were sent.

    A platform that falls silent ends it; the sweep queues the rest.
    """
    sent = 0
    for room_id in room_ids:
        try:
            with Room.objects.in_scope_of(room_id):
                actions.provision_room(room_id)
        except actions.PushRunning:
            continue
        except PlatformUnavailable:
            break
        sent += 1
    return sent


@shared_task(name="rooms.import_rooms", soft_time_limit=600, time_limit=630)
def import_rooms(import_id: int) -> None:
    """Carry out a started import; a second delivery finds it done."""
    with RoomImport.objects.in_scope_of(import_id):
        writing.run_import(import_id)


def queue_import(import_id: int) -> bool:
    """Queue a started import and return whether the broker took it; if not, the sweep will."""
    try:
        import_rooms.delay(import_id=import_id)
    except OperationalError as error:
        log.warning("broker_unreachable", import_id=import_id, reason=str(error))
        return False
    return True


@shared_task(name="rooms.resume_stalled_imports", expires=60)
def resume_stalled_imports() -> int:
    """Queue the imports whose worker died or whose broker was down, and drop files a day old."""
    with everywhere(reason="the schedule looks after the imports of every organisation"):
        writing.drop_old_contents()
        stalled = writing.stalled_import_ids()
    return sum(queue_import(import_id) for import_id in stalled)


@shared_task(name="rooms.push_waiting_rooms", expires=60)
def push_waiting_rooms() -> int:
    """Queue the rooms that nobody pushed: the broker was down, or a worker died."""
    with everywhere(reason="the schedule looks after the rooms of every organisation"):
        waiting = actions.waiting_room_ids()
    return queue_pushes(waiting)


@shared_task(name="rooms.drain_events")
def drain_events() -> int:
    """Make the events that the platforms told into call legs; nothing while another does it."""
    return inbox.drain()


@shared_task(name="rooms.apply_due_changes")
def apply_due_changes() -> int:
    """Close rooms and change products whose day has come, in Europe/Oslo."""
    with everywhere(reason="the schedule looks after the rooms of every organisation"):
        return actions.apply_due_changes(timezone.localdate())


@shared_task(name="rooms.release_quarantined_numbers")
def release_quarantined_numbers() -> int:
    """Free numbers that have rested for twelve months."""
    with everywhere(reason="a number rests whoever had it, and whose room is still there"):
        return numbers.release_rested_numbers()


@shared_task(name="rooms.expire_requests")
def expire_requests() -> int:
    """Close the questions about rooms that nobody answered in time."""
    with everywhere(reason="the clock closes questions for every organisation"):
        return request_clock.expire_requests(timezone.now())


@shared_task(name="rooms.delete_old_requests")
def delete_old_requests() -> int:
    """Delete questions about rooms that have been over long enough."""
    with everywhere(reason="old personal data is deleted whatever the organisation"):
        return request_clock.delete_old_requests(timezone.now())
