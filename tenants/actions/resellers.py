"""Connecting clients with resellers, by the day."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants import audit
from tenants.access import require_operator
from tenants.mail import post_mail
from tenants.models import Organisation, ResellerConnection, User


@transaction.atomic
def connect_client(
    organisation: Organisation,
    reseller: Organisation,
    *,
    by: User,
    starts_on: date,
    last_day: date | None = None,
    reason: str = "",
) -> ResellerConnection:
    """Let the reseller serve the client from that day on; today means from the next request.

    Raises ``ValidationError`` for days gone by and where another reseller serves the client.
    """
    require_operator(by)
    organisation = _locked(organisation)
    today = timezone.localdate()
    if organisation.kind != Organisation.Kind.CUSTOMER:
        raise ValidationError(_("Only customers have a reseller."))
    if reseller.kind != Organisation.Kind.RESELLER or not reseller.is_active:
        raise ValidationError({"reseller": _("Choose a reseller that is in use.")})
    if starts_on < today:
        raise ValidationError({"starts_on": _("Choose today or a later day.")})
    if last_day is not None and last_day < starts_on:
        raise ValidationError({"last_day": _("The last day is before the first.")})
    connection = ResellerConnection(
        organisation=organisation,
        reseller=reseller,
        starts_on=starts_on,
        ends_on=None if last_day is None else last_day + timedelta(days=1),
        reason=reason,
        connected_by=by,
    )
    _check_alone(connection)
    connection.full_clean()
    connection.save()
    for where in (organisation, reseller):
        audit.record(
            "tenants.reseller.connected",
            by=by,
            organisation=where,
            target=organisation,
            after={"reseller": reseller.name, "starts_on": starts_on, "reason": reason},
        )
    _tell(connection, "reseller_connected")
    _apply(organisation, today)
    return connection


@transaction.atomic
def end_connection(
    connection: ResellerConnection, *, by: User, last_day: date | None = None, reason: str = ""
) -> ResellerConnection:
    """End the connection after ``last_day``, or from the next request when it is None.

    A connection that has not begun is called off.
    """
    require_operator(by)
    organisation = _locked(connection.organisation)
    connection = (
        organisation.reseller_connections.select_related("reseller", "organisation")
        .select_for_update(of=("self",))
        .get(pk=connection.pk)
    )
    today = timezone.localdate()
    if connection.ends_on is not None and connection.ends_on <= today:
        raise ValidationError(_("The connection has ended already."))
    if last_day is not None and last_day < max(today, connection.starts_on):
        raise ValidationError({"last_day": _("Choose today or a later day.")})
    ends_on = today if last_day is None else last_day + timedelta(days=1)
    connection.ends_on = max(ends_on, connection.starts_on)
    connection.ended_by = by
    connection.end_reason = reason
    connection.full_clean()
    connection.save()
    for where in (organisation, connection.reseller):
        audit.record(
            "tenants.reseller.disconnected",
            by=by,
            organisation=where,
            target=organisation,
            after={
                "reseller": connection.reseller.name,
                "ends_on": connection.ends_on,
                "reason": reason,
            },
        )
    _tell(connection, "reseller_disconnected")
    _apply(organisation, today)
    return connection


def apply_due_connections(today: date | None = None) -> int:
    """Bring every client's reseller into line with the day, and return how many changed.

    Safe to repeat. A client whose reseller no connection tells of is left alone.
    """
    today = today or timezone.localdate()
    changed = 0
    every = Organisation.objects.unscoped(reason="the calendar turns for every client at once")
    for pk in list(every.with_due_connections(today).values_list("pk", flat=True)):
        with transaction.atomic():
            organisation = every.select_for_update(of=("self",)).get(pk=pk)
            changed += _apply(organisation, today)
    return changed


def remember_first_reseller(organisation: Organisation, day: date) -> None:
    """Write the connection of an organisation that is registered with its reseller."""
    if organisation.reseller_id is not None:
        ResellerConnection.objects.create(
            organisation=organisation, reseller_id=organisation.reseller_id, starts_on=day
        )


def _locked(organisation: Organisation) -> Organisation:
    mine = Organisation.objects.in_organisation(organisation)
    return mine.select_for_update(of=("self",)).select_related("reseller").get()


def _check_alone(connection: ResellerConnection) -> None:
    """Raise ``ValidationError`` where another reseller serves the client on some of the days."""
    others = connection.organisation.reseller_connections.select_related("reseller")
    for other in others:
        if _overlap(other, connection.starts_on, connection.ends_on):
            raise ValidationError(
                {
                    "starts_on": _(
                        "%(name)s is the reseller on some of these days. End that first."
                    )
                    % {"name": other.reseller}
                }
            )


def _overlap(other: ResellerConnection, starts_on: date, ends_on: date | None) -> bool:
    if other.ends_on is not None and other.ends_on <= max(starts_on, other.starts_on):
        return False
    return ends_on is None or other.starts_on < ends_on


def _apply(organisation: Organisation, today: date) -> bool:
    """Put the reseller of the day into the organisation's row; return whether it changed."""
    current = organisation.reseller_connections.in_force(today).select_related("reseller").first()
    before = organisation.reseller
    after = None if current is None else current.reseller
    if before == after:
        return False
    organisation.reseller = after
    organisation.save(update_fields=["reseller"])
    audit.record(
        "tenants.reseller.changed",
        by=None,
        organisation=organisation,
        target=organisation,
        before={"reseller": str(before or "")},
        after={"reseller": str(after or "")},
    )
    return True


def _tell(connection: ResellerConnection, template: str) -> None:
    for organisation in (connection.organisation, connection.reseller):
        for person in User.objects.administrators_of(organisation):
            post_mail(template, to=person.email, user=person, context={"connection": connection})
