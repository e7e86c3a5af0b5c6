"""Who is told of each step of an access request."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from tenants.mail import post_mail
from tenants.models import AccessRequest, User


def sent(request: AccessRequest, token: str) -> None:
    """Tell the applicant, whoever administers the organisation today, and who is next."""
    _to_applicant("access_request_sent", request)
    if request.organisation is not None:
        page = reverse(
            "tenants:member_request", args=[request.organisation.slug, request.public_id]
        )
        for administrator in User.objects.administrators_of(request.organisation):
            _post(
                "access_request_notice",
                request,
                to=administrator.email,
                user=administrator,
                context={"member_path": page},
            )
    if request.is_contact:
        _to_operators(request)
    else:
        link(request, token)


def link(request: AccessRequest, token: str) -> None:
    """Send the approver the link."""
    path = reverse("tenants:request_confirm", args=[request.public_id, token])
    _to_approver("access_request_confirm", request, path=path)


def answered(request: AccessRequest) -> None:
    """Tell of the approver's answer."""
    _to_applicant("access_request_answered", request)
    _to_approver("access_request_receipt", request)
    if request.state == AccessRequest.State.CONFIRMED:
        _to_operators(request)


def decided(request: AccessRequest) -> None:
    """Tell of the decision; the approver and other administrators hear of it without the reason."""
    _to_applicant("access_request_decided", request)
    if request.approver_email:
        _to_approver("access_request_outcome", request)
    if request.state == AccessRequest.State.APPROVED and request.organisation is not None:
        others = User.objects.administrators_of(request.organisation)
        for administrator in others.exclude(pk=request.applicant_id):
            _post("access_request_outcome", request, to=administrator.email, user=administrator)


def withdrawn(request: AccessRequest) -> None:
    """Tell the approver that the link does not work any longer."""
    _to_approver("access_request_outcome", request)


def expired(request: AccessRequest) -> None:
    """Tell the applicant, and an approver who has to do with it, that time has run out."""
    _to_applicant("access_request_decided", request)
    if request.approver_email:
        _to_approver("access_request_outcome", request)


def _post(template: str, request: AccessRequest, **extra: Any) -> None:
    context = {
        "request": request,
        "status_path": reverse("tenants:request_detail", args=[request.public_id]),
        "queue_path": reverse("tenants:queue_detail", args=[request.public_id]),
        "days": settings.ACCESS_REQUEST_DAYS,
        "decision_days": settings.REQUEST_UNDECIDED_DAYS,
        **extra.pop("context", {}),
    }
    post_mail(template, language=request.language, context=context, **extra)


def _to_applicant(template: str, request: AccessRequest) -> None:
    if request.applicant is not None and request.applicant.is_active:
        _post(template, request, to=request.applicant_email, user=request.applicant)


def _to_approver(template: str, request: AccessRequest, **context: Any) -> None:
    _post(template, request, to=request.approver_email, context=context)


def _to_operators(request: AccessRequest) -> None:
    for operator in User.objects.operators():
        _post("access_request_queue", request, to=operator.email, user=operator)
