"""Import in a browser: from the file to the rooms, with and without faults, and axe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from rooms import tasks
from rooms.models import Room, RoomImport
from tenants.models import User
from tests.cast import Cast
from tests.e2e.axe import findings
from tests.e2e.conftest import LANGUAGES, SCHEMES

SAMPLES = Path(__file__).parents[1] / "rooms" / "samples"
GOOD = SAMPLES / "pexip-vmr-export.csv"
FAULTY = SAMPLES / "pexip-vmr-export-faults.csv"


def choose(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)
    with page.expect_navigation():
        page.locator("form[enctype] button[type=submit]").click()


def look_over(page: Page) -> None:
    """Compare with axe's rules, and with the narrowest phone: nothing may stick out sideways."""
    assert findings(page) == []
    wide = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert wide is not None
    page.set_viewport_size(wide)


def test_administrator_corrects_a_file_and_imports_it(
    live_server: Any, people: Cast, session_for: Callable[[User], Page]
) -> None:
    page = session_for(people.admin)
    page.goto(live_server.url + reverse("rooms:import", args=[people.organisation.slug]))
    choose(page, FAULTY)
    assert page.evaluate("document.activeElement.tagName") == "DS-ERROR-SUMMARY"
    page.locator("ds-error-summary a").nth(8).click()
    assert page.evaluate("document.activeElement.id") == "r28-number"

    choose(page, GOOD)
    with page.expect_navigation():
        page.get_by_role("button", name="Importer 320 rom").click()
    assert "/jobs/" in page.url
    tasks.import_rooms(RoomImport.objects.in_organisation(people.organisation).latest("pk").pk)
    page.get_by_role("link", name="Se resultatet").click()
    page.get_by_role("heading", name="Rommene er importert").wait_for()
    page.get_by_role("link", name="Se møterommene").click()
    page.get_by_text("322 møterom").first.wait_for()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_accessible(
    live_server: Any,
    people: Cast,
    session_for: Callable[[User], Page],
    language: str,
    scheme: str,
) -> None:
    User.objects.filter(pk=people.admin.pk).update(language=language, colour_scheme=scheme)
    page = session_for(people.admin)
    upload = live_server.url + reverse("rooms:import", args=[people.organisation.slug])
    page.goto(upload)
    look_over(page)
    choose(page, SAMPLES.parent / "__init__.py")
    look_over(page)
    choose(page, FAULTY)
    look_over(page)
    page.goto(upload)
    choose(page, GOOD)
    look_over(page)
    with page.expect_navigation():
        page.locator("form[action$='/start/'] button:not([formaction])").click()
    look_over(page)
    room_import = RoomImport.objects.in_organisation(people.organisation).latest("pk")
    tasks.import_rooms(room_import.pk)
    page.goto(
        live_server.url
        + reverse("rooms:import_preview", args=[people.organisation.slug, room_import.public_id])
    )
    look_over(page)
    assert Room.objects.in_organisation(people.organisation).count() == 322
