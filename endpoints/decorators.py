"""Page rules for endpoints, built on tenants' decorators."""

from __future__ import annotations

from collections.abc import Callable

from endpoints.models import Endpoint
from tenants.decorators import View, object_in_organisation


def endpoint_in_organisation(capability: str) -> Callable[[View], View]:
    """Open the page to holders of ``capability``; the view gets the endpoint of the address.

    The address carries ``org`` and ``endpoint_id``. A removed endpoint, or another
    organisation's, is 404.
    """
    return object_in_organisation(Endpoint, "endpoint_id", capability)
