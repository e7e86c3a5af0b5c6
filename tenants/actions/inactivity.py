"""Accounts that nobody signs in to: warnings, closing and reopening.

After three months a warning that the account closes in four weeks, reminders 14 and 13 days
later, and closing a day after the last (docs/adr/0020-unused-accounts.md). Each step counts
from the one before, so that an outage of the schedule shortens nobody's notice, and a step is
taken at most once however often the task runs.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tenants import audit
from tenants.actions.roles import LastAdministrator, require_others
from tenants.mail import post_mail
from tenants.models import User
from videoportal.kit.dates import add_months

# The number of warnings before the account closes, and what stands in its place for somebody
# who is kept as the last administrator.
WARNINGS = 3
KEPT = WARNINGS + 1


def unused_before(now: datetime) -> datetime:
    """Return the moment such that accounts last used before it are to be warned."""
    day = add_months(timezone.localdate(now), -settings.INACTIVE_MONTHS)
    return timezone.make_aware(datetime.combine(day, time()))


def closes_on(user: User) -> date | None:
    """Return the day on which the account closes if nobody signs in; None when not warned."""
    if user.warned_at is None or user.warnings_sent in (0, KEPT) or not user.is_active:
        return None
    left = settings.INACTIVE_STEPS[user.warnings_sent - 1 :]
    return timezone.localdate(user.warned_at) + timedelta(days=sum(left))


def forget_warnings(user: User) -> None:
    """Start the time-line anew because the person has signed in."""
    if user.warnings_sent:
        user.warnings_sent, user.warned_at = 0, None
        user.save(update_fields=["warnings_sent", "warned_at"])


def due_user_ids(now: datetime) -> list[int]:
    """Return the ids of the accounts that a step may be due for."""
    return list(
        User.objects.unused_since(unused_before(now)).order_by("pk").values_list("pk", flat=True)
    )


@transaction.atomic
def take_inactivity_step(user_id: int, *, now: datetime) -> str:
    """Take the next step for one account if it is due; return its name, or an empty text.

    ``warned``, ``reminded`` or ``closed``; ``kept`` when the person is somewhere the last
    administrator: the account stays open, and they and the operators are told instead.
    """
    user = (
        User.objects.unused_since(unused_before(now))
        .select_for_update(of=("self",))
        .filter(pk=user_id)
        .first()
    )
    if user is None:
        return ""
    if user.warned_at is not None and now < _next_step_at(user):
        return ""
    if user.warnings_sent < WARNINGS:
        return _warn(user, now)
    try:
        require_others(user)
    except LastAdministrator:
        return _keep(user, now)
    if user.warnings_sent == KEPT:
        # There are others now; what the person was told last is that the account stays.
        user.warnings_sent = 0
        return _warn(user, now)
    return _close(user, now)


def _next_step_at(user: User) -> datetime:
    assert user.warned_at is not None  # noqa: S101 - the caller has looked
    steps = settings.INACTIVE_STEPS
    step = sum(steps) if user.warnings_sent == KEPT else steps[user.warnings_sent - 1]
    # By days in Norway: a task that runs a minute earlier than yesterday is still on time.
    midnight = timezone.localtime(user.warned_at).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=step)


def _warn(user: User, now: datetime) -> str:
    user.warnings_sent += 1
    user.warned_at = now
    user.save(update_fields=["warnings_sent", "warned_at"])
    post_mail(
        "account_unused",
        to=user.email,
        context={"closes_on": closes_on(user), "first": user.warnings_sent == 1, "user": user},
        user=user,
    )
    audit.record(
        "tenants.account.warned",
        by=None,
        organisation=user.access.home_id,
        target=user,
        after={"closes_on": closes_on(user)},
    )
    return "warned" if user.warnings_sent == 1 else "reminded"


def _close(user: User, now: datetime) -> str:
    home = user.access.home_id
    user.is_active, user.closed_at = False, now
    user.save(update_fields=["is_active", "closed_at"])
    post_mail("account_closed", to=user.email, context={"user": user}, user=user)
    audit.record("tenants.account.closed", by=None, organisation=home, target=user)
    return "closed"


def _keep(user: User, now: datetime) -> str:
    user.warned_at, user.warnings_sent = now, KEPT
    user.save(update_fields=["warnings_sent", "warned_at"])
    context = {"user": user, "member": str(user), "email": user.email}
    post_mail("last_administrator_unused", to=user.email, context=context, user=user)
    for operator in User.objects.operators():
        if operator.pk != user.pk:
            post_mail(
                "last_administrator_unused_operator",
                to=operator.email,
                context={**context, "organisations": _organisations(user)},
                user=operator,
            )
    audit.record(
        "tenants.account.kept_open", by=None, organisation=user.access.home_id, target=user
    )
    return "kept"


def _organisations(user: User) -> list[str]:
    return list(
        user.groups.order_by("role_group__organisation__name").values_list(
            "role_group__organisation__name", flat=True
        )
    )


def reopen(user: User) -> bool:
    """Make a closed account usable again and return whether it was closed."""
    stored = User.objects.select_for_update().get(pk=user.pk)
    if stored.is_active:
        return False
    stored.is_active, stored.closed_at = True, None
    stored.warnings_sent, stored.warned_at = 0, None
    stored.reopened_at = timezone.now()
    stored.save(
        update_fields=["is_active", "closed_at", "warnings_sent", "warned_at", "reopened_at"]
    )
    return True
