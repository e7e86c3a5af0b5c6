"""Queries that Django writes once and runs many times.

Writing the SQL of a query takes Django longer than the server takes to answer a small one. What
every page asks is therefore written once for each process, with places for the values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from videoportal.kit.querysets import TenantQuerySet, array_text

# Samples. Of ids more than one, so that the query is that of many.
SOME_ID = -1
SOME_IDS = (-1, -2)
SOME_DAY = date(1, 1, 2)
SOME_MOMENT = datetime(1, 1, 2, tzinfo=UTC)


def _as_sent(value: Any) -> Any:
    return array_text(value) if isinstance(value, tuple) else value


@dataclass(frozen=True)
class _Place:
    """Where a value goes."""

    name: str


class Statement:
    """A query of plain values, known by what ``build`` makes of some samples.

    ``samples`` are values of the right kinds that stand nowhere else in the query::

        HELD = Statement(lambda person: Grant.objects.filter(user=person).values_list("pk"),
                         person=SOME_ID)
        HELD.rows(person=5)

    The query must be the same for all values: no ``None``, and a list of ids only as
    :class:`AnyOf` takes it, with :data:`SOME_IDS` for its sample.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **samples: Any) -> None:
        self._build = build
        self._samples = samples

    @cached_property
    def _written(self) -> tuple[str, list[Any]]:
        rows = self._build(**self._samples)
        if isinstance(rows, TenantQuerySet):
            rows._require_scope("a statement")
        compiler = rows.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        for column, *_rest in compiler.select:
            if column.output_field.get_db_converters(connection):
                raise TypeError(f"{column} is no plain value: the statement would not convert it.")
        samples = {name: _as_sent(value) for name, value in self._samples.items()}
        places = [
            next(
                (
                    _Place(name)
                    for name, sample in samples.items()
                    if type(sample) is type(param) and sample == param
                ),
                param,
            )
            for param in params
        ]
        if missing := set(self._samples) - {p.name for p in places if isinstance(p, _Place)}:
            raise TypeError(f"The statement does not use {', '.join(sorted(missing))}.")
        return sql, places

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows for these values, one of the same kind for each sample."""
        sql, places = self._written
        if values.keys() != self._samples.keys():
            raise TypeError("A statement takes a value for each of its samples.")
        if () in values.values():
            return []  # of nobody there is nothing
        with connection.cursor() as cursor:
            cursor.execute(
                sql, [_as_sent(values[p.name]) if isinstance(p, _Place) else p for p in places]
            )
            return cursor.fetchall()
