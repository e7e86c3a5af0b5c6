"""What the web role may do to tables and functions, set anew after every migration.

Rows may be read, written, changed and deleted in every table, within its policy. A model that
allows less says so::

    database_rights = ("select", "insert")

Nobody has to remember a new table: this goes through those that the owner has. Functions with
the owner's rights are the web role's alone, and only the owner makes temporary tables: one could
stand where such a function looks for a real one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import connections
from psycopg import sql

from videoportal.kit.logins import role_name

RIGHTS = ("select", "insert", "update", "delete")
# Read to see whether the database is up to date, and written by migrations alone.
MIGRATIONS = {"django_migrations": ("select",)}


def rights_by_table() -> dict[str, tuple[str, ...]]:
    """Return what the web role may do, for the tables where that is not everything."""
    limited = {
        model._meta.db_table: tuple(model.database_rights)
        for model in apps.get_models(include_auto_created=True)
        if hasattr(model, "database_rights")
    }
    return MIGRATIONS | limited


def grant_rights(using: str, **kwargs: Any) -> None:
    """Give the web role its rights on the tables of whoever has migrated.

    Does nothing when the web role itself has migrated: where no owner is named, it owns all.
    """
    web, purge = role_name("web"), role_name("purge")
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        owner = cursor.fetchone()[0]
        if owner == web:
            return
        role = sql.Identifier(web)
        statements = [
            *_nothing_but_the_schema(name for name in (web, purge) if name),
            *_on_tables(_names(cursor, TABLES, owner), role),
            *_on_functions(_names(cursor, FUNCTIONS, owner), role),
            sql.SQL("revoke temporary on database {} from public").format(
                sql.Identifier(connection.settings_dict["NAME"])
            ),
        ]
        for statement in statements:
            cursor.execute(statement)


TABLES = """
    select relname from pg_class where relnamespace = 'public'::regnamespace
    and relkind in ('r', 'p', 'v', 'm') and relowner = %s::regrole order by relname
"""
FUNCTIONS = """
    select oid::regprocedure::text from pg_proc where prosecdef
    and pronamespace = 'public'::regnamespace and proowner = %s::regrole order by 1
"""


def _names(cursor: Any, question: str, owner: str) -> list[str]:
    cursor.execute(question, [owner])
    return [name for (name,) in cursor.fetchall()]


def _nothing_but_the_schema(roles: Iterable[str]) -> Iterator[sql.Composable]:
    for role in roles:
        for text in (
            "grant usage on schema public to {}",
            "revoke all on all tables in schema public from {}",
            "revoke all on all sequences in schema public from {}",
        ):
            yield sql.SQL(text).format(sql.Identifier(role))


def _on_tables(tables: Iterable[str], role: sql.Identifier) -> Iterator[sql.Composable]:
    limited = rights_by_table()
    for table in tables:
        yield sql.SQL("grant {} on {} to {}").format(
            sql.SQL(", ").join(map(sql.SQL, limited.get(table, RIGHTS))),
            sql.Identifier(table),
            role,
        )
    yield sql.SQL("grant usage, select on all sequences in schema public to {}").format(role)
    # For what the owner makes between two migrations, such as a table's next partition.
    yield sql.SQL(
        "alter default privileges in schema public "
        "grant select, insert, update, delete on tables to {}"
    ).format(role)


def _on_functions(signatures: Iterable[str], role: sql.Identifier) -> Iterator[sql.Composable]:
    for signature in signatures:
        function = sql.SQL(signature)  # comes quoted from the catalogue
        yield sql.SQL("revoke execute on function {} from public").format(function)
        yield sql.SQL("grant execute on function {} to {}").format(function, role)
