"""The rooms registered on one's own address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from tenants.decorators import signed_in


@signed_in
def own_list(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)
