"""Endpoints of the cast's organisations, and the platform that asks about them."""

from __future__ import annotations

from typing import Any

import pytest

from endpoints.models import Endpoint
from tests import factories
from tests.cast import Cast
from tests.rooms.platforms.conftest import Ask, ask, platform

__all__ = ["Ask", "ask", "platform"]

PASSWORD = "k7fm-x2pq-h9wd-r4tn"


@pytest.fixture
def endpoint(cast: Cast) -> Endpoint:
    """An endpoint of the cast's organisation."""
    return factories.make_endpoint(
        cast.organisation, by=cast.admin, name="Møterom 3", address="moterom3", password=PASSWORD
    )


@pytest.fixture
def foreign_endpoint(cast: Cast) -> Endpoint:
    """One of the foreign organisation, of the same name."""
    return factories.make_endpoint(
        cast.foreign, by=cast.other_admin, name="Møterom 3", address="moterom3.b"
    )


def fresh(endpoint: Endpoint) -> Any:
    """Return the endpoint as it is stored, removed or not."""
    return Endpoint.objects.in_organisation(endpoint.organisation_id).get(pk=endpoint.pk)
