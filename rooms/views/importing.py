"""Import of rooms: upload, preview, start."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from tenants.decorators import in_organisation


@in_organisation("manage_rooms")
def import_upload(request: HttpRequest, organisation: Any) -> HttpResponse:
    return HttpResponse(status=501)


@in_organisation("manage_rooms")
def import_preview(request: HttpRequest, organisation: Any, import_id: Any) -> HttpResponse:
    return HttpResponse(status=501)


@in_organisation("manage_rooms")
def import_start(request: HttpRequest, organisation: Any, import_id: Any) -> HttpResponse:
    return HttpResponse(status=501)
