"""Deciding on access requests: the provider's queue, and an administrator's own organisation."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from tenants import actions
from tenants.decorators import in_organisation, operator_only, posted, recently_authenticated
from tenants.filters import RequestSearch
from tenants.forms.requests import ApprovalForm, RefusalForm
from tenants.models import AccessRequest, Organisation, User
from tenants.tables.requests import RequestTable, request_status
from tenants.views.person import person_of
from videoportal.kit.http import form_page, list_page


@operator_only
def queue(request: HttpRequest) -> HttpResponse:
    """List the requests that wait for the provider, oldest first."""
    search = RequestSearch(request.GET)
    rows = search.narrow(AccessRequest.objects.everybodys().oldest_first())
    return list_page(
        request,
        RequestTable(rows),
        search,
        "tenants/operation/queue.html",
        list_label=_("Access requests"),
    )


@operator_only
@recently_authenticated(when=posted)
def queue_detail(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Show all evidence of a request, and take the decision."""
    found = get_object_or_404(AccessRequest.objects.everybodys().in_full(), public_id=request_id)
    return _decision_page(request, found, reverse("tenants:queue"), _("Access requests"))


@in_organisation("manage_members")
@recently_authenticated(when=posted)
def member_request(
    request: HttpRequest, organisation: Organisation, request_id: UUID
) -> HttpResponse:
    """Show an administrator a request for their organisation, and take the decision."""
    found = get_object_or_404(
        AccessRequest.objects.in_organisation(organisation).in_full(), public_id=request_id
    )
    back = reverse("tenants:member_list", args=[organisation.slug])
    return _decision_page(request, found, back, _("Members"))


def _decision_page(
    request: HttpRequest, found: AccessRequest, back: str, back_label: str
) -> HttpResponse:
    person = person_of(request)
    decision = request.POST.get("decision", "")
    approval = ApprovalForm(
        request.POST if decision == "approve" else None,
        initial={"organisation_name": found.organisation_name},
    )
    if found.organisation is not None:
        del approval.fields["organisation_name"]
    refusal = RefusalForm(request.POST if decision == "refuse" else None)
    chosen = refusal if decision == "refuse" else approval
    if decision and chosen.is_valid():
        try:
            if decision == "refuse":
                actions.refuse_request(found, by=person, **refusal.cleaned_data)
                messages.success(request, _("The request is refused. The applicant is told."))
            else:
                approved = actions.approve_request(found, by=person, **approval.cleaned_data)
                messages.success(
                    request,
                    _("%(name)s is customer administrator of %(organisation)s now.")
                    % {"name": found.applicant_name, "organisation": approved.organisation},
                )
        except ValidationError as fault:
            chosen.add_error(None, fault)
        else:
            return redirect(back)
    administrators = (
        User.objects.administrators_of(found.organisation) if found.organisation else []
    )
    return form_page(
        request,
        chosen,
        "tenants/operation/queue_detail.html",
        found=found,
        status_mark=request_status(found),
        approval=approval,
        refusal=refusal,
        faults=actions.faults_of(found) if found.is_open else [],
        warnings=actions.warnings_of(found) if found.is_open else [],
        administrators=list(administrators),
        may_decide=actions.may_decide(person, found),
        may_approve=found.state == AccessRequest.State.CONFIRMED or not person.access.is_operator,
        back=back,
        back_label=back_label,
    )
