"""Deciding on access requests."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import audit
from tenants.access import Forbidden
from tenants.actions import request_mail
from tenants.actions.organisations import create_organisation
from tenants.actions.requests import mailbox
from tenants.actions.roles import grant_role
from tenants.addresses import verified_addresses
from tenants.models import AccessRequest, Organisation, User
from tenants.roles import Role

State = AccessRequest.State


DECIDED_ALREADY = {
    State.APPROVED: gettext_lazy("The request has been approved already."),
    State.REFUSED: gettext_lazy("The request has been refused already."),
    State.WITHDRAWN: gettext_lazy("The applicant has withdrawn the request."),
    State.EXPIRED: gettext_lazy("The request was not answered in time."),
}


class NotDecidable(ValidationError):
    """The request cannot be approved as it stands; the message says why."""


def may_decide(by: User, request: AccessRequest) -> bool:
    """Return whether the person decides on the request.

    The provider does, and so does whoever manages members of the organisation: they could
    invite the applicant all the same. Nobody decides on their own.
    """
    if by.pk == request.applicant_id:
        return False
    return by.access.is_operator or by.access.can("manage_members", request.organisation_id or 0)


def faults_of(request: AccessRequest) -> list[str]:
    """Return what stands in the way of approving the request, in words."""
    faults = []
    applicant = request.applicant
    if applicant is None or not applicant.is_active:
        faults.append(_("The applicant’s account is closed."))
    else:
        addresses = {address.casefold() for address in verified_addresses(applicant)}
        if request.applicant_email.casefold() not in addresses:
            faults.append(
                _("The applicant no longer has the address %(email)s, which the request was "
                  "sent from.") % {"email": request.applicant_email}
            )  # fmt: skip
    organisation = request.organisation
    if organisation is not None and not organisation.is_active:
        faults.append(_("The organisation is not in use. Put it back into use first."))
    if organisation is not None and organisation.kind != Organisation.Kind.CUSTOMER:
        faults.append(_("The number belongs to an organisation that is no customer."))
    return faults


def warnings_of(request: AccessRequest) -> list[str]:
    """Return what whoever decides should look at, in words."""
    warnings = []
    if request.is_contact:
        warnings.append(
            _("The applicant says they are the registered contact. Nobody else has confirmed it: "
              "look it up before you approve.")
        )  # fmt: skip
    elif mailbox(request.approver_email) == mailbox(request.applicant_email):
        warnings.append(_("The approver’s address reaches the same mailbox as the applicant’s."))
    elif _domain(request.approver_email) != _domain(request.applicant_email):
        warnings.append(_("The approver and the applicant have addresses at different domains."))
    if request.answered_name and request.answered_name.casefold() != (
        request.approver_name.casefold()
    ):
        warnings.append(_("Somebody with another name than the applicant wrote has confirmed."))
    if request.answered_capacity and request.answered_capacity != request.approver_capacity:
        warnings.append(_("The approver gave another capacity than the applicant wrote."))
    return warnings


@transaction.atomic
def approve_request(
    request: AccessRequest, *, by: User, organisation_name: str = ""
) -> AccessRequest:
    """Make the applicant customer administrator, of a new organisation where it is one.

    The row is locked, so that of two who press at once one is told that it is decided.
    ``organisation_name`` is the name of a new organisation, where the applicant's own
    spelling is not the right one.
    """
    request = _locked(request, by)
    if request.state != State.CONFIRMED and by.access.is_operator:
        raise NotDecidable(_("Nobody has confirmed the request yet."))
    if faults := faults_of(request):
        raise NotDecidable(" ".join(faults))
    if request.organisation is None:
        request.organisation = _organisation_of(request, by, organisation_name)
        if faults := faults_of(request):
            raise NotDecidable(" ".join(faults))
    applicant = request.applicant
    assert applicant is not None  # noqa: S101 - faults_of() has looked
    grant_role(applicant, Role.CUSTOMER_ADMIN, request.organisation, by=by)
    _decide(request, State.APPROVED, by)
    audit.record(
        "tenants.access_request.approved",
        by=by,
        organisation=request.organisation,
        target=request,
    )
    request_mail.decided(request)
    return request


@transaction.atomic
def refuse_request(request: AccessRequest, *, by: User, reason: str) -> AccessRequest:
    """Refuse the request; the applicant reads the reason."""
    request = _locked(request, by)
    request.decision_reason = reason
    _decide(request, State.REFUSED, by)
    audit.record(
        "tenants.access_request.refused",
        by=by,
        organisation=request.organisation,
        target=request,
        after={"reason": reason},
    )
    request_mail.decided(request)
    return request


def _locked(request: AccessRequest, by: User) -> AccessRequest:
    requests = AccessRequest.objects.unscoped(reason="the right to decide is asked for below")
    locked = (
        requests.select_for_update(of=("self",))
        .select_related("organisation", "applicant")
        .get(pk=request.pk)
    )
    if not may_decide(by, locked):
        raise Forbidden(_("You do not have the access level that this needs."))
    if not locked.is_open:
        raise NotDecidable(
            DECIDED_ALREADY[State(locked.state)],
        )
    return locked


def _organisation_of(request: AccessRequest, by: User, name: str) -> Organisation:
    """Return the organisation with the request's number, which may have come meanwhile."""
    every = Organisation.objects.unscoped(reason="organisation numbers are unique over all")
    found = every.filter(organisation_number=request.organisation_number).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return create_organisation(
                by=by,
                name=name or request.organisation_name,
                organisation_number=request.organisation_number,
            )
    except IntegrityError:
        # Another request for the same number was approved in the same moment.
        return every.get(organisation_number=request.organisation_number)


def _decide(request: AccessRequest, state: State, by: User) -> None:
    request.state = state
    request.link_hash = ""
    request.decided_at = timezone.now()
    request.decided_by = by
    request.decided_by_name = str(by)[:150]
    request.full_clean()
    request.save()


def _domain(address: str) -> str:
    return address.rpartition("@")[2].casefold()
