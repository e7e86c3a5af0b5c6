"""A platform that asks and tells, as far as HTTP goes."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from rooms.platforms import machines
from rooms.platforms.models import VideoPlatform
from tests.cast import Cast

type Ask = Callable[..., HttpResponse]


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def platform(cast: Cast) -> VideoPlatform:
    machines.breaker.open_until = 0.0
    return VideoPlatform.objects.usual()


@pytest.fixture
def ask(platform: VideoPlatform) -> Ask:
    """Ask the policy server as the platform does: ``ask(lookup, local_alias=…)``."""

    def send(lookup: str, *, password: str | None = None, **query: Any) -> HttpResponse:
        given = str(platform.policy_password) if password is None else password
        response: Any = Client().get(
            f"/platforms/{platform.slug}/policy/v1/{lookup}",
            query,
            headers={"authorization": basic(platform.policy_user, given)},
        )
        return response

    return send


@pytest.fixture
def tell(platform: VideoPlatform) -> Ask:
    """Deliver to the event sink: ``tell(body)``, JSON unless it is bytes already."""

    def send(body: Any, *, password: str | None = None) -> HttpResponse:
        given = str(platform.sink_password) if password is None else password
        response: Any = Client().post(
            f"/platforms/{platform.slug}/events",
            body,
            content_type="application/json",
            headers={"authorization": basic(platform.sink_user, given)},
        )
        return response

    return send
