"""A video platform and a phone, both real programs, beside the portal's own web server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rooms.platforms.models import VideoPlatform
from tests.cast import Cast, make_cast
from tests.portal import portal_running
from tests.sip.programs import Phone, platform_running


@pytest.fixture(scope="session")
def portal(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The portal as production serves it, on the test database; its address."""
    with portal_running(tmp_path_factory.mktemp("portal")) as address:
        yield address


@pytest.fixture
def people(transactional_db: None) -> Cast:
    """The cast, committed, so that the portal's process sees it."""
    return make_cast()


@pytest.fixture
def platform(people: Cast) -> VideoPlatform:
    return VideoPlatform.objects.usual()


@pytest.fixture
def phone(portal: str, platform: VideoPlatform, tmp_path: Path) -> Iterator[Phone]:
    """A phone at a platform that asks the portal."""
    with platform_running(portal, platform, tmp_path) as phone:
        yield phone
