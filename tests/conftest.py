"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from django.test import Client
from django.utils import translation
from pytest_django import DjangoDbBlocker

from tenants.models import User
from tests import factories, sessions
from tests.cast import Cast
from tests.pexip import Pexip, running_pexip
from tests.snapshot import cast_from_snapshot
from videoportal.kit import scope
from videoportal.kit.logins import as_owner


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


# The database is made and migrated by the owner of its tables; then the tests sign in as the
# web role, as every process of the portal does. What a test writes and reads itself it does
# in the scope of every organisation; whatever the portal starts by itself, which is a request,
# a task or a command, begins in nobody's scope, here as in production.
_preparing = ExitStack()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Let pytest-django make the database as the owner."""
    _preparing.enter_context(as_owner())


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Go on as the web role, and let the owner empty the tables of tests that commit.

    The audit log refuses TRUNCATE: only that one trigger is off;
    tests/tenants/test_audit.py turns it on and sees it refuse.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "alter table tenants_auditentry disable trigger tenants_auditentry_no_truncate"
        )
    _preparing.close()
    before, scope.outside = scope.outside, scope.Scope(reason="the tests see everything")
    yield
    scope.outside = before


@pytest.fixture(autouse=True)
def commands_begin_in_nobodys_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a command that a test calls as a process of its own would: without any scope."""
    execute = BaseCommand.execute

    def closed(command: BaseCommand, *args: Any, **options: Any) -> Any:
        with scope.closed():
            return execute(command, *args, **options)

    monkeypatch.setattr(BaseCommand, "execute", closed)


@pytest.fixture
def as_tables_owner(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Run the test as the owner of the tables. Name it before the fixtures with rows."""
    with django_db_blocker.unblock(), as_owner():
        yield


@pytest.fixture(scope="session")
def pexip_process() -> Iterator[Pexip]:
    """The simulator of a video platform, started once for all tests that ask for it."""
    with running_pexip() as found:
        yield found


@pytest.fixture
def pexip(pexip_process: Pexip) -> Pexip:
    """The simulated video platform, empty."""
    pexip_process.control("POST", "reset")
    return pexip_process


@pytest.fixture
def catalogue(db: None) -> None:
    """The room types, prices and a number range."""
    factories.make_catalogue()


@pytest.fixture
def cast(db: None) -> Cast:
    """Two clients of a reseller, a foreign organisation with the same names, and their people."""
    return cast_from_snapshot()


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """Return a browser session for a person who has just signed in with both factors.

    The second factor is compulsory in tests as in production: administrators, resellers and
    operators who come without one are led to set it up. This session says that it was given,
    and it passes ``recently_authenticated``; ``tests.sessions`` makes other ones.
    """
    return sessions.start


@pytest.fixture(autouse=True)
def empty_store() -> Iterator[None]:
    """Leave nothing of one test in the cache, on the simulated platform or in its language."""
    # Before as well: a run that was killed leaves its rate limits behind.
    empty_own_part()
    yield
    translation.deactivate()
    empty_own_part()


def empty_own_part() -> None:
    # By prefix, not cache.clear(): that empties the store under the other parallel workers too.
    prefix = settings.CACHES["default"]["KEY_PREFIX"]
    with redis.Redis.from_url(settings.CACHES["default"]["LOCATION"]) as store:
        if keys := list(store.scan_iter(match=f"{prefix}:*", count=1000)):
            store.delete(*keys)
