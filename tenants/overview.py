"""What an organisation's first page asks somebody to decide on, told by each app.

An app offers its lines in ``<app>.overview_tasks``: ``TASKS``, functions from organisation and
reader to :class:`Task` lines. They are shown beside the rooms' own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
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


type Teller = Callable[[Organisation, User], Iterable[Task]]


@cache
def _tellers() -> tuple[Teller, ...]:
    found: list[Any] = []
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "overview_tasks"):
            found += import_module(f"{config.name}.overview_tasks").TASKS
    return tuple(found)


def tasks_for(organisation: Organisation, reader: User) -> list[Task]:
    """Return the lines of every app for this reader."""
    return [task for tell in _tellers() for task in tell(organisation, reader)]
