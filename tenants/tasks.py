"""Celery's side of tenants."""

from __future__ import annotations

from collections import Counter

import structlog
from celery import shared_task
from django.utils import timezone

from tenants import actions, retention
from tenants.mail.tasks import send_mail
from videoportal.kit.scope import everywhere

log = structlog.get_logger(__name__)

__all__ = [
    "apply_reseller_connections",
    "delete_ended_sessions",
    "delete_old_invitations",
    "delete_old_requests",
    "end_staff_sessions",
    "expire_access_requests",
    "follow_unused_accounts",
    "purge_audit_log",
    "send_mail",
]


@shared_task(name="tenants.end_staff_sessions")
def end_staff_sessions() -> int:
    """Write the end of staff stays whose time is over; they lost their rights when it was."""
    with everywhere(reason="the clock ends the stays in every organisation"):
        return actions.end_staff_sessions_that_ran_out()


@shared_task(name="tenants.expire_access_requests")
def expire_access_requests() -> int:
    """Close the requests that nobody confirmed or decided in time."""
    with everywhere(reason="the clock closes requests for every organisation"):
        return actions.expire_requests(timezone.now())


@shared_task(name="tenants.delete_old_requests")
def delete_old_requests() -> int:
    """Delete access requests that have been over long enough."""
    with everywhere(reason="old personal data is deleted whatever the organisation"):
        return actions.delete_old_requests(timezone.now())


@shared_task(name="tenants.follow_unused_accounts", soft_time_limit=1500, time_limit=1600)
def follow_unused_accounts() -> dict[str, int]:
    """Warn of, remind of and close accounts that nobody uses; return how many of each.

    One transaction for each account: a fault with one does not stop the rest.
    """
    now = timezone.now()
    taken: Counter[str] = Counter()
    with everywhere(reason="an account belongs to no organisation alone"):
        for user_id in actions.due_user_ids(now):
            try:
                taken[actions.take_inactivity_step(user_id, now=now)] += 1
            except Exception:
                log.exception("inactivity_step_failed", account=user_id)
    taken.pop("", None)
    return dict(taken)


@shared_task(name="tenants.delete_old_invitations")
def delete_old_invitations() -> int:
    """Delete invitations that have been over or unanswered long enough."""
    with everywhere(reason="old personal data is deleted whatever the organisation"):
        return actions.delete_old_invitations(timezone.now())


@shared_task(name="tenants.apply_reseller_connections")
def apply_reseller_connections() -> int:
    """Let connections with resellers begin and end on their day."""
    with everywhere(reason="the calendar turns for every client at once"):
        return actions.apply_due_connections()


@shared_task(name="tenants.delete_ended_sessions")
def delete_ended_sessions() -> int:
    """Delete what is left of sessions that are over; return how many were listed."""
    return actions.delete_ended_sessions(timezone.now())


@shared_task(name="tenants.purge_audit_log", soft_time_limit=1500, time_limit=1530)
def purge_audit_log() -> int:
    """Delete what is older than the retention in the audit log, as the role that may."""
    return retention.purge_audit_log().entries
