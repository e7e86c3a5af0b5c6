"""The two sides of a message: plain text with a foot, and HTML made from the same text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language, gettext

ADDRESS_ALONE = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Block:
    """A paragraph of a message, or with ``url`` an address of ours that stood alone on its line."""

    text: str = ""
    url: str = ""
    # The first address of a message is what it is about: the HTML side draws it as a button.
    is_main: bool = False


def blocks(text: str) -> list[Block]:
    """Return the message cut into paragraphs and addresses."""
    found: list[Block] = []
    for block in _cut(text):
        first = bool(block.url) and not any(other.url for other in found)
        found.append(Block(block.text, block.url, is_main=first))
    return found


def _cut(text: str) -> Iterator[Block]:
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        address = line.strip()
        # Somebody else's words may stand in a message: their addresses stay plain text.
        alone = bool(ADDRESS_ALONE.fullmatch(address)) and address.startswith(
            f"{settings.BASE_URL}/"
        )
        if (alone or not address) and lines:
            yield Block(text="\n".join(lines))
            lines = []
        if alone:
            yield Block(url=address)
        elif address:
            lines.append(line)


def plain_side(text: str) -> str:
    """Return the text with the foot that every message has."""
    foot = render_to_string("mail/foot.txt", _foot()).strip()
    return f"{text.strip()}\n\n-- \n{foot}\n"


def html_side(text: str, *, subject: str, button: str) -> str:
    """Return the message as HTML that old Outlooks, phones and dark screens show well."""
    values = {
        "language": get_language(),
        "subject": subject,
        "blocks": blocks(text),
        "button": button or gettext("Open the page"),
        **_foot(),
    }
    return render_to_string("mail/message.html", values)


def _foot() -> dict[str, str]:
    return {
        "product_name": settings.PRODUCT_NAME,
        "support_email": settings.SUPPORT_EMAIL,
        "base_url": settings.BASE_URL,
    }
