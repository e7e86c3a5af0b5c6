"""Page rules for endpoints, built on tenants' decorators."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from endpoints.models import Endpoint
from tenants.decorators import View, in_organisation
from tenants.models import Organisation


def endpoint_in_organisation(capability: str) -> Callable[[View], View]:
    """Open the page to holders of ``capability``; the view gets the endpoint of the address.

    The address carries ``org`` and ``endpoint_id``. A removed endpoint, or another
    organisation's, is 404.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(
            request: HttpRequest, organisation: Organisation, endpoint_id: UUID, **kwargs: Any
        ) -> HttpResponseBase:
            endpoint = get_object_or_404(
                Endpoint.objects.in_organisation(organisation).for_detail(), public_id=endpoint_id
            )
            return view(request, endpoint, **kwargs)

        return in_organisation(capability)(wrapper)

    return decorate
