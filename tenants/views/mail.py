"""Mail that the demo has sent, for the operator to read. Outside the demo there is no such page."""

from __future__ import annotations

from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override

from tenants.decorators import View, operator_only
from tenants.mail.body import blocks
from tenants.models import KeptMail
from tenants.tables.mail import MailTable, language_name
from videoportal.kit.http import list_page

# A message has its styles on its tags. It may load nothing and run nothing.
MESSAGE_CSP = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.UNSAFE_INLINE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "sandbox": "allow-top-navigation-by-user-activation",
}


def _in_demo(view: View) -> View:
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.DEMO:
            raise Http404
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    return wrapper


@operator_only
@_in_demo
def mail_list(request: HttpRequest) -> HttpResponse:
    """List the kept messages, newest first."""
    return list_page(
        request,
        MailTable(KeptMail.objects.for_listing()),
        None,
        "tenants/operation/mail_list.html",
        list_label=_("Sent mail"),
    )


@operator_only
@_in_demo
def mail_detail(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    """Show one message as plain text, with its link."""
    mail = get_object_or_404(KeptMail, public_id=mail_id)
    return render(
        request,
        "tenants/operation/mail_detail.html",
        {
            "mail": mail,
            "language": language_name(mail.language),
            "links": [block.url for block in blocks(str(mail.text)) if block.url],
            "breadcrumbs": [
                {"label": _("Sent mail"), "url": reverse("tenants:mail_list")},
                {"label": str(mail)},
            ],
        },
    )


@operator_only
@_in_demo
@csp_override(MESSAGE_CSP)
def mail_html(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    """Show one message as a mail program draws it."""
    mail = get_object_or_404(KeptMail, public_id=mail_id)
    return HttpResponse(str(mail.html))
