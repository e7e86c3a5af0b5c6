"""The provider's own page: number ranges, catalogue and prices."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from tenants.decorators import operator_only


@operator_only
def operation(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)
