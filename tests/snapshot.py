"""The cast from a copy: made through the actions it takes 570 queries, put back it takes one.

Each process makes it once a minute and keeps its rows and its objects. Every test still has a
transaction and objects of its own; only the keys are the same ones again.
"""

from __future__ import annotations

import pickle
import time
from dataclasses import dataclass
from typing import Any

import time_machine
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction

from tests.cast import Cast, make_cast

# The rows say when they were made, and tests ask what is new.
MAX_AGE = 60


@dataclass
class Snapshot:
    made_at: float
    permission: int
    script: str
    cast: bytes

    def is_good(self, permission: int) -> bool:
        return permission == self.permission and time.monotonic() < self.made_at + MAX_AGE


_kept: Snapshot | None = None


def cast_from_snapshot() -> Cast:
    """Return the cast, from the copy where one is good and otherwise newly made."""
    # Another clock makes other rows; and a test that commits empties the permissions as well.
    if time_machine.escape_hatch.is_travelling() or not connection.in_atomic_block:
        return make_cast()
    permission = Permission.objects.order_by("pk").values_list("pk", flat=True)[0]
    if _kept is None or not _kept.is_good(permission):
        return _make_and_keep(permission)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_kept.script)
    except IntegrityError:  # the test has made some of it already
        return make_cast()
    cast: Cast = pickle.loads(_kept.cast)  # noqa: S301 - our own
    return cast


def _make_and_keep(permission: int) -> Cast:
    global _kept  # noqa: PLW0603 - one for each process
    before = _rows()
    cast = make_cast()
    new = {table: rows - before[table] for table, rows in _rows().items()}
    made = {table: rows for table, rows in new.items() if rows}
    if not any(before[table] for table in made):
        operations: Any = connection.ops
        script = operations.compose_sql(
            ";".join(f"insert into {table} select * from unnest(%s::{table}[])" for table in made),
            [sorted(rows) for rows in made.values()],
        )
        _kept = Snapshot(time.monotonic(), permission, script, pickle.dumps(cast))
    return cast


def _rows() -> dict[str, set[str]]:
    """Return the rows of every table, as PostgreSQL writes them."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    texts = "select '{0}', coalesce(array_agg(t::text), '{{}}') from {0} t"
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(texts.format(table) for table in tables))
        return {table: set(rows) for table, rows in cursor.fetchall()}
