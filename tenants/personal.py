"""What the portal keeps about a person: told by each app, read by the page and the file.

An app tells in ``<app>.personal_data``. ``SECTIONS`` are what a person is shown and given;
``SHOWN`` names the section that each field about people stands in; ``LEFT_OUT`` says of the
other fields, or of a whole model, why they stand in none. tests/tenants/test_my_data.py walks
every model, so that a new field about people must be declared here or there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from django.apps import apps
from django.utils import timezone
from django.utils.module_loading import module_has_submodule
from django.utils.safestring import SafeString

from tenants.models import User
from videoportal.kit.tables.columns import as_html

type Record = dict[str, Any]


@dataclass(frozen=True)
class Section:
    """One kind of things that is kept about a person.

    ``why`` says what for and how long; ``labels`` the words of each record's values.
    """

    key: str
    label: Any
    why: Any
    labels: dict[str, Any]
    read: Callable[[User], Iterable[Record]]


@dataclass(frozen=True)
class Shown:
    """A section with the first of its records, for the page."""

    section: Section
    rows: list[list[tuple[str, SafeString]]]
    more: int


SHOWN_AT_MOST = 5


@cache
def _told(name: str) -> tuple[Any, ...]:
    found = []
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "personal_data"):
            module = import_module(f"{config.name}.personal_data")
            if hasattr(module, name):
                found.append(getattr(module, name))
    return tuple(found)


def sections() -> list[Section]:
    """Return every kind of things that is kept about people."""
    return [section for told in _told("SECTIONS") for section in told]


def shown_fields() -> dict[str, str]:
    """Return the section of each field (``app.Model.field``) that is about people."""
    return {field: key for told in _told("SHOWN") for field, key in told.items()}


def left_out() -> dict[str, str]:
    """Return why a model (``app.Model``) or a field is in no section."""
    return {field: reason for told in _told("LEFT_OUT") for field, reason in told.items()}


def on_page(user: User) -> list[Shown]:
    """Return what is kept about the person, a few records of each kind."""
    found = []
    for section in sections():
        records = list(section.read(user))
        rows = [
            [
                (str(label), SafeString(as_html(record[name])))
                for name, label in section.labels.items()
                if record.get(name) not in (None, "", [])
            ]
            for record in records[:SHOWN_AT_MOST]
        ]
        found.append(Shown(section, rows, max(0, len(records) - SHOWN_AT_MOST)))
    return found


def as_file(user: User) -> dict[str, Any]:
    """Return everything that is kept about the person, ready for JSON."""
    return {
        "made_at": timezone.now(),
        "person": str(user.public_id),
        **{section.key: list(section.read(user)) for section in sections()},
    }
