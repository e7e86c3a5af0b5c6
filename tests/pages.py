"""Reading pages in tests."""

from __future__ import annotations

from typing import Any

from lxml import html


def parse(markup: str | bytes) -> Any:
    """Return the page or fragment as a tree to search with XPath."""
    return html.fromstring(markup)


def document(response: Any) -> Any:
    """Return the parsed page; a fragment is wrapped in a ``div``."""
    # A place where a word may break is no space between words.
    text = response.content.decode().replace("<wbr>", "")
    if "<html" in text:
        return html.document_fromstring(text)
    return html.fragment_fromstring(text, create_parent="div")


def squeezed(text: str) -> str:
    """Return the text with runs of white space, hard ones too, as one space."""
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def text_of(response: Any, selector: str = "//main") -> str:
    """Return what a reader sees in ``<main>`` (or elsewhere), white space squeezed."""
    tree = document(response)
    parts = tree.xpath(selector) or [tree]
    return squeezed(" ".join(part.text_content() for part in parts))


def links_of(response: Any, selector: str = "//main//a") -> dict[str, str]:
    """Return address by words of the links."""
    return {
        squeezed(link.text_content()): link.get("href")
        for link in document(response).xpath(selector)
    }
