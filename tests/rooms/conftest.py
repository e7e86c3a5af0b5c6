"""Fixtures of tests that send mail."""

from tests.tenants.conftest import at_once  # noqa: F401 - a fixture
