"""The connection: keeps ``app.org_ids`` and ``app.everywhere`` in line with the scope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.backends.postgresql import base

from videoportal.kit.scope import NOTHING, Scope, current

TELL = "select set_config('app.org_ids', %s, true), set_config('app.everywhere', %s, true)"


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection on which row-level security follows :mod:`videoportal.kit.scope`.

    The settings are local to a transaction, always: a setting of the session would be there
    still when the pool hands the connection to the next person. They are told before the
    first statement that needs them, and only when they differ from what was told last.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What the open transaction was told; None when a rollback made it uncertain.
        self._told: tuple[str, str] | None = NOTHING.settings
        self.execute_wrappers.append(self._in_scope)

    def _in_scope(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,
        context: dict[str, Any],
    ) -> Any:
        scope = current()
        if self.in_atomic_block:
            self.tell(scope)
            return execute(sql, params, many, context)
        if scope.settings == NOTHING.settings:
            return execute(sql, params, many, context)
        with transaction.atomic(using=self.alias):
            self.tell(scope)
            return execute(sql, params, many, context)

    def tell(self, scope: Scope) -> None:
        """Tell the server the scope, for the rest of the open transaction."""
        wanted = scope.settings
        if wanted == self._told or self.needs_rollback:
            return
        # The driver's own cursor: Django's would come back here.
        with self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute(TELL, wanted)
        self._told = wanted

    def note_told(self, scope: Scope | None) -> None:
        """Note that a statement told the server this scope itself; None for one not in force."""
        if self.in_atomic_block:
            self._told = scope.settings if scope is not None else None

    # The settings end with their transaction, and go back with a savepoint.

    def connect(self) -> None:
        super().connect()
        self._told = NOTHING.settings

    def set_autocommit(
        self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False
    ) -> None:
        self._told = NOTHING.settings
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)

    def commit(self) -> None:
        super().commit()
        self._told = NOTHING.settings

    def rollback(self) -> None:
        super().rollback()
        self._told = NOTHING.settings

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # private in the stubs
        self._told = None
