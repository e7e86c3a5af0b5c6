"""Deletes what is older than the retention in the audit log."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.retention import old_entries, purge_audit_log
from videoportal.kit.logins import LoginMissing


class Command(BaseCommand):
    help = "Delete the audit entries that are older than AUDIT_RETENTION_DAYS, and log how many."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count them, delete nothing")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        try:
            purge = old_entries() if dry_run else purge_audit_log()
        except LoginMissing as fault:
            raise CommandError(str(fault)) from fault
        done = "would be deleted" if dry_run else "deleted"
        self.stdout.write(f"{purge.entries} entries from before {purge.kept_since:%Y-%m-%d} {done}")
