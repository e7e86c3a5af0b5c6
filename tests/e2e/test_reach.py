"""What axe does not measure, on every page: targets, zoom, large text, focus, own colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from rooms.links import RoomLinks
from tenants.models import User
from tests.cast import Cast
from tests.e2e.axe import TARGETS, findings
from tests.e2e.test_axe import pages
from tests.meta.test_urls_matrix import fill

# Each thing that takes focus, and what the keyboard's user sees of it: an outline of two pixels
# or more, and at least one point of it on top of whatever else is there (2.4.7, 2.4.11).
UNSEEN = """() => {
  const faults = [];
  const all = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  for (const element of document.querySelectorAll(all)) {
    if (element.disabled || element.tabIndex < 0 || !element.checkVisibility()) continue;
    element.focus();
    if (document.activeElement !== element) continue;
    const name = `${element.localName} ${element.id || element.textContent.trim().slice(0, 30)}`;
    const style = getComputedStyle(element);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) {
      faults.push(`${name}: no outline`);
    }
    const boxes = [...element.getClientRects()].filter((box) => box.width && box.height);
    const isOnTop = (x, y) => {
      const top = document.elementFromPoint(x, y);
      return top && (element.contains(top) || top.closest("label")?.control === element);
    };
    const shows = boxes.some((box) =>
      [0.1, 0.5, 0.9].some((x) => [0.2, 0.5, 0.8].some((y) =>
        isOnTop(box.left + box.width * x, box.top + box.height * y))));
    if (!shows) faults.push(`${name}: covered`);
  }
  return faults;
}"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SPACING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important;"
    + " word-spacing: 0.16em !important } p { margin-bottom: 2em !important }");
  document.adoptedStyleSheets = [sheet];
}"""


@pytest.mark.long
@pytest.mark.parametrize("role", ["anonymous", "administrator", "reseller", "own-room user"])
def test_pages_can_be_reached_and_read(
    role: str,
    people: Cast,
    live_server: Any,
    session_for: Callable[[User], Page],
    page: Page,
    settings: Any,
) -> None:
    settings.DEMO = True
    person = people.people()[role]
    tab = page if person is None else session_for(person)
    found: dict[str, Any] = {}
    looked_at = 0
    for address in pages(role):
        tab.emulate_media(forced_colors="none")
        tab.set_viewport_size({"width": 1280, "height": 1024})
        tab.goto(live_server.url + fill(address, people))
        if small := findings(tab, TARGETS):
            found[f"{address}: under 24 px"] = small
        # Twice the text, and text set wide, as the reader's own settings do it (1.4.4, 1.4.12).
        tab.evaluate("document.documentElement.style.fontSize = '200%'")
        if (over := tab.evaluate(SIDEWAYS)) > 0:
            found[f"{address}: text of 200 %"] = over
        tab.evaluate("document.documentElement.style.fontSize = ''")
        tab.evaluate(SPACING)
        if (over := tab.evaluate(SIDEWAYS)) > 0:
            found[f"{address}: text set wide"] = over
        tab.evaluate("document.adoptedStyleSheets = []")
        # 400 % zoom of that window (1.4.10), in the reader's own colours.
        tab.emulate_media(forced_colors="active")
        tab.set_viewport_size({"width": 320, "height": 256})
        if (over := tab.evaluate(SIDEWAYS)) > 0:
            found[f"{address}: zoom of 400 %"] = over
        if unseen := tab.evaluate(UNSEEN):
            found[f"{address}: focus"] = unseen
        looked_at += 1

    assert found == {}
    assert looked_at == len(pages(role)) > 0


def test_own_colours_tell_where_the_reader_is(
    people: Cast, live_server: Any, session_for: Callable[[User], Page]
) -> None:
    """Borders that are transparent become visible there: every page would look like this one."""
    tab = session_for(people.admin)
    tab.emulate_media(forced_colors="active")
    tab.goto(live_server.url + RoomLinks(people.room).list)

    colour = "element => getComputedStyle(element).borderBottomColor"
    navigation = tab.locator(".site-nav a")
    assert navigation.count() > 2
    here = tab.locator(".site-nav a[aria-current]").evaluate(colour)
    others = {
        link.evaluate(colour) for link in tab.locator(".site-nav a:not([aria-current])").all()
    }
    assert others == {"rgb(255, 255, 255)"}
    assert here not in others


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_has_the_facts_and_no_pin(
    scheme: str, people: Cast, live_server: Any, session_for: Callable[[User], Page]
) -> None:
    User.objects.filter(pk=people.admin.pk).update(colour_scheme=scheme)
    tab = session_for(people.admin)
    tab.goto(live_server.url + RoomLinks(people.room).detail)
    tab.locator("#pin-1-show").click()
    shown = tab.locator("#pin-1")
    expect(shown).to_be_visible()
    tab.emulate_media(media="print", color_scheme=scheme)  # type: ignore[arg-type]  # light or dark

    expect(shown).to_be_hidden()
    expect(tab.get_by_text(people.organisation.name).first).to_be_visible()
    expect(tab.locator("dl.join .mono").first).to_be_visible()
    for left_out in ("nav", "form", "button"):
        assert [one for one in tab.locator(left_out).all() if one.is_visible()] == [], left_out
    ink = tab.locator("h1").evaluate("element => getComputedStyle(element).color")
    paper = tab.locator("body").evaluate("element => getComputedStyle(element).backgroundColor")
    assert (ink, paper) == ("rgb(0, 0, 0)", "rgb(255, 255, 255)")


def test_focus_stays_and_news_is_said(
    people: Cast, live_server: Any, session_for: Callable[[User], Page]
) -> None:
    """Where a part of the page is fetched anew, the keyboard's user stands where they stood."""
    tab = session_for(people.admin)
    tab.goto(live_server.url + RoomLinks(people.room).detail)
    tab.locator("#pin-1-show").press("Enter")
    expect(tab.locator("#pin-1")).to_be_visible()

    button = tab.locator("#pin-1-show")
    expect(button).to_be_focused()
    assert button.get_attribute("aria-describedby") == "pin-1"

    tab.goto(live_server.url + RoomLinks(people.room).list)
    said = tab.locator("#announcement")
    expect(said).to_be_empty()
    tab.locator("input[type=search]").press_sequentially("nothing is called this")
    expect(said).to_have_text(tab.locator("#results h2").inner_text())
    assert said.inner_text()
