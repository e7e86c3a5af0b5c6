"""The database's roles: one owns the tables, one serves pages and tasks, one may purge the log.

Every process signs in as the role of ``DATABASE_URL``, which owns nothing: row-level security
holds for it, and it can change no table. What only another role may do is done in
:func:`signed_in_as`, where the environment names that role.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.transaction import TransactionManagementError
from psycopg import Connection

LOGIN = ("USER", "PASSWORD", "HOST", "PORT")


class LoginMissing(Exception):
    """The environment does not say how to sign in as the role."""


def role_name(role: str) -> str:
    """Return the name in the database of ``web``, ``owner`` or ``purge``; empty if not set."""
    if role == "web":
        return str(settings.DATABASES[DEFAULT_DB_ALIAS]["USER"])
    return str(settings.DATABASE_LOGINS.get(role, {}).get("USER", ""))


@contextmanager
def signed_in_as(role: str) -> Iterator[None]:
    """Use the same database as another role, on a connection of its own, in this thread.

    Not inside a transaction. Raises :class:`LoginMissing`; :func:`as_owner` makes do.
    """
    before = connections[DEFAULT_DB_ALIAS]
    if before.in_atomic_block:
        raise TransactionManagementError("The other role would not see this transaction's rows.")
    other = _another(before, role)
    connections[DEFAULT_DB_ALIAS] = other
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = before
        other.close()


def _another(before: Any, role: str) -> Any:
    if role not in settings.DATABASE_LOGINS:
        raise LoginMissing(f"Set DATABASE_{role.upper()}_URL.")
    login = settings.DATABASE_LOGINS[role]
    values = {**before.settings_dict, **{name: login[name] for name in LOGIN}}
    options = {name: value for name, value in values["OPTIONS"].items() if name != "pool"}
    return type(before)({**values, "OPTIONS": options}, DEFAULT_DB_ALIAS)


@contextmanager
def connected_as(role: str) -> Iterator[Connection[Any]]:
    """Give a second connection to the same database as another role, in a transaction of its own.

    For a few statements beside what the portal's own connection does. Raises
    :class:`LoginMissing`.
    """
    other = _another(connections[DEFAULT_DB_ALIAS], role)
    with other.get_new_connection(other.get_connection_params()) as connection:
        yield connection


@contextmanager
def as_owner() -> Iterator[None]:
    """Work as the owner of the tables; as oneself where no other owner is named."""
    if "owner" not in settings.DATABASE_LOGINS:
        yield
        return
    with signed_in_as("owner"):
        yield
