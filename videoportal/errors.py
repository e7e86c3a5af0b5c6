"""Error pages: what happened, what was saved, what to do; and a code to find it in the log."""

from __future__ import annotations

import sys
from typing import Any

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from redis.exceptions import ConnectionError as BrokerUnreachable
from redis.exceptions import TimeoutError as BrokerSilent

from tenants.access import Forbidden
from videoportal.kit import resume
from videoportal.kit.http import referring_page, same_site

RETRY_SECONDS = 60
# The shortest of the limits is over by then.
WAIT_SECONDS = 300


def request_code() -> str:
    """Return the first part of the request's id, as it stands in the log; empty outside one."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))[:8]


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400: the request was not understood."""
    return _page(request, "400.html", 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403, with the reason where it is our own."""
    reason = str(exception) if isinstance(exception, Forbidden) else ""
    return _page(request, "403.html", 403, reason=reason)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404: gone, misspelt or another tenant's; the page does not tell which."""
    return _page(request, "404.html", 404)


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 429: the same thing was tried too often (``tenants.limits``)."""
    response = _page(request, "429.html", 429)
    response["Retry-After"] = str(WAIT_SECONDS)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 with ``Retry-After`` when database or broker cannot be reached.

    Drawn without the frame: whatever failed may be what the frame reads.
    """
    fault = sys.exc_info()[1]
    unreachable = isinstance(
        fault, OperationalError | InterfaceError | BrokerUnreachable | BrokerSilent
    )
    status, template = (503, "503.html") if unreachable else (500, "500.html")
    body = render_to_string(template, _facts(retry_url=_path_of(request)))
    response = HttpResponse(body, status=status)
    if unreachable:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that was too old, and keep what was typed for whoever opened it.

    Only a post from this site's own pages is kept: a foreign page must not be able to fill in
    a form for somebody.
    """
    kept = _from_this_site(request) and resume.keep(request)
    return _page(request, "403_csrf.html", 403, kept=kept, retry_url=_path_of(request))


def _from_this_site(request: HttpRequest) -> bool:
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin == f"{request.scheme}://{request.get_host()}"
    return same_site(request, request.headers.get("Referer"))


def _path_of(request: HttpRequest) -> str:
    """Return the page the form stood on, where it is known, else the address asked for."""
    page = referring_page(request) if request.method == "POST" else ""
    return page or request.get_full_path()


def _facts(**extra: Any) -> dict[str, Any]:
    return {
        "code": request_code(),
        "now": timezone.now(),
        "support_email": settings.SUPPORT_EMAIL,
        **extra,
    }


def _page(request: HttpRequest, template: str, status: int, **extra: Any) -> HttpResponse:
    return render(request, template, _facts(**extra), status=status)
