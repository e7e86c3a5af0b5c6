"""Pages that update by themselves stop when the reader says so (2.2.2), script or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from rooms.links import RoomLinks
from rooms.platforms.models import VideoPlatform
from tenants import actions
from tenants.models import User
from tests.cast import Cast
from tests.rooms.test_live import participant, tell

STOP = "Stopp oppdateringen"
START = "Oppdater av seg selv igjen"
STOPPED = "Oppdateringen er stoppet."


def addresses(people: Cast) -> dict[str, str]:
    job = actions.start_job(
        organisation=people.organisation, by=people.admin, kind="test", label="Import av rom.csv"
    )
    return {
        "room": RoomLinks(people.room).live,
        "meetings": reverse("rooms:meetings", args=[people.organisation.slug]),
        "job": reverse("tenants:job", args=[job.public_id]),
    }


@pytest.mark.browser_context_args(java_script_enabled=False)
@pytest.mark.parametrize("which", ["room", "meetings", "job"])
def test_without_script_a_link_stops_the_reloads(
    live_server: Any, people: Cast, session_for: Callable[[User], Page], which: str
) -> None:
    page = session_for(people.admin)
    page.goto(live_server.url + addresses(people)[which])
    reloads = page.locator("meta[http-equiv=refresh]")
    expect(reloads).to_have_count(1)
    page.get_by_role("link", name=STOP).click()
    expect(page.locator("#updating-state")).to_have_text(STOPPED)
    expect(reloads).to_have_count(0)
    page.get_by_role("link", name=START).click()
    expect(page.get_by_role("link", name=STOP)).to_be_visible()
    expect(reloads).to_have_count(1)


@pytest.mark.parametrize("which", ["room", "meetings", "job"])
def test_with_script_the_same_link_stops_the_asking(
    live_server: Any, people: Cast, session_for: Callable[[User], Page], which: str
) -> None:
    page = session_for(people.admin)
    address = addresses(people)[which]
    page.clock.install()
    page.goto(live_server.url + address)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_response(lambda response: response.url.endswith(address)):
        page.clock.run_for(6_000)

    page.get_by_role("link", name=STOP).click()
    expect(page.get_by_text(STOPPED).first).to_be_visible()
    expect(page.locator("#updating")).to_be_focused()
    expect(page.locator("#announcement")).to_have_text(STOPPED)
    asked.clear()
    page.clock.run_for(60_000)
    assert asked == []

    page.get_by_role("link", name=START).click()
    expect(page.get_by_role("link", name=STOP)).to_be_focused()
    with page.expect_response(lambda response: response.url.endswith(address)):
        page.clock.run_for(6_000)


def test_the_list_of_meetings_fetches_its_rows_and_keeps_the_place(
    live_server: Any, people: Cast, session_for: Callable[[User], Page]
) -> None:
    platform = VideoPlatform.objects.usual()
    tell(platform, participant(people.room, "first"), participant(people.foreign_room, "theirs"))
    page = session_for(people.admin)
    page.clock.install()
    page.goto(live_server.url + addresses(people)["meetings"])
    link = page.get_by_role("link", name=people.room.name)
    link.focus()

    tell(platform, participant(people.own_room, "second"))
    page.clock.run_for(6_000)
    expect(page.get_by_role("row")).to_have_count(1 + 2)
    expect(page.get_by_role("rowheader", name=people.own_room.name)).to_be_visible()
    expect(link).to_be_focused()
    expect(page.locator("#announcement")).to_contain_text("2 pågående møter")
    page.evaluate("document.getElementById('announcement').textContent = ''")
    with page.expect_response(lambda response: "HX-Request" in response.headers.get("vary", "")):
        page.clock.run_for(6_000)
    expect(page.get_by_role("row")).to_have_count(1 + 2)
    # What has not changed is not said again.
    expect(page.locator("#announcement")).to_have_text("")
