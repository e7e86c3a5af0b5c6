"""The connection: a server that is there and says nothing is given up by the client itself.

A frozen server keeps its connections open, so the kernel notices nothing, and its own time
limit for a statement stands still with it.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import IsolationLevel
from psycopg.abc import RV, PQGen

# For the whole of an answer, unless the connection is told otherwise.
SECONDS = 2.0


class Silence(psycopg.OperationalError):
    """The server did not answer in time; the connection is of no use any more."""


class ImpatientConnection(psycopg.Connection[Any]):
    """Waits ``patience`` seconds for each answer and then raises :class:`Silence`."""

    patience = SECONDS

    def wait(self, gen: PQGen[RV], *args: Any, **options: Any) -> RV:
        """Return what the generator does, within the time that is left to it."""
        if options.get("timeout") is None:
            options["timeout"] = self.patience
        try:
            return super().wait(gen, *args, **options)
        except psycopg.errors._WaitTimeout as error:
            # An answer that comes after all must not be taken for that of the next statement.
            self.pgconn.finish()
            raise Silence("no answer in time") from error


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection with a bound on every wait, without pool and without scope."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return ImpatientConnection.connect(**conn_params)
