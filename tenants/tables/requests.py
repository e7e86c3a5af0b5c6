"""The queue of access requests."""

from __future__ import annotations

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from tenants.models import AccessRequest
from videoportal.kit.formats import orgno
from videoportal.kit.tables import BaseTable, Column, NameColumn
from videoportal.kit.templatetags.kit import status

State = AccessRequest.State
SHAPES = {
    State.WAITING: "pending",
    State.CONFIRMED: "attention",
    State.APPROVED: "ready",
    State.REFUSED: "failed",
    State.WITHDRAWN: "closed",
    State.EXPIRED: "unused",
}


def request_status(request: AccessRequest) -> SafeString:
    """Return shape and word of the request's state."""
    return status(SHAPES[State(request.state)], request.get_state_display())


class RequestTable(BaseTable):
    """Requests, oldest first: who has waited longest stands at the top."""

    applicant = NameColumn(
        _("Applicant"),
        accessor="applicant_name",
        url=lambda request: reverse("tenants:queue_detail", args=[request.public_id]),
        sub=lambda request: request.applicant_email,
        narrow=lambda request: [
            request.organisation_name,
            orgno(request.organisation_number),
        ],
    )
    organisation = Column(
        _("Organisation"),
        cell=lambda request: request.organisation_name,
        sub=lambda request: orgno(request.organisation_number),
        hide="narrow",
    )
    approver = Column(
        _("Confirmed by"),
        cell=lambda request: request.answered_name or request.approver_name or _("The applicant"),
        hide="narrow",
    )
    created_at = Column(_("Sent"), numeric=True, hide="phone")
    state = Column(_("Status"), cell=request_status)

    counted = ngettext_lazy("%(count)s request", "%(count)s requests", "count")
    paged = _("Page through the requests")
    empty_title = _("No requests wait for you")
    empty_help = _("A request comes here when its approver has confirmed it.")
    unmatched_title = _("No requests match the search")
