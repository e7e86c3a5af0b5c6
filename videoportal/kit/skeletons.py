"""Parts of a page that are drawn once for each process and filled in for each reader.

The head and foot of a page are the same for all who have the same language, rights and part of
the portal open, but for names and addresses. They are drawn from their template with a place for
each of those: nothing of one reader is there while it is drawn, so nothing of one reader can be
shown to the next.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any, Protocol

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

# Letters that pass through an address and through escaping as they are.
_PLACE = re.compile(r"zq-([a-z_]+)-qz")


def place(name: str) -> str:
    """Return what stands for the value ``name`` while a part is drawn."""
    return f"zq-{name}-qz"


class Outline(Hashable, Protocol):
    """Everything that a part's look hangs on; two that are equal look the same."""

    def context(self) -> dict[str, Any]:
        """Return what the template is drawn with: made of the outline alone."""


def _split(template: str, outline: Outline | None) -> tuple[str, ...]:
    drawn = render_to_string(template, outline.context() if outline is not None else {})
    return tuple(_PLACE.split(drawn))


_remembered = lru_cache(maxsize=512)(_split)


def filled(template: str, outline: Outline | None, values: Mapping[str, Any]) -> SafeString:
    """Return the part with these values, escaped, in its places."""
    # Under DEBUG templates are being written.
    parts = [*(_split if settings.DEBUG else _remembered)(template, outline)]
    parts[1::2] = [conditional_escape(values[name]) for name in parts[1::2]]
    return SafeString("".join(parts))
