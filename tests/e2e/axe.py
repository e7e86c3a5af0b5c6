"""axe in a browser: what it finds on the page that is open."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What a page in dark can break that it has not broken in light: nothing else hangs on colours.
COLOUR_RULES = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# Off unless asked for by name: WCAG 2.2, 2.5.8, with its exceptions.
TARGETS = {"type": "rule", "values": ["target-size"]}

# To name every element that a rule was content with takes axe longer than its rules do.
LOOK = """async (rules) => {
  const { violations } = await axe.run({ runOnly: rules, resultTypes: ["violations"] });
  return violations.map(({ id, nodes }) =>
    `${id}: ${JSON.stringify(nodes.map(({ target }) => target))}`);
}"""


def findings(page: Page, rules: Any = RULES) -> list[str]:
    """Return what breaks the rules on the page, one line for each rule with the elements."""
    # Half a megabyte of script, once for each document.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(LOOK, rules)
    return found
