"""Pages around the organisations: start page, overview, clients, jobs, profile."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from tenants.decorators import in_organisation, public, signed_in


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)


@in_organisation("view_rooms")
def overview(request: HttpRequest, organisation: Any) -> HttpResponse:
    return HttpResponse(status=501)


@in_organisation("administer_clients")
def clients(request: HttpRequest, organisation: Any) -> HttpResponse:
    return HttpResponse(status=501)


@in_organisation("administer_clients")
def clients_export(request: HttpRequest, organisation: Any, fmt: str) -> HttpResponse:
    return HttpResponse(status=501)


@in_organisation("administer_clients")
def switch_client(request: HttpRequest, organisation: Any) -> HttpResponse:
    return HttpResponse(status=501)


@signed_in
def jobs(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)


@signed_in
def job(request: HttpRequest, job_id: Any) -> HttpResponse:
    return HttpResponse(status=501)


@signed_in
def profile(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)


@public
def set_language(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)
