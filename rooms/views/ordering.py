"""Order, change of type, termination."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from rooms.decorators import room_in_organisation
from tenants.decorators import in_organisation


@in_organisation("manage_rooms")
def room_order(request: HttpRequest, organisation: Any) -> HttpResponse:
    return HttpResponse(status=501)


@room_in_organisation("manage_rooms")
def room_change_type(request: HttpRequest, room: Any) -> HttpResponse:
    return HttpResponse(status=501)


@room_in_organisation("manage_rooms")
def room_terminate(request: HttpRequest, room: Any) -> HttpResponse:
    return HttpResponse(status=501)


@room_in_organisation("manage_rooms")
def room_withdraw(request: HttpRequest, room: Any) -> HttpResponse:
    return HttpResponse(status=501)
