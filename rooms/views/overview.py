"""The first page of an organisation."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from tenants.decorators import in_organisation


@in_organisation("view_rooms")
def overview(request: HttpRequest, organisation: Any) -> HttpResponse:
    return HttpResponse(status=501)
