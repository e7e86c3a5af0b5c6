"""The audit log keeps what is written in it."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from tenants.models import AuditEntry
from tests.cast import Cast


@pytest.mark.parametrize(
    "statement",
    [
        "update tenants_auditentry set actor_label = 'Somebody else'",
        "delete from tenants_auditentry",
        "truncate tenants_auditentry",
    ],
)
def test_database_refuses_its_owner_to_change_the_log(
    as_tables_owner: None, cast: Cast, statement: str
) -> None:
    entries = AuditEntry.objects.unscoped(reason="the test compares the whole log")
    before = list(entries.order_by("pk").values())
    assert before
    with connection.cursor() as cursor:
        # conftest.py turns this one off for the tests that commit.
        cursor.execute(
            "alter table tenants_auditentry enable trigger tenants_auditentry_no_truncate"
        )
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(statement)
    assert list(entries.order_by("pk").values()) == before
