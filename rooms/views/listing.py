"""The list of rooms, its export and its bulk actions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from tenants.decorators import in_organisation


@in_organisation("view_rooms")
def room_list(request: HttpRequest, organisation: Any) -> HttpResponse:
    return HttpResponse(status=501)


@in_organisation("view_rooms")
def room_export(request: HttpRequest, organisation: Any, fmt: str) -> HttpResponse:
    return HttpResponse(status=501)


@in_organisation("manage_rooms")
def room_bulk(request: HttpRequest, organisation: Any) -> HttpResponse:
    return HttpResponse(status=501)
