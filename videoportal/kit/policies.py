"""Row-level security in migrations: each tenant table gets the same policy.

    operations = [
        migrations.CreateModel(name="Invitation", …),
        TenantPolicy("tenants_invitation"),
    ]

tests/meta/test_row_security.py fails for a model with an ``organisation`` without one.
"""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import Operation, OperationCategory

# In this form PostgreSQL reads the settings once for a statement, not once for a row, and looks
# each row up in a hash: `= any(array)` compares a reseller's row with 500 ids in turn.
# Without nullif() an empty setting, left by a transaction before, would be a broken array.
EVERYWHERE = "(select nullif(current_setting('app.everywhere', true), '')) is not null"
IN_SCOPE = "{column} in (select unnest(nullif(current_setting('app.org_ids', true), '')::bigint[]))"


def in_scope_sql(column: str = "organisation_id") -> str:
    """Return the condition under which a row is shown, by the column with its organisation."""
    return f"{IN_SCOPE.format(column=column)} or {EVERYWHERE}"


class TenantPolicy(Operation):
    """Show and take the table's rows only in the scope of their organisation.

    ``column`` holds the organisation's id. ``visible`` is another condition under which rows
    may be read, and no more than read.
    """

    reduces_to_sql = True
    reversible = True
    category = OperationCategory.SQL

    def __init__(self, table: str, column: str = "organisation_id", visible: str = "") -> None:
        self.table = table
        self.column = column
        self.visible = visible

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        arguments = {"column": self.column, "visible": self.visible}
        return self.__class__.__name__, [self.table], arguments

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models stay as they are."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        condition = in_scope_sql(self.column)
        schema_editor.execute(f"alter table {self.table} enable row level security")
        schema_editor.execute(
            f"create policy tenant on {self.table} using ({condition}) with check ({condition})"
        )
        if self.visible:
            schema_editor.execute(
                f"create policy tenant_reads on {self.table} for select using ({self.visible})"
            )

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        schema_editor.execute(f"drop policy if exists tenant_reads on {self.table}")
        schema_editor.execute(f"drop policy tenant on {self.table}")
        schema_editor.execute(f"alter table {self.table} disable row level security")

    def describe(self) -> str:
        return f"Row-level security of {self.table}"
