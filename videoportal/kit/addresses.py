"""Addresses of many rows of a list, made with one look at the URL configuration."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.urls import reverse

_SLUG = "zzz-zzz-zzz"
_ID = UUID(int=0)


def _maker(view: str, before: tuple[str, ...], sample: object) -> Callable[[object], str]:
    start, end = reverse(view, args=[*before, sample]).rsplit(str(sample), 1)
    return lambda key: f"{start}{key}{end}"


def by_slug(view: str, *before: str) -> Callable[[object], str]:
    """Return a function from a slug, the view's last argument, to the address."""
    return _maker(view, before, _SLUG)


def by_id(view: str, *before: str) -> Callable[[object], str]:
    """Return a function from a public id, the view's last argument, to the address."""
    return _maker(view, before, _ID)
