"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import translation

from tenants.models import User
from tests import factories, sessions
from tests.cast import Cast, make_cast


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:
    """Let the tests that commit empty the tables: the audit log refuses TRUNCATE.

    Only that one trigger is off; tests/tenants/test_audit.py turns it on and sees it refuse.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]  # pytest-django's
        cursor.execute(
            "alter table tenants_auditentry disable trigger tenants_auditentry_no_truncate"
        )


@pytest.fixture
def catalogue(db: None) -> None:
    """The room types, prices and a number range."""
    factories.make_catalogue()


@pytest.fixture
def cast(db: None) -> Cast:
    """Two clients of a reseller, a foreign organisation with the same names, and their people."""
    return make_cast()


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """Return a browser session for a person who has just signed in.

    It passes ``recently_authenticated``; ``tests.sessions.signed_in_at`` ages it.
    """
    return sessions.start


@pytest.fixture(autouse=True)
def empty_store() -> Iterator[None]:
    """Leave nothing of one test in the cache, on the simulated platform or in its language."""
    # Before as well: a run that was killed leaves its rate limits behind.
    _empty_own_part()
    yield
    translation.deactivate()
    _empty_own_part()


def _empty_own_part() -> None:
    # By prefix, not cache.clear(): that empties the store under the other parallel workers too.
    prefix = settings.CACHES["default"]["KEY_PREFIX"]
    with redis.Redis.from_url(settings.REDIS_URL) as store:
        if keys := list(store.scan_iter(match=f"{prefix}:*", count=1000)):
            store.delete(*keys)
