"""Imports a file of rooms into an organisation, as the page does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override

from rooms.imports import ImportRefused, Unreadable
from rooms.imports.faults import Fault
from rooms.imports.writing import import_file
from rooms.management.organisations import organisation_of
from rooms.numbers import NumbersExhausted
from tenants.models import Organisation
from videoportal.kit.scope import in_scope


class Command(BaseCommand):
    help = (
        "Import rooms from Pexip's bulk export or from the portal's own CSV or XLSX. "
        "All or nothing: any fault is named and the exit code is 1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--organisation", required=True, metavar="NUMBER")
        parser.add_argument("--dry-run", action="store_true", help="check, and store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = organisation_of(options["organisation"])
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        with override("en"), in_scope([organisation.pk]):
            self._import(organisation, content, path.name, dry_run=options["dry_run"])

    def _import(
        self, organisation: Organisation, content: bytes, file_name: str, *, dry_run: bool
    ) -> None:
        try:
            plan, outcome = import_file(organisation, content, file_name=file_name, dry_run=dry_run)
        except (Unreadable, ImportRefused, NumbersExhausted) as refused:
            raise CommandError(str(refused)) from refused
        for warning in plan.warnings:
            self.stdout.write(f"warning: {_line(warning)}")
        if plan.faults:
            for fault in plan.faults:
                self.stderr.write(_line(fault))
            rows = len({fault.row for fault in plan.faults})
            raise CommandError(
                f"{len(plan.faults)} faults in {rows} of {len(plan.drafts)} rows; "
                "nothing was imported"
            )
        for group in plan.groups:
            self.stdout.write(f"{group.label}: {group.chosen} ({group.rooms})")
        same = len(plan.by_outcome["same"])
        done = "would be created" if outcome is None else "created"
        self.stdout.write(
            f"{len(plan.new)} rooms {done}, {len(plan.changed)} changed, {same} unchanged; "
            f"new rooms cost {plan.monthly:.2f} kroner a month without VAT"
        )


def _line(fault: Fault) -> str:
    place = f"row {fault.row}, {fault.column}" if fault.column else f"row {fault.row}"
    return f"{place}: {fault.message}"
