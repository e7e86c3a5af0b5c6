"""The test provider, started once, and configured for the portal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.oidc.provider import RunningProvider, running


@pytest.fixture(scope="session")
def started_provider() -> Iterator[RunningProvider]:
    """A real OpenID Connect provider on loopback."""
    with running() as provider:
        yield provider


@pytest.fixture
def provider(db: None, started_provider: RunningProvider, settings: Any) -> RunningProvider:
    """The provider in good order, as the only one that the portal offers."""
    started_provider.steer(accounts={}, fault="", asked=[])
    settings.OIDC_PROVIDERS = {"test": started_provider.plain}
    return started_provider
