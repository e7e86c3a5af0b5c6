"""What the addresses for machines share: HTTP Basic, and a database that may be down.

They answer through a database connection of their own (``MACHINE_DATABASE``), which waits for
nothing: a platform gives up after five seconds, and a queue of waiting requests would
outlast it.
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


def fetch_rows(statement: str, parameters: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Return the statement's rows by column name; raises :class:`Unanswerable`.

    A connection that went stale since the last request is replaced once.
    """
    if not breaker.lets_through():
        raise Unanswerable
    connection = connections[settings.MACHINE_DATABASE]
    try:
        rows = _fetch(connection, statement, parameters)
    except DatabaseError as error:
        if connection.in_atomic_block:
            raise
        log.warning("machine_connection_replaced", error=str(error))
        connection.close()
        rows = _fetch_anew(connection, statement, parameters)
    breaker.close()
    return rows


def _fetch_anew(
    connection: Any, statement: str, parameters: tuple[Any, ...]
) -> list[dict[str, Any]]:
    try:
        return _fetch(connection, statement, parameters)
    except DatabaseError as error:
        connection.close()
        breaker.trip()
        log.error("machine_database_down", error=str(error))
        raise Unanswerable from error


def _fetch(connection: Any, statement: str, parameters: tuple[Any, ...]) -> list[dict[str, Any]]:
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
