"""How long the audit log is kept, and the one door through which it is purged.

Nobody who works with the log can shorten it: the web role may not delete, the owner of the
table is refused by its trigger, and the purge role sees and deletes only what is older than
the database was told at the last migration.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import connections
from psycopg import sql

from tenants import audit
from videoportal.kit.logins import connected_as, role_name

log = structlog.get_logger(__name__)

# However short the setting is.
LEAST_DAYS = 30
TABLE = sql.Identifier("tenants_auditentry")
OLD = "using (at < tenants_audit_kept_since())"


def open_the_door(using: str, **kwargs: Any) -> None:
    """Tell the database the retention, and let the purge role at what is older. After migrating.

    Does nothing where the web role has migrated, and may therefore not be trusted with it.
    """
    days = max(settings.AUDIT_RETENTION_DAYS, LEAST_DAYS)
    with connections[using].cursor() as cursor:
        cursor.execute("select current_user")
        if cursor.fetchone()[0] == role_name("web"):
            return
        cursor.execute(
            sql.SQL(
                "create or replace function tenants_audit_kept_since() returns timestamptz "
                "language sql stable set search_path = pg_catalog, public "
                "as $$ select now() - interval {} $$"
            ).format(sql.Literal(f"{days} days"))
        )
        for policy in ("purge_reads", "purge_deletes"):
            cursor.execute(
                sql.SQL("drop policy if exists {} on {}").format(sql.Identifier(policy), TABLE)
            )
        purge = role_name("purge")
        if not purge:
            return
        role = sql.Identifier(purge)
        for statement in (
            "grant select (id, at), delete on {table} to {role}",
            f"create policy purge_reads on {{table}} for select to {{role}} {OLD}",
            f"create policy purge_deletes on {{table}} for delete to {{role}} {OLD}",
        ):
            cursor.execute(sql.SQL(statement).format(table=TABLE, role=role))


_OLD = """
    select tenants_audit_kept_since(), count(*) from tenants_auditentry
    where at < tenants_audit_kept_since()
"""
_PURGE = """
    with gone as (
        delete from tenants_auditentry where at < tenants_audit_kept_since() returning id
    )
    select tenants_audit_kept_since(), count(*) from gone
"""


@dataclass(frozen=True)
class Purge:
    """What a purge found: entries from before ``kept_since``, and how many of them there were."""

    kept_since: datetime
    entries: int


def _purge(cursor: Any) -> Purge:
    return Purge(*cursor.fetchone())


def old_entries() -> Purge:
    """Return what a purge would delete now, and delete nothing."""
    with connected_as("purge") as connection:
        return _purge(connection.execute(_OLD))


def purge_audit_log() -> Purge:
    """Delete what is older than the retention, and write in the log that it was.

    The entry is there before the deletion is final: the log may tell of a purge that came to
    nothing, but never keeps silent about one. Raises
    :class:`videoportal.kit.logins.LoginMissing`.
    """
    with connected_as("purge") as connection:
        purge = _purge(connection.execute(_PURGE))
        if purge.entries:
            audit.record(
                "tenants.log.purged",
                by=None,
                organisation=None,
                after={"entries": purge.entries, "kept_since": purge.kept_since.date()},
            )
    log.info("audit_log_purged", entries=purge.entries, kept_since=purge.kept_since.isoformat())
    return purge
