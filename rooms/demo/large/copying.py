"""COPY into a table of one of our models."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

from django.db import connection, models
from psycopg.types.json import Jsonb


class Copier:
    """Streams rows of one model into its table, in the binary form of COPY.

    A row is the model's defaults with ``values`` by attribute name (``organisation_id``).
    Keys are numbered here, from the highest that there is, and the sequence follows at the end.
    """

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        fields = model._meta.concrete_fields
        self._position = {f.attname: index for index, f in enumerate(fields)}
        self._defaults: list[Any] = [
            None if f.has_default() and callable(f.default) else f.get_default() for f in fields
        ]
        self._columns = [f.column for f in fields]
        self._json = [index for index, f in enumerate(fields) if isinstance(f, models.JSONField)]
        for index in self._json:
            self._defaults[index] = Jsonb({})
        with connection.cursor() as cursor:
            table = model._meta.db_table
            cursor.execute(
                "select attname, format_type(atttypid, null) from pg_attribute "
                "where attrelid = %s::regclass and attnum > 0 and not attisdropped",
                [table],
            )
            types = dict(cursor.fetchall())
            cursor.execute(
                f'select coalesce(max(id), 0) from "{table}"'  # noqa: S608 - a table of ours
            )
            self.last_id = int(cursor.fetchone()[0])
        self._types = [types[column] for column in self._columns]

    def new_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def load(self, rows: Iterable[dict[str, Any]]) -> int:
        """Copy the rows and return how many there were.

        The connection is busy meanwhile: making the rows must not ask the database anything.
        """
        names = ", ".join(f'"{column}"' for column in self._columns)
        table, position, defaults = self.model._meta.db_table, self._position, self._defaults
        count = 0
        with connection.cursor() as cursor:
            copier: AbstractContextManager[Any] = cursor.copy(
                f'copy "{table}" ({names}) from stdin (format binary)'
            )
            with copier as copy:
                copy.set_types(self._types)
                for values in rows:
                    row = defaults.copy()
                    for name, value in values.items():
                        row[position[name]] = value
                    copy.write_row(row)
                    count += 1
            cursor.execute(
                "select setval(pg_get_serial_sequence(%s, 'id'), greatest(%s, 1))",
                [table, self.last_id],
            )
        return count
