"""Staff mode: how an operator enters a customer's organisation, and leaves it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants import audit
from tenants.access import require_operator, require_staff_mode
from tenants.mail import post_mail
from tenants.models import Organisation, StaffSession, User

CHOICES = (15, 30, 60)


def staff_minutes() -> tuple[int, ...]:
    """Return the lengths to choose between, shortest first; the setting is the longest."""
    longest: int = settings.STAFF_MODE_MINUTES
    return (*(minutes for minutes in CHOICES if minutes < longest), longest)


@transaction.atomic
def start_staff_session(
    organisation: Organisation, *, by: User, reason: str, minutes: int, reference: str = ""
) -> StaffSession:
    """Return a new stay of the operator in the customer's organisation.

    The customer's administrators are told by e-mail. Raises ``ValidationError`` while another
    stay lasts, for a length that is not offered, and for an organisation that cannot be entered.
    """
    require_operator(by)
    if minutes not in staff_minutes():
        raise ValidationError({"minutes": _("Choose one of the lengths.")})
    if organisation.kind != Organisation.Kind.CUSTOMER or not organisation.is_active:
        raise ValidationError(_("Support access is for customers that are in use."))
    # The person's row is the lock: two windows cannot start two stays.
    User.objects.select_for_update().get(pk=by.pk)
    now = timezone.now()
    mine = StaffSession.objects.of_operator(by)
    for session in mine.run_out(now):
        _end(session, by=None, moment=session.ends_at)
    running = mine.filter(ended_at__isnull=True).select_related("organisation").first()
    if running is not None:
        raise ValidationError(
            _("You already have support access to %(name)s. End it first."),
            code="running",
            params={"name": running.organisation},
        )
    session = StaffSession(
        organisation=organisation,
        operator=by,
        reason=reason,
        reference=reference,
        started_at=now,
        ends_at=now + timedelta(minutes=minutes),
    )
    session.full_clean()
    session.save()
    by.forget_access()
    audit.record(
        "tenants.staff.started",
        by=by,
        organisation=organisation,
        target=organisation,
        after={"reason": session.purpose, "minutes": minutes},
    )
    for administrator in User.objects.administrators_of(organisation):
        post_mail(
            "staff_started",
            to=administrator.email,
            user=administrator,
            context={"session": session, "organisation": organisation, "operator": by},
        )
    return session


@transaction.atomic
def end_staff_session(*, by: User) -> StaffSession | None:
    """End the operator's stay now and return it; None when none lasts any longer."""
    mine = StaffSession.objects.of_operator(by).select_related("organisation", "operator")
    session = mine.select_for_update(of=("self",)).filter(ended_at__isnull=True).first()
    if session is None:
        return None
    now = timezone.now()
    if session.ends_at <= now:
        _end(session, by=None, moment=session.ends_at)
    else:
        _end(session, by=by, moment=now)
    by.forget_access()
    return session


def end_staff_sessions_that_ran_out() -> int:
    """Write the end of every stay whose time is over, and return how many. Safe to repeat."""
    ended = 0
    over = StaffSession.objects.unscoped(reason="the clock ends the stays in every organisation")
    for pk in list(over.run_out(timezone.now()).values_list("pk", flat=True)):
        with transaction.atomic():
            session = (
                over.select_for_update(of=("self",), skip_locked=True)
                .select_related("organisation", "operator")
                .filter(pk=pk, ended_at__isnull=True)
                .first()
            )
            if session is not None:
                _end(session, by=None, moment=session.ends_at)
                ended += 1
    return ended


def end_staff_sessions_in(organisation: Organisation, *, by: User) -> None:
    """End every stay in the organisation: it is going out of use."""
    now = timezone.now()
    for session in organisation.staff_sessions.select_for_update().filter(ended_at__isnull=True):
        _end(session, by=by, moment=min(now, session.ends_at))


def note_staff_request(organisation: Organisation, *, by: User, address: str, sent: bool) -> None:
    """Write in the organisation's log that the operator opened a page of it, or sent a form."""
    require_staff_mode(by, organisation)
    audit.record(
        "tenants.staff.sent" if sent else "tenants.staff.opened",
        by=by,
        organisation=organisation,
        target=organisation,
        after={"address": address[:200]},
    )


def _end(session: StaffSession, *, by: User | None, moment: datetime) -> None:
    session.ended_at = moment
    session.save(update_fields=["ended_at"])
    audit.record(
        "tenants.staff.ended",
        by=by,
        organisation=session.organisation,
        target=session.organisation,
        label=str(session.operator),
    )
