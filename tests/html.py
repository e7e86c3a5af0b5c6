"""Reading pages in tests."""

from __future__ import annotations

from typing import Any

import lxml.html


def parse(markup: str | bytes) -> Any:
    """Return the page or fragment as a tree to search with XPath."""
    return lxml.html.fromstring(markup)
