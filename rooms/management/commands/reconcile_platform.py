"""Compares a video platform with the portal, and puts it right when asked to."""

from __future__ import annotations

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rooms import actions
from rooms.models import OutboxEntry, PlatformComparison, PlatformDifference
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import sending
from rooms.platforms.texts import on_one_line
from videoportal.kit.scope import everywhere

REPAIR_SECONDS = 3600.0


class Command(BaseCommand):
    help = (
        "Compare a platform with the portal, rooms and devices: what is missing, changed, left "
        "over, double or foreign. Reads alone; --repair sends ours again and takes away what is "
        "left of closed ones. What the portal did not make is never touched. The exit code is 1 "
        "when the platform could not be read to its end, or a repair did not reach it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--repair", action="store_true", help="put right what is ours")
        parser.add_argument("--json", action="store_true", help="a line of JSON for each finding")

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        platform = VideoPlatform.objects.filter(slug=slug).first()
        if platform is None:
            known = ", ".join(VideoPlatform.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no platform {slug!r}. Known: {known}.")
        self._as_json = options["json"]
        with everywhere(reason="a platform has every tenant's rooms"):
            try:
                comparison = actions.compare_now(platform, tell=self._tell)
            except actions.NotPossible as error:
                raise CommandError(str(error)) from error
            self._sum_up(comparison)
            if comparison.failure:
                raise CommandError(f"The platform was not read to its end: {comparison.failure}")
            if options["repair"]:
                self._repair(platform, comparison)

    def _tell(self, found: PlatformDifference) -> None:
        if self._as_json:
            self._line(
                thing=found.thing,
                kind=found.kind,
                name=found.name,
                uri=found.uri,
                tag=found.tag,
                organisation=found.organisation_id,
                fields=found.fields,
                missing_aliases=found.missing_aliases,
                foreign_aliases=found.foreign_aliases,
            )
            return
        parts = [
            f"{name} differs"
            if name in ("pin", "guest_pin")
            else f"{name}: {theirs!r} instead of {ours!r}"
            for name, (ours, theirs) in found.fields.items()
        ]
        parts += [f"lacks {alias}" for alias in found.missing_aliases]
        parts += [f"has {alias} too" for alias in found.foreign_aliases]
        what = "device " if found.thing == OutboxEntry.Kind.DEVICE else ""
        line = f"{found.kind:<9} {what}{found.name}  {'; '.join(parts)}".rstrip()
        self.stdout.write(on_one_line(line))

    def _sum_up(self, comparison: PlatformComparison) -> None:
        found = PlatformDifference.objects.unscoped(
            reason="a platform has every tenant's rooms"
        ).of(comparison)
        counts = found.counts()
        kinds = {
            kind: sum(count for (_thing, of_kind), count in counts.items() if of_kind == kind)
            for kind in PlatformDifference.Kind.values
        }
        read = {"conferences": comparison.conferences, "devices": comparison.devices}
        if self._as_json:
            self._line(**read, **kinds)
            return
        words = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        self.stdout.write(
            f"{read['conferences']} conferences and {read['devices']} devices read: {words}"
        )

    def _repair(self, platform: VideoPlatform, comparison: PlatformComparison) -> None:
        queued = actions.repair_differences(comparison, by=None)
        sent = refused = 0
        until = time.monotonic() + REPAIR_SECONDS
        while time.monotonic() < until:
            drained = sending.drain(platform)
            sent, refused = sent + drained.sent, refused + drained.refused
            if not drained.more:
                break
            time.sleep(0.5)
        if self._as_json:
            self._line(queued=queued, sent=sent, refused=refused, silent=drained.silent)
        else:
            self.stdout.write(f"repaired: {queued} queued, {sent} sent, {refused} refused")
        if refused or drained.silent:
            raise CommandError("Not everything reached the platform; the rest is in the outbox.")

    def _line(self, **values: Any) -> None:
        self.stdout.write(json.dumps(values, ensure_ascii=False))
