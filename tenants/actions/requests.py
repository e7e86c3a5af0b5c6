"""Access requests from the applicant's and the approver's side; decisions are beside this."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tenants import audit
from tenants.access import Forbidden
from tenants.actions import request_mail
from tenants.addresses import verified_addresses
from tenants.models import AccessRequest, Organisation, User, request_link_hash

MOST_OPEN = 3
MOST_A_DAY = 5
MOST_LINKS = 5
LINK_PAUSE = timedelta(minutes=10)

State = AccessRequest.State


class LinkSpent(ValidationError):
    """The link is not the newest one, has been used, or is too old."""


def mailbox(address: str) -> str:
    """Return the address without what stands after a plus: both reach the same reader."""
    local, _at, domain = address.strip().casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


@transaction.atomic
def send_request(
    *,
    by: User,
    organisation_number: str,
    organisation_name: str,
    email: str,
    is_contact: bool,
    approver_name: str = "",
    approver_email: str = "",
    approver_capacity: str = "",
    message: str = "",
) -> AccessRequest:
    """Return a new request, and tell everybody whom it concerns.

    Unless the applicant is the registered contact, the approver gets a link. Whether the
    number is a customer's is answered neither here nor in the mail to the applicant. Raises
    ``ValidationError`` for a second request, for too many, and for an approver who is the
    applicant.
    """
    # The person's row is the lock: two tabs cannot send past the limits.
    User.objects.select_for_update().get(pk=by.pk)
    _check_addresses(by, email, "" if is_contact else approver_email)
    _check_limits(by, organisation_number)
    every = Organisation.objects.unscoped(reason="a request may be for any organisation")
    organisation = every.filter(organisation_number=organisation_number).first()
    if organisation is not None and by.access.can("manage_members", organisation):
        raise ValidationError(
            {"organisation_number": _("You administer this organisation already.")}
        )
    request = AccessRequest(
        organisation=organisation,
        organisation_number=organisation_number,
        organisation_name=organisation_name,
        applicant=by,
        applicant_name=str(by)[:150],
        applicant_email=email,
        is_contact=is_contact,
        message=message,
        language=(get_language() or "")[:2],
        state=State.CONFIRMED if is_contact else State.WAITING,
    )
    token = ""
    if not is_contact:
        request.approver_name = approver_name
        request.approver_email = approver_email
        request.approver_capacity = approver_capacity
        token = _new_link(request)
    request.full_clean()
    request.save()
    audit.record(
        "tenants.access_request.sent",
        by=by,
        organisation=organisation,
        target=request,
        after={
            "organisation_name": organisation.name if organisation else organisation_name,
            "organisation_number": organisation_number,
            "approver": approver_email,
        },
    )
    request_mail.sent(request, token)
    return request


@transaction.atomic
def send_link_again(request: AccessRequest, *, by: User) -> AccessRequest:
    """Send the approver a new link; the one before stops working."""
    request = _own_open(request, by)
    if request.state != State.WAITING:
        raise ValidationError(_("The request is confirmed already."))
    if request.links_sent >= MOST_LINKS:
        raise ValidationError(
            _("The link has been sent %(count)s times. Withdraw the request and write a new one."),
            params={"count": request.links_sent},
        )
    if request.link_sent_at is not None and timezone.now() - request.link_sent_at < LINK_PAUSE:
        raise ValidationError(_("The link was sent a moment ago. Wait ten minutes."))
    token = _new_link(request)
    request.save()
    audit.record(
        "tenants.access_request.link_sent",
        by=by,
        organisation=request.organisation,
        target=request,
        after={"approver": request.approver_email},
    )
    request_mail.link(request, token)
    return request


@transaction.atomic
def withdraw_request(request: AccessRequest, *, by: User) -> AccessRequest:
    """Take the applicant's own request back; the approver's link stops working."""
    request = _own_open(request, by)
    had_approver = request.state == State.WAITING
    request.state = State.WITHDRAWN
    request.link_hash = ""
    request.save()
    audit.record(
        "tenants.access_request.withdrawn",
        by=by,
        organisation=request.organisation,
        target=request,
    )
    if had_approver:
        request_mail.withdrawn(request)
    return request


@transaction.atomic
def answer_request(
    request_id: UUID,
    token: str,
    *,
    name: str,
    capacity: str,
    confirms: bool,
    by: User | None,
    reason: str = "",
) -> AccessRequest:
    """Write down the approver's answer, with the name and capacity they give.

    ``by`` is whoever happens to be signed in: the applicant cannot answer for the approver.
    Raises :class:`LinkSpent` for a link that is used, replaced, too old or somebody else's.
    """
    request = AccessRequest.objects.under_link(request_id).select_for_update().first()
    if request is None or not request.fits(token):
        raise LinkSpent(_("The link does not work any longer."))
    if by is not None and by.pk == request.applicant_id:
        raise Forbidden(_("Somebody else must confirm your request."))
    request.answered_at = timezone.now()
    request.answered_name = name
    request.answered_capacity = capacity
    request.link_hash = ""
    request.state = State.CONFIRMED if confirms else State.REFUSED
    request.decision_reason = "" if confirms else reason
    request.full_clean()
    request.save()
    audit.record(
        "tenants.access_request.confirmed" if confirms else "tenants.access_request.declined",
        by=None,
        organisation=request.organisation,
        target=request,
        after={"name": name, "capacity": capacity, "email": request.approver_email},
    )
    request_mail.answered(request)
    return request


def _check_addresses(by: User, email: str, approver_email: str) -> None:
    own = {address.casefold() for address in verified_addresses(by)}
    if email.casefold() not in own:
        raise ValidationError(
            {"email": _("Confirm the address under your e-mail addresses first.")}
        )
    if approver_email.casefold() in own | {by.email.casefold()}:
        raise ValidationError(
            {"approver_email": _("Somebody else must confirm. This is your own address.")},
        )


def _check_limits(by: User, organisation_number: str) -> None:
    mine = AccessRequest.objects.sent_by(by)
    if mine.open().filter(organisation_number=organisation_number).exists():
        raise ValidationError(
            {"organisation_number": _("You have asked for this organisation already.")}
        )
    today = mine.filter(created_at__gt=timezone.now() - timedelta(days=1)).count()
    if mine.open().count() >= MOST_OPEN or today >= MOST_A_DAY:
        raise ValidationError(
            _(
                "You have sent many requests. Wait until they are decided, "
                "or withdraw those you do not need."
            ),
            code="too_many",
        )


def _own_open(request: AccessRequest, by: User) -> AccessRequest:
    """Return the person's own request, locked and still open."""
    mine = AccessRequest.objects.sent_by(by).select_for_update()
    found = mine.filter(pk=request.pk).first()
    if found is None:
        raise Forbidden(_("You can change only your own request."))
    if not found.is_open:
        raise ValidationError(_("The request is decided already."))
    return found


def _new_link(request: AccessRequest) -> str:
    """Give the request a new link and return its key, which is stored nowhere."""
    token = secrets.token_urlsafe(32)
    request.link_hash = request_link_hash(token, request.public_id, request.approver_email)
    request.link_sent_at = timezone.now()
    request.link_expires_at = request.link_sent_at + timedelta(days=settings.ACCESS_REQUEST_DAYS)
    request.links_sent += 1
    return token
