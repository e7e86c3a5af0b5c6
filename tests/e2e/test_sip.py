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
from playwright.sync_api import Locator, Page, expect

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
    """Times from a press of a button to what a phone meets after it."""

    def press(self, button: Locator, *, then: Locator) -> None:
        """Press the button, and wait until the page shows what came of it."""
        started = time.perf_counter()
        button.click()
        expect(then.first).to_be_visible()
        self.seconds = time.perf_counter() - started

    def try_it[R](self, what: str, attempt: Callable[..., R], *words: str) -> R:
        """Return what the phone meets; print how long it took."""
        started = time.perf_counter()
        outcome = attempt(*words)
        sys.stdout.write(
            f"{what}: shown {self.seconds:.2f} s after the press, "
            f"tried in {time.perf_counter() - started:.2f} s: {outcome}\n"
        )
        return outcome


def submit(page: Page) -> Locator:
    return page.locator(".form__actions button[type=submit]").first


def heading(page: Page, text: str) -> Locator:
    return page.get_by_role("heading", name=text)


def test_room_is_open_changed_and_closed_at_the_next_call(
    people: Cast, phone: Phone, live_server: Any, session_for: SignIn
) -> None:
    watch, name = Watch(), "Sårpoliklinikken, samtale 1"
    page = session_for(people.admin)
    page.goto(f"{live_server.url}/o/{people.organisation.slug}/rooms/order/")
    fill_in_order(page, name)
    watch.press(submit(page), then=heading(page, name))
    found = re.search(r"\b\d{6}@[\w.-]+", page.locator("main").inner_text())
    assert found, page.locator("main").inner_text()
    address = found[0]
    page.locator("#pins").get_by_role("button", name=re.compile("^Vis")).first.click()
    first = page.locator("#pins .pin:not([aria-hidden])").inner_text().replace(" ", "")
    assert watch.try_it("ordered", phone.call, address, first) == IN_AS_HOST
    assert watch.try_it("ordered, wrong PIN", phone.call, address, "045173") == WRONG_PIN

    page.get_by_role("link", name="Endre rommet").first.click()
    page.locator("input[name=host_pin]").fill("045173")
    watch.press(submit(page), then=heading(page, name))
    assert watch.try_it("PIN changed, the new one", phone.call, address, "045173") == IN_AS_HOST
    assert watch.try_it("PIN changed, the old one", phone.call, address, first) == WRONG_PIN

    page.get_by_role("link", name="Si opp rommet").last.click()
    page.locator("main input[type=radio]").first.check()
    watch.press(submit(page), then=heading(page, "Rommet er stengt"))
    assert watch.try_it("terminated", phone.call, address, "045173") == REFUSED
    assert phone.call(f"1{address}") == UNKNOWN


def test_endpoint_registers_from_its_first_minute_to_its_last(
    people: Cast, phone: Phone, live_server: Any, session_for: SignIn
) -> None:
    watch = Watch()
    page = session_for(people.admin)
    page.goto(f"{live_server.url}/o/{people.organisation.slug}/endpoints/new/")
    page.locator("input[name=name]").fill("Møterom 3")
    page.locator("input[name=address]").fill("moterom3.solfjord")
    watch.press(submit(page), then=heading(page, "Møterom 3"))
    # What the page says is to be typed into the device.
    address, _server, user, _hidden = page.locator("#account dd:nth-of-type(odd)").all_inner_texts()
    password = page.locator("#account .exact")
    page.get_by_role("button", name="Vis passordet").click()
    first = password.inner_text()
    assert watch.try_it("added", phone.register, address, user, first) == 200
    assert watch.try_it("added, wrong password", phone.register, address, user, "wrong") == 401
    assert watch.try_it("unknown", phone.register, f"x{address}", user, first) == 403

    watch.press(
        page.get_by_role("button", name="Lag et nytt passord"),
        then=password.and_(page.locator(f":not(:text-is('{first}'))")),
    )
    second = password.inner_text()
    assert watch.try_it("password renewed, the old", phone.register, address, user, first) == 401
    assert watch.try_it("password renewed, the new", phone.register, address, user, second) == 200

    page.get_by_role("link", name="Fjern endepunktet").click()
    watch.press(
        submit(page), then=page.get_by_role("status").filter(has_text="Møterom 3 er fjernet")
    )
    assert watch.try_it("removed", phone.register, address, user, second) == 403
