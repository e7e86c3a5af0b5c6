"""Pages as nobody should write them, to see that the database holds the line."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from tenants.decorators import public
from videoportal.urls import urlpatterns as pages


@public
def careless(request: HttpRequest) -> HttpResponse:
    assert request.user is not None
    bool(request.user.is_authenticated)
    with connection.cursor() as cursor:
        cursor.execute("select number from rooms_room")
        return HttpResponse("\n".join(number for (number,) in cursor.fetchall()))


def _write(request: HttpRequest) -> None:
    assert request.user.is_authenticated
    with connection.cursor() as cursor:
        cursor.execute("update tenants_organisation set name = 'Changed'")


@public
def crash(request: HttpRequest) -> HttpResponse:
    _write(request)
    raise RuntimeError("after the write")


@public
def refuse(request: HttpRequest) -> HttpResponse:
    _write(request)
    raise PermissionDenied


urlpatterns = [
    *pages,
    path("careless/", careless),
    path("crash/", crash),
    path("refuse/", refuse),
]
handler403 = "videoportal.errors.permission_denied"
handler500 = "videoportal.errors.server_error"
