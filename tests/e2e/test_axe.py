"""axe finds nothing on any page: three languages, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tenants.models import User
from tests.cast import Cast
from tests.e2e.conftest import LANGUAGES, SCHEMES
from tests.meta.test_urls_matrix import Address, addresses, fill

# Answers that are files or only redirects; a browser shows no page for them.
NO_PAGE = {
    "rooms:export", "rooms:qr", "rooms:handout", "rooms:calendar", "rooms:own_qr",
    "rooms:own_handout", "rooms:own_calendar", "rooms:pin_reveal", "rooms:pin_renew",
    "rooms:own_pin_reveal", "rooms:own_pin_renew", "rooms:withdraw", "rooms:retry", "rooms:bulk",
    "rooms:import_start",
}  # fmt: skip


def who(address: Address, cast: Cast) -> User | None:
    """Return somebody who may open the page."""
    if address.rule.kind == "public":
        return None
    if address.rule.capability == "administer_clients":
        return cast.reseller
    return {"object": cast.owner, "operator": cast.operator}.get(address.rule.kind, cast.admin)


def assert_clean(page: Page, what: str) -> None:
    """Fail with axe's own words when it finds anything."""
    results = Axe().run(
        page,
        options={
            "runOnly": [
                "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"
            ]
        },
    )  # fmt: skip
    found = [
        f"{violation['id']}: {[node['target'] for node in violation['nodes']]}"
        for violation in results.response["violations"]
    ]
    assert found == [], what


def pages() -> list[Address]:
    return [address for address in addresses() if address.name not in NO_PAGE]


@pytest.mark.parametrize("address", pages(), ids=str)
def test_page_is_accessible(
    address: Address,
    people: Cast,
    live_server: Any,
    session_for: Callable[[User], Page],
    page: Page,
) -> None:
    person = who(address, people)
    tab = page if person is None else session_for(person)
    complaints: list[str] = []
    tab.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    url = live_server.url + fill(address, people)
    for language in LANGUAGES:
        if person is not None:
            type(person).objects.filter(pk=person.pk).update(language=language)
        tab.context.add_cookies(
            [{"name": "portal_language", "value": language, "url": live_server.url}]
        )
        for scheme in SCHEMES:
            tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # light or dark
            response = tab.goto(url)
            assert response is not None
            if response.status == 405:
                pytest.skip(f"{address} answers only POST")  # nothing to look at
            assert tab.locator("html").get_attribute("lang") == language
            assert_clean(tab, f"{address} {language} {scheme}")
    # Nothing sticks out sideways on a phone.
    tab.set_viewport_size({"width": 320, "height": 700})
    overflow = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
    assert [text for text in complaints if "404" not in text] == []
