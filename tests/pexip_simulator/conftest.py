"""A simulator that asks a portal and tells it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pexip import Pexip
from tests.pexip_simulator.portal import Portal, running_portal


@pytest.fixture
def portal(pexip: Pexip) -> Iterator[Portal]:
    """A small portal that the simulator asks for policy and tells its events."""
    with running_portal() as found:
        pexip.attach(found.url, ("policy", "p-word"), ("sink", "s-word"))
        yield found
        pexip.control("POST", "reset")
