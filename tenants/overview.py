"""What an organisation's first page tells beside its rooms, told by each app.

An app offers it in ``<app>.overview_tasks``: ``PARTS``, pairs of what it wants counted and of
what it makes of the answer. All that is counted is one query, however many apps there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from tenants.models import Organisation, User


@dataclass(frozen=True)
class Task:
    """One line of the overview's first panel: shape and word of status, text, and where to go."""

    status: str
    word: str
    title: str
    note: str
    label: str
    url: str


@dataclass(frozen=True)
class Count:
    """How many of something the organisation has, in words, and where they are listed."""

    words: str
    url: str


@dataclass
class Told:
    """What the apps tell one reader of one organisation."""

    counts: list[Count] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)


# Columns to select beside the organisation, by a name that no other app uses.
type Counted = Callable[[Organisation, User], Mapping[str, Any]]
# Lines, from the values of those columns.
type Teller = Callable[[Organisation, User, Mapping[str, Any]], Iterable[Task | Count]]


@cache
def _parts() -> tuple[tuple[Counted, Teller], ...]:
    found: list[Any] = []
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "overview_tasks"):
            found += import_module(f"{config.name}.overview_tasks").PARTS
    return tuple(found)


def told_by_apps(organisation: Organisation, reader: User) -> Told:
    """Return the lines of every app for this reader. One query at most."""
    asked: dict[str, Any] = {}
    for counted, _tell in _parts():
        asked |= counted(organisation, reader)
    found: Mapping[str, Any] = {}
    if asked:
        one = Organisation.objects.in_organisation(organisation).filter(pk=organisation.pk)
        found = one.values(**asked).get()
    told = Told()
    for _counted, tell in _parts():
        for line in tell(organisation, reader, found):
            if isinstance(line, Count):
                told.counts.append(line)
            else:
                told.tasks.append(line)
    return told
