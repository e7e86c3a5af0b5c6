"""Fixtures of tests that send mail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from videoportal.celery import app


@pytest.fixture
def at_once() -> Iterator[None]:
    """Run tasks where they are sent: no worker stands beside these tests."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False
