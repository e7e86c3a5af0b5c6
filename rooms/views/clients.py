"""A reseller's clients with what each has."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from tenants.decorators import in_organisation


@in_organisation("administer_clients")
def client_list(request: HttpRequest, organisation: Any) -> HttpResponse:
    return HttpResponse(status=501)


@in_organisation("administer_clients")
def client_export(request: HttpRequest, organisation: Any, fmt: str) -> HttpResponse:
    return HttpResponse(status=501)
