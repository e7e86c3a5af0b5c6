"""What the one beat process starts, and when, in Europe/Oslo.

Each task finds its own work and is safe to run twice, so a beat that was down makes good what
it missed at the next turn.
"""

from typing import Any

from celery.schedules import crontab


def _every(seconds: float, task: str) -> dict[str, Any]:
    return {"task": task, "schedule": seconds}


def _at(minute: int, task: str, *, hour: int | None = None) -> dict[str, Any]:
    """Once an hour at the minute; with ``hour``, once a day."""
    when = crontab(minute=str(minute), hour="*" if hour is None else str(hour))
    return {"task": task, "schedule": when}


SCHEDULE = {
    "drain-events": {**_every(2.0, "rooms.drain_events"), "options": {"expires": 10}},
    "drain-outboxes": _every(15.0, "rooms.drain_outboxes"),
    "resume-stalled-imports": _every(60.0, "rooms.resume_stalled_imports"),
    "read-histories": _every(300.0, "rooms.read_histories"),
    "end-staff-sessions": _every(60.0, "tenants.end_staff_sessions"),
    # The hourly ones turn with the day; every hour after is for a beat that was down then.
    "apply-reseller-connections": _at(0, "tenants.apply_reseller_connections"),
    "apply-due-room-changes": _at(5, "rooms.apply_due_changes"),
    "expire-access-requests": _at(35, "tenants.expire_access_requests"),
    "expire-room-requests": _at(37, "rooms.expire_requests"),
    "release-quarantined-numbers": _at(20, "rooms.release_quarantined_numbers", hour=3),
    "read-histories-of-the-day": _at(15, "rooms.read_histories_of_the_day", hour=4),
    "compare-platforms": _at(30, "rooms.compare_platforms", hour=3),
    "delete-old-invitations": _at(40, "tenants.delete_old_invitations", hour=3),
    "delete-old-requests": _at(42, "tenants.delete_old_requests", hour=3),
    "delete-old-room-requests": _at(43, "rooms.delete_old_requests", hour=3),
    "delete-old-calls": _at(25, "rooms.delete_old_calls", hour=3),
    "purge-audit-log": _at(45, "tenants.purge_audit_log", hour=3),
    "delete-ended-sessions": _at(50, "tenants.delete_ended_sessions", hour=3),
    "follow-unused-accounts": _at(10, "tenants.follow_unused_accounts", hour=7),
}
