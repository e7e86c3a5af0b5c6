"""Imports the conferences of a platform that was there before the portal."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override

from rooms.imports import ImportRefused, Unreadable
from rooms.imports.conferences import Pattern
from rooms.imports.faults import Fault
from rooms.imports.writing.platforms import PlatformImport, import_platform
from rooms.management.organisations import organisation_of
from rooms.numbers import NumbersExhausted
from rooms.platforms.models import VideoPlatform
from rooms.platforms.port import PlatformRefused, PlatformUnavailable
from rooms.platforms.texts import on_one_line
from videoportal.kit.scope import in_scope


class Command(BaseCommand):
    help = (
        "Make rooms of a platform's own conferences and take these over. All or nothing: any "
        "fault is named and the exit code is 1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--organisation", required=True, metavar="NUMBER")
        parser.add_argument(
            "--match",
            action="append",
            default=[],
            metavar="FIELD=PATTERN",
            help="only conferences that meet it, such as tag=org-8841, owner=*@klinikk.no or "
            "alias=48*; name and description too; several must all be met",
        )
        parser.add_argument("--dry-run", action="store_true", help="check, and store nothing")

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        platform = VideoPlatform.objects.filter(slug=slug).first()
        if platform is None:
            raise CommandError(f"There is no platform {slug!r}.")
        if not platform.management_url:
            raise CommandError("The platform has no address for its management API.")
        organisation = organisation_of(options["organisation"])
        try:
            patterns = [Pattern.read(written) for written in options["match"]]
        except ValueError as error:
            raise CommandError(str(error)) from error
        with override("en"), in_scope([organisation.pk]):
            try:
                done = import_platform(platform, organisation, patterns, dry_run=options["dry_run"])
            except (Unreadable, ImportRefused, NumbersExhausted) as refused:
                raise CommandError(str(refused)) from refused
            except (PlatformRefused, PlatformUnavailable) as error:
                raise CommandError(f"The platform was not read to its end: {error}") from error
            self._tell(platform, done)

    def _tell(self, platform: VideoPlatform, done: PlatformImport) -> None:
        found, plan = done.chosen, done.plan
        self.stdout.write(
            f"{len(found.by_row)} conferences chosen; left out: {found.ours} that the portal "
            f"made, {found.other} that are no rooms"
        )
        if plan is None:
            return
        for warning in plan.warnings:
            self.stdout.write(f"warning: {_line(done, warning)}")
        for name in done.changed_types():
            line = f"warning: {name}: becomes another kind of room than it was"
            self.stdout.write(on_one_line(line))
        if plan.faults:
            for fault in plan.faults:
                self.stderr.write(_line(done, fault))
            rows = len({fault.row for fault in plan.faults})
            raise CommandError(
                f"{len(plan.faults)} faults in {rows} conferences; nothing was imported"
            )
        for group in plan.groups:
            self.stdout.write(f"{group.label}: {group.chosen} ({group.rooms})")
        verb = "would be created" if done.outcome is None else "created"
        self.stdout.write(
            f"{len(plan.new)} rooms {verb}, {len(plan.changed)} changed, "
            f"{len(plan.by_outcome['same'])} unchanged; new rooms cost {plan.monthly:.2f} kroner "
            "a month without VAT"
        )
        if not platform.writes_rooms:
            self.stdout.write(
                "The portal does not write to this platform: its conferences stay as they are, "
                "and calls are answered by policy."
            )


def _line(done: PlatformImport, fault: Fault) -> str:
    name = done.chosen.name_at(fault.row)
    return on_one_line(
        f"{name}: {fault.column}: {fault.message}" if fault.column else f"{name}: {fault.message}"
    )
