"""Access requests: the applicant's pages, and the page behind the approver's link."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenants import actions
from tenants.addresses import verified_addresses
from tenants.decorators import public, signed_in
from tenants.forms.requests import AccessRequestForm, ConfirmationForm
from tenants.models import AccessRequest, User
from tenants.tables.requests import request_status
from tenants.views.person import person_of
from videoportal.kit.http import form_page
from videoportal.kit.scope import everywhere


def any_organisation() -> AbstractContextManager[None]:
    """Reach a request whose organisation its applicant does not reach; the query says whose.

    Around the reading and the action alone: the page itself is drawn in its visitor's scope.
    """
    return everywhere(reason="a request may be for any organisation, or for none yet")


@signed_in
def requests(request: HttpRequest) -> HttpResponse:
    """List the person's own access requests."""
    with any_organisation():
        mine = list(AccessRequest.objects.sent_by(person_of(request)))
    rows = [{"request": found, "status": request_status(found)} for found in mine]
    return render(request, "tenants/requests/request_list.html", {"rows": rows})


@signed_in
def request_new(request: HttpRequest) -> HttpResponse:
    """Ask to become the customer administrator of an organisation."""
    person = person_of(request)
    form = AccessRequestForm(request.POST or None, addresses=verified_addresses(person))
    if form.is_valid():
        try:
            with any_organisation():
                sent = actions.send_request(by=person, **form.values())
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            messages.success(request, _("The request is sent."))
            return redirect("tenants:request_detail", request_id=sent.public_id)
    return form_page(
        request,
        form,
        "tenants/requests/request_form.html",
        heading=_("Ask for access as customer administrator"),
        submit_label=_("Send the request"),
        cancel_url=reverse("tenants:requests"),
    )


@signed_in
def request_detail(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Show how far one of the person's own requests has come."""
    found = _own(request, request_id)
    return render(
        request,
        "tenants/requests/request_detail.html",
        {"found": found, "status": request_status(found)},
    )


@signed_in
@require_POST
def request_withdraw(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Take one of the person's own requests back."""
    return _done(request, request_id, actions.withdraw_request, _("The request is withdrawn."))


@signed_in
@require_POST
def request_remind(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Send the approver a new link."""
    said = _("A new link is sent. The one before does not work any longer.")
    return _done(request, request_id, actions.send_link_again, said)


def _done(
    request: HttpRequest, request_id: UUID, action: Callable[..., object], said: str
) -> HttpResponse:
    """Do it with the person's own request, say how it went, and show the request again."""
    found = _own(request, request_id)
    try:
        with any_organisation():
            action(found, by=person_of(request))
    except ValidationError as fault:
        messages.warning(request, " ".join(fault.messages))
    else:
        messages.success(request, said)
    return redirect("tenants:request_detail", request_id=request_id)


@public
def request_confirm(request: HttpRequest, request_id: UUID, token: str) -> HttpResponse:
    """Show the approver the one request that the link is for, and take the answer.

    Opening it changes nothing: programs that look through mail open every link.
    """
    with any_organisation():
        found = AccessRequest.objects.under_link(request_id).first()
    if found is None or not found.fits(token):
        return render(request, "tenants/requests/link_spent.html", status=404)
    person = request.user if isinstance(request.user, User) else None
    form = ConfirmationForm(
        request.POST or None,
        initial={"name": found.approver_name, "capacity": found.approver_capacity},
    )
    # Neither of the buttons is no answer, and must not decline.
    if form.is_valid() and (answer := request.POST.get("answer")) in {"confirm", "decline"}:
        try:
            with any_organisation():
                actions.answer_request(
                    request_id,
                    token,
                    confirms=answer == "confirm",
                    by=person,
                    **form.cleaned_data,
                )
        except actions.LinkSpent:
            return render(request, "tenants/requests/link_spent.html", status=404)
        return redirect("tenants:request_answered")
    return form_page(
        request,
        form,
        "tenants/requests/request_confirm.html",
        found=found,
        own=person is not None and person.pk == found.applicant_id,
    )


@public
def request_answered(request: HttpRequest) -> HttpResponse:
    """Thank the approver; what was answered stands in the e-mail."""
    return render(request, "tenants/requests/request_answered.html")


def _own(request: HttpRequest, request_id: UUID) -> AccessRequest:
    with any_organisation():
        return get_object_or_404(
            AccessRequest.objects.sent_by(person_of(request)), public_id=request_id
        )
