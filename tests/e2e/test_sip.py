"""From the administrator's screen to the phone: what is changed here holds at the next call.

Three real programs beside the browser: the portal's web server, Kamailio as the platform that
asks it, and SIPp as the phone. `pytest -s` shows how long each change took to hold.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from rooms.platforms.models import VideoPlatform
from tenants.models import User
from tests.cast import Cast
from tests.e2e.test_flows import fill_in_order
from tests.portal import portal_running
from tests.sip.programs import (
    IN_AS_HOST,
    REFUSED,
    UNKNOWN,
    WRONG_PIN,
    Call,
    Phone,
    platform_running,
)

type SignIn = Callable[[User], Page]


@pytest.fixture(scope="module")
def portal(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with portal_running(tmp_path_factory.mktemp("portal")) as address:
        yield address


@pytest.fixture
def phone(portal: str, people: Cast, tmp_path: Path) -> Iterator[Phone]:
    with platform_running(portal, VideoPlatform.objects.usual(), tmp_path) as phone:
        yield phone


class Watch:
    """Times from a press of a button to the end of the call after it."""

    def __init__(self) -> None:
        self.pressed = self.shown = 0.0

    def press(self, page: Page, *, then: str) -> None:
        """Send the form, and wait for the next page by its heading."""
        self.pressed = time.perf_counter()
        page.locator(".form__actions button[type=submit]").first.click()
        expect(page.get_by_role("heading", name=then).first).to_be_visible()
        self.shown = time.perf_counter()

    def call(self, what: str, phone: Phone, address: str, pin: str = "") -> Call:
        started = time.perf_counter()
        outcome = phone.call(address, pin)
        now = time.perf_counter()
        sys.stdout.write(
            f"{what}: page shown {self.shown - self.pressed:.2f} s after the press, "
            f"then a call of {now - started:.2f} s: {outcome}\n"
        )
        return outcome


def test_room_is_open_changed_and_closed_at_the_next_call(
    people: Cast, phone: Phone, live_server: Any, session_for: SignIn
) -> None:
    watch = Watch()
    page = session_for(people.admin)
    rooms = f"{live_server.url}/o/{people.organisation.slug}/rooms/"
    page.goto(f"{rooms}order/")
    fill_in_order(page, "Sårpoliklinikken, samtale 1")
    watch.press(page, then="Sårpoliklinikken, samtale 1")
    address = re.search(r"\b\d{6}@[\w.-]+", page.locator("main").inner_text())
    assert address, page.locator("main").inner_text()
    page.locator("#pins").get_by_role("button", name=re.compile("^Vis")).first.click()
    first_pin = page.locator("#pins .pin:not([aria-hidden])").inner_text().replace(" ", "")
    assert watch.call("ordered", phone, address[0], first_pin) == IN_AS_HOST
    assert watch.call("ordered, wrong PIN", phone, address[0], "045173") == WRONG_PIN

    page.get_by_role("link", name="Endre rommet").first.click()
    page.locator("input[name=host_pin]").fill("045173")
    watch.press(page, then="Sårpoliklinikken, samtale 1")
    assert watch.call("PIN changed, the new one", phone, address[0], "045173") == IN_AS_HOST
    assert watch.call("PIN changed, the old one", phone, address[0], first_pin) == WRONG_PIN

    page.get_by_role("link", name="Si opp rommet").last.click()
    page.locator("main input[type=radio]").first.check()
    watch.press(page, then="Rommet er stengt")
    assert watch.call("terminated", phone, address[0], "045173") == REFUSED
    assert phone.call(f"1{address[0]}") == UNKNOWN
