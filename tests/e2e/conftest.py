"""A real browser against a live server: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import BrowserContext, Page, expect

from tenants.models import User
from tenants.second_factor import is_required_of
from tests import factories, second_factors, sessions
from tests.cast import Cast, make_cast

# Playwright's sync API runs an event loop in this thread; Django would refuse the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
type NewContext = Callable[..., BrowserContext]

LANGUAGES = ("nb", "nn", "en")
# A busy machine is no fault of the portal: a page that is slow is still the right page.
expect.set_options(timeout=20_000)
SCHEMES = ("light", "dark")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/e2e/" in str(item.path):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if not os.path.exists(CHROMIUM):  # noqa: PTH110 - a plain look
        pytest.fail("Chromium is missing: apt-get install chromium")
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "locale": "nb-NO",
        "timezone_id": "Europe/Oslo",
        "viewport": {"width": 1280, "height": 900},
    }


@pytest.fixture
def answered(transactional_db: None) -> Iterator[None]:
    """Leave the database to be emptied when the server has answered all that was asked.

    A page that updates itself can have a request under way when it is closed. The emptying locks
    one table after the other, and so does the request: each would wait for the other. The server
    has a thread for each connection; those of a closed browser end with their last answer.
    """
    yield
    enough = time.monotonic() + 10
    while _is_serving() and time.monotonic() < enough:
        time.sleep(0.02)


def _is_serving() -> bool:
    return any("process_request_thread" in thread.name for thread in threading.enumerate())


@pytest.fixture
def new_context(answered: None, new_context: NewContext) -> NewContext:
    """Make browsers beside the first, that are closed before the database is emptied."""
    return new_context


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    """A browser that waits for a busy machine."""
    context.set_default_timeout(60_000)
    return context


@pytest.fixture
def people(transactional_db: None) -> Cast:
    """The cast, committed, so that the live server sees it."""
    return make_cast()


@pytest.fixture
def sign_in(live_server: Any, context: BrowserContext) -> Callable[[User], Page]:
    """Return a page of a browser in which the person has signed in through the forms.

    Whoever must have a second factor gets an authenticator app first, and gives its code.
    """

    def through_the_form(user: User) -> Page:
        has_app = is_required_of(user)
        if has_app:
            second_factors.give_app(user)
        page = context.new_page()
        page.goto(f"{live_server.url}/accounts/login/")
        page.locator("input[name=login]").fill(user.email)
        page.locator("input[name=password]").fill(factories.PASSWORD)
        page.locator("main button[type=submit]").first.click()
        page.wait_for_url(lambda url: "/accounts/login/" not in url)
        if has_app:
            page.locator("input[name=code]").fill(second_factors.code_of())
            page.locator("main button[type=submit]").first.click()
            page.wait_for_url(lambda url: "/accounts/" not in url)
        return page

    return through_the_form


@pytest.fixture
def session_for(live_server: Any, context: BrowserContext) -> Callable[[User], Page]:
    """Return a page with a ready session: for tests that are not about signing in."""

    def ready(user: User) -> Page:
        client = sessions.start(user)
        context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                    "url": live_server.url,
                }
            ]
        )
        return context.new_page()

    return ready
