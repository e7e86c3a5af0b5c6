"""Middleware of the portal itself."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from tenants import audit


class AuditContextMiddleware:
    """Starts every request without anybody to act for, and names the organisation in the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = audit.acting_reseller.set("")
        try:
            return self.get_response(request)
        finally:
            audit.acting_reseller.reset(token)
            organisation = getattr(request, "organisation", None)
            if organisation is not None:
                structlog.contextvars.bind_contextvars(organisation_id=organisation.pk)
