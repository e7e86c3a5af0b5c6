"""Celery's side of rooms: ids in, one action called, counts out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog
from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from rooms import actions, numbers
from rooms.actions import request_clock
from rooms.imports import writing
from rooms.models import PlatformComparison, RoomImport
from rooms.platforms.events import inbox, reading, retention
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import sending
from rooms.platforms.port import PlatformRefused, PlatformUnavailable
from videoportal.kit.scope import everywhere

log = structlog.get_logger(__name__)

# A queued drain that nobody took in this time is dropped: the schedule queues it again.
DRAIN_EXPIRES = 300


@shared_task(name="rooms.drain_outbox", soft_time_limit=150, time_limit=160)
def drain_outbox(platform_id: int, soon: bool = False) -> int:
    """Send a platform what is due, and return how many things it was brought in line with."""
    platform = VideoPlatform.objects.filter(pk=platform_id).first()
    if platform is None:
        return 0
    drained = sending.drain(platform, soon=soon)
    if drained.more:
        queue_drains([platform_id], countdown=1)
    return drained.sent


def queue_drains(platform_ids: Sequence[int], *, countdown: float = 0, soon: bool = False) -> int:
    """Queue a drain of each platform's outbox and return how many were queued.

    ``soon`` when somebody waits for it, so that a platform that rests is tried before its time.
    A broker that does not answer costs one try: what is in the outbox stands, and the
    schedule sends it once the broker is back.
    """
    queued = 0
    for platform_id in platform_ids:
        try:
            drain_outbox.apply_async(
                kwargs={"platform_id": platform_id, "soon": soon},
                expires=DRAIN_EXPIRES,
                countdown=countdown or None,
            )
        except OperationalError as error:
            log.warning("broker_unreachable", left=len(platform_ids) - queued, reason=str(error))
            break
        queued += 1
    return queued


@shared_task(name="rooms.drain_outboxes", expires=15)
def drain_outboxes() -> int:
    """Queue the platforms that something is due for: a pause is over, a broker was down."""
    with everywhere(reason="the schedule looks after every tenant's rooms"):
        waiting = sending.platforms_with_due_entries()
    return queue_drains(waiting)


@shared_task(name="rooms.compare_platform", soft_time_limit=1500, time_limit=1560)
def compare_platform(comparison_id: int) -> int:
    """Carry out a started comparison and return how many conferences it read."""
    comparison = PlatformComparison.objects.filter(pk=comparison_id).first()
    if comparison is None:
        return 0
    with everywhere(reason="a platform has every tenant's rooms"):
        return actions.run_comparison(comparison).conferences


def queue_comparison(comparison_id: int) -> bool:
    """Queue a started comparison and return whether the broker took it."""
    try:
        compare_platform.delay(comparison_id=comparison_id)
    except OperationalError as error:
        log.warning("broker_unreachable", comparison_id=comparison_id, reason=str(error))
        return False
    return True


@shared_task(name="rooms.compare_platforms")
def compare_platforms() -> int:
    """Start a comparison of every platform that the portal writes to; reading alone."""
    platforms = [one for one in VideoPlatform.objects.active() if actions.can_compare(one)]
    for platform in platforms:
        actions.start_comparison(platform, by=None)
    return len(platforms)


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


@shared_task(name="rooms.drain_events")
def drain_events() -> int:
    """Make the events that the platforms told into call legs; nothing while another does it."""
    return inbox.drain()


@shared_task(name="rooms.read_histories", soft_time_limit=600, time_limit=660, expires=240)
def read_histories() -> int:
    """Fill what the events left open out of every platform's history; return how many legs."""
    return _read_histories(reading.OVERLAP)


@shared_task(name="rooms.read_histories_of_the_day", soft_time_limit=1200, time_limit=1260)
def read_histories_of_the_day() -> int:
    """The same over more than a day: a node may have been away for hours."""
    return _read_histories(reading.LONG_OVERLAP)


def _read_histories(overlap: timedelta) -> int:
    gained = 0
    for platform in filter(reading.may_read, VideoPlatform.objects.active()):
        try:
            gained += reading.read_history(platform, overlap=overlap).gained
        except (PlatformRefused, PlatformUnavailable) as error:
            log.warning("history_not_read", platform=platform.slug, reason=str(error))
    return gained


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


@shared_task(name="rooms.delete_old_calls", soft_time_limit=1500, time_limit=1530)
def delete_old_calls() -> int:
    """Delete the calls that are no longer kept in detail."""
    with everywhere(reason="old calls are deleted whatever the organisation"):
        return retention.delete_old_calls(timezone.now())
