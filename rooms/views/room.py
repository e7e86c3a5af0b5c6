"""One room: its page, form, PINs, papers and history; for administrators and holders."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from rooms.decorators import own_room, room_in_organisation


@room_in_organisation("view_rooms")
def room_detail(request: HttpRequest, room: Any) -> HttpResponse:
    return HttpResponse(status=501)


@room_in_organisation("manage_rooms")
def room_edit(request: HttpRequest, room: Any) -> HttpResponse:
    return HttpResponse(status=501)


@room_in_organisation("view_rooms")
def room_history(request: HttpRequest, room: Any) -> HttpResponse:
    return HttpResponse(status=501)


@room_in_organisation("manage_rooms")
def pin_reveal(request: HttpRequest, room: Any, which: str) -> HttpResponse:
    return HttpResponse(status=501)


@room_in_organisation("manage_rooms")
def pin_renew(request: HttpRequest, room: Any, which: str) -> HttpResponse:
    return HttpResponse(status=501)


@room_in_organisation("view_rooms")
def room_qr(request: HttpRequest, room: Any) -> HttpResponse:
    return HttpResponse(status=501)


@room_in_organisation("manage_rooms")
def room_handout(request: HttpRequest, room: Any) -> HttpResponse:
    return HttpResponse(status=501)


@room_in_organisation("view_rooms")
def room_calendar(request: HttpRequest, room: Any) -> HttpResponse:
    return HttpResponse(status=501)


@room_in_organisation("manage_rooms")
def room_retry(request: HttpRequest, room: Any) -> HttpResponse:
    return HttpResponse(status=501)


@own_room
def own_detail(request: HttpRequest, room: Any) -> HttpResponse:
    return HttpResponse(status=501)


@own_room
def own_edit(request: HttpRequest, room: Any) -> HttpResponse:
    return HttpResponse(status=501)


@own_room
def own_history(request: HttpRequest, room: Any) -> HttpResponse:
    return HttpResponse(status=501)


@own_room
def own_pin_reveal(request: HttpRequest, room: Any, which: str) -> HttpResponse:
    return HttpResponse(status=501)


@own_room
def own_pin_renew(request: HttpRequest, room: Any, which: str) -> HttpResponse:
    return HttpResponse(status=501)


@own_room
def own_qr(request: HttpRequest, room: Any) -> HttpResponse:
    return HttpResponse(status=501)


@own_room
def own_handout(request: HttpRequest, room: Any) -> HttpResponse:
    return HttpResponse(status=501)


@own_room
def own_calendar(request: HttpRequest, room: Any) -> HttpResponse:
    return HttpResponse(status=501)
