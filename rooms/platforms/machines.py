"""What the addresses for machines share: HTTP Basic, and a database that may be down.

They answer through a database connection of their own (``MACHINE_DATABASE``), which waits two
seconds and no longer, also for a server that is frozen: a platform gives up after five seconds,
and a queue of waiting requests would outlast it.
"""

from __future__ import annotations

import base64
import binascii
import time
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse
from psycopg.errors import QueryCanceled

from videoportal.kit.impatient.base import SECONDS, ImpatientConnection, Silence

log = structlog.get_logger(__name__)

# After a failure the database is left alone this long; then one request tries it, and so long
# the others do not wait for it to find out.
PAUSE_SECONDS = 0.5
TRIAL_SECONDS = 5.0


class Unanswerable(Exception):
    """The database does not answer: the caller must be told at once."""


class _Breaker:
    """Remembers a failed database, so that one request at a time waits for it and no queue."""

    def __init__(self) -> None:
        self.open_until = 0.0

    def lets_through(self) -> bool:
        """Return whether a request may ask the database; after a failure one now and then may."""
        if not self.open_until:
            return True
        now = time.monotonic()
        if now < self.open_until:
            return False
        self.open_until = now + TRIAL_SECONDS
        return True

    def trip(self) -> None:
        self.open_until = time.monotonic() + PAUSE_SECONDS

    def close(self) -> None:
        self.open_until = 0.0


breaker = _Breaker()


def fetch_rows(
    statement: str, parameters: tuple[Any, ...], *, seconds: float = SECONDS
) -> list[dict[str, Any]]:
    """Return the statement's rows by column name; raises :class:`Unanswerable`.

    A connection that went stale since the last request is replaced once. An answer that does
    not come in ``seconds`` is not waited for a second time.
    """
    if not breaker.lets_through():
        raise Unanswerable
    connection = connections[settings.MACHINE_DATABASE]
    may_be_stale = connection.connection is not None
    try:
        rows = _fetch(connection, statement, parameters, seconds)
    except DatabaseError as error:
        if connection.in_atomic_block:
            raise
        connection.close()
        if not may_be_stale or _took_its_time(error):
            raise _down(error) from error
        log.warning("machine_connection_replaced", error=str(error))
        rows = _fetch_anew(connection, statement, parameters, seconds)
    breaker.close()
    return rows


def _fetch_anew(
    connection: Any, statement: str, parameters: tuple[Any, ...], seconds: float
) -> list[dict[str, Any]]:
    try:
        return _fetch(connection, statement, parameters, seconds)
    except DatabaseError as error:
        connection.close()
        raise _down(error) from error


def _took_its_time(error: DatabaseError) -> bool:
    """Return whether the time was used up, so that none is left for another try."""
    return isinstance(error.__cause__, Silence | QueryCanceled)


def _down(error: DatabaseError) -> Unanswerable:
    breaker.trip()
    log.error("machine_database_down", error=str(error))
    return Unanswerable()


def _fetch(
    connection: Any, statement: str, parameters: tuple[Any, ...], seconds: float
) -> list[dict[str, Any]]:
    connection.ensure_connection()
    if isinstance(connection.connection, ImpatientConnection):
        connection.connection.patience = seconds
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def basic_credentials(request: HttpRequest) -> tuple[str, str] | None:
    """Return user and password of the Authorization header (RFC 7617), None without a good one.

    Control characters are none: PostgreSQL would refuse some of them, which looks like trouble.
    """
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(token, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon and (user + password).isprintable() else None


def unknown_caller(realm: str) -> HttpResponse:
    """Return the answer to whoever shows no password or a wrong one."""
    return HttpResponse(
        status=401, headers={"WWW-Authenticate": f'Basic realm="{realm}", charset="UTF-8"'}
    )


def try_later() -> HttpResponse:
    """Return the answer while the database is down."""
    return HttpResponse(status=503, headers={"Retry-After": "1"})
