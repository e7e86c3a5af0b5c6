"""What time does to access requests: they run out, and in the end they are deleted."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from tenants import audit
from tenants.actions import request_mail
from tenants.models import AccessRequest
from tenants.querysets import AccessRequestQuerySet

State = AccessRequest.State


def expire_requests(now: datetime) -> int:
    """Close every request that nobody confirmed or decided in time, and return how many.

    Safe to repeat. The applicant is told, and may ask again.
    """
    every = AccessRequest.objects.unscoped(reason="the clock closes requests everywhere")
    undecided_since = now - timedelta(days=settings.REQUEST_UNDECIDED_DAYS)
    due = every.run_out(now, undecided_since=undecided_since)
    return sum(_expire(pk, due) for pk in list(due.values_list("pk", flat=True)))


@transaction.atomic
def _expire(pk: int, due: AccessRequestQuerySet) -> bool:
    request = due.filter(pk=pk).select_for_update(of=("self",), skip_locked=True).first()
    if request is None:
        return False
    was_confirmed = request.state == State.CONFIRMED
    request.state = State.EXPIRED
    request.link_hash = ""
    request.save(update_fields=["state", "link_hash"])
    audit.record(
        "tenants.access_request.lapsed" if was_confirmed else "tenants.access_request.expired",
        by=None,
        organisation=request.organisation_id,
        target=request,
    )
    request_mail.expired(request)
    return True


def delete_old_requests(now: datetime) -> int:
    """Delete the requests with which nothing has happened for long enough; return how many.

    With them go the names and addresses of applicant and approver. An approved one is the
    evidence of who may administer, and stays as long as the log that tells of it.
    """
    every = AccessRequest.objects.unscoped(
        reason="personal data in old requests is deleted whatever the organisation"
    )
    without = every.ended_without_access().untouched_since(
        now - timedelta(days=settings.REQUEST_KEPT_DAYS)
    )
    approved = every.approved().untouched_since(now - timedelta(days=settings.AUDIT_RETENTION_DAYS))
    return sum(old.delete()[0] for old in (without, approved))
