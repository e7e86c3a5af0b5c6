"""The audit log's retention: only what is old goes, only through the one door."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import override_settings
from django.utils import timezone
from psycopg import errors

from tenants import audit, tasks
from tenants.audit_texts import describe
from tenants.models import AuditEntry
from tenants.retention import old_entries, purge_audit_log
from videoportal.kit.logins import as_owner, connected_as

KEPT = 730


def write(age: timedelta, label: str) -> AuditEntry:
    token = audit.happened_at.set(timezone.now() - age)
    try:
        return audit.record("tenants.session.refused", by=None, organisation=None, label=label)
    finally:
        audit.happened_at.reset(token)


def labels() -> list[str]:
    entries = AuditEntry.objects.unscoped(reason="the test compares the whole log")
    return list(entries.order_by("pk").values_list("target_label", flat=True))


@pytest.fixture
def log(transactional_db: None) -> None:
    """Entries on both sides of the line, as the web role writes them."""
    for age, label in (
        (timedelta(days=2000), "long ago"),
        (timedelta(days=KEPT, minutes=5), "just over"),
        (timedelta(days=KEPT, minutes=-5), "not quite"),
        (timedelta(0), "today"),
    ):
        write(age, label)


def test_purge_takes_what_is_older_and_tells_of_it(log: None) -> None:
    purge = purge_audit_log()

    assert purge.entries == 2
    assert abs(purge.kept_since - (timezone.now() - timedelta(days=KEPT))) < timedelta(minutes=1)
    assert labels() == ["not quite", "today", ""]
    entry = AuditEntry.objects.unscoped(reason="the test reads the newest").latest("pk")
    assert (entry.action, entry.actor_key, entry.organisation_id) == (
        "tenants.log.purged",
        "",
        None,
    )
    assert entry.after == {"entries": 2, "kept_since": purge.kept_since.date().isoformat()}
    assert describe(entry, None).endswith("er slettet fra loggen: 2")

    # Nothing more to do: nothing is written either.
    assert purge_audit_log().entries == 0
    assert labels() == ["not quite", "today", ""]


def test_task_and_command_purge(log: None) -> None:
    said = io.StringIO()
    day = (timezone.now() - timedelta(days=KEPT)).date()

    call_command("purge_audit", "--dry-run", stdout=said)
    assert said.getvalue() == f"2 entries from before {day} would be deleted\n"
    assert len(labels()) == 4 == old_entries().entries + 2

    call_command("purge_audit", stdout=said)
    assert said.getvalue().endswith(f"2 entries from before {day} deleted\n")
    assert tasks.purge_audit_log() == 0
    assert labels() == ["not quite", "today", ""]


@override_settings(DATABASE_LOGINS={})
def test_without_its_login_nothing_is_purged(log: None) -> None:
    with pytest.raises(CommandError, match="Set DATABASE_PURGE_URL"):
        call_command("purge_audit")
    assert len(labels()) == 4


@pytest.mark.parametrize(
    "statement",
    [
        "update tenants_auditentry set target_label = 'x'",
        "insert into tenants_auditentry (action) values ('x')",
        "truncate tenants_auditentry",
        "select target_label from tenants_auditentry",
        "select * from rooms_room",
        "select id from tenants_user",
        "create or replace function tenants_audit_kept_since() returns timestamptz "  # noqa: ISC003
        + "language sql as 'select now()'",
        "alter table tenants_auditentry disable trigger all",
        "set role videoportal",
    ],
)
def test_purge_may_do_nothing_else(log: None, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege), connected_as("purge") as purge:
        purge.execute(statement)
    assert len(labels()) == 4


def test_purge_neither_sees_nor_deletes_what_is_kept(log: None) -> None:
    with connected_as("purge") as purge:
        purge.execute("select set_config('app.everywhere', 'so there', true)")
        # Every row may be asked for in that scope; the trigger still keeps what is new.
        with pytest.raises(errors.InsufficientPrivilege, match="append-only"), purge.transaction():
            purge.execute("delete from tenants_auditentry")
    with connected_as("purge") as purge:
        assert purge.execute("select count(*) from tenants_auditentry").fetchone() == (2,)
        assert purge.execute("delete from tenants_auditentry").rowcount == 2
    assert labels() == ["not quite", "today"]


@pytest.mark.parametrize(
    "statement",
    [
        "update tenants_auditentry set target_label = 'x'",
        "delete from tenants_auditentry where at < now() - interval '1000 days'",
        "truncate tenants_auditentry",
    ],
)
def test_web_and_owner_change_nothing_however_old(log: None, statement: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)
    with as_owner(), connection.cursor() as cursor, transaction.atomic():
        # Off in the tests, for those that commit: tests/conftest.py.
        cursor.execute("alter table tenants_auditentry enable trigger all")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(statement)
        transaction.set_rollback(True)
    assert len(labels()) == 4


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        (3000, ["long ago", "just over", "not quite", "today"]),
        (1000, ["just over", "not quite", "today", ""]),
        # However short the setting, a month is kept.
        (1, ["last week", "today", ""]),
    ],
)
def test_database_learns_the_retention_when_it_is_migrated(
    log: None, days: int, kept: list[str]
) -> None:
    if days == 1:
        write(timedelta(days=7), "last week")
    try:
        with override_settings(AUDIT_RETENTION_DAYS=days):
            call_command("migrate", verbosity=0)
        purge_audit_log()
        assert sorted(labels()) == sorted(kept)
    finally:
        call_command("migrate", verbosity=0)
