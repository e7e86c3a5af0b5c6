"""A platform that was there before the portal: its conferences become rooms, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from rooms.actions.editing import mark_untold, tell_platforms
from rooms.imports.checking import Plan, make_plan
from rooms.imports.conferences import Chosen, Pattern, chosen
from rooms.imports.writing.rooms import Outcome, carry_out, lock_organisation
from rooms.platforms.models import VideoPlatform
from rooms.platforms.pexip.adapter import Pexip
from tenants.models import Organisation


@dataclass(frozen=True)
class PlatformImport:
    """What was found, what it would become, and what was done about it; None for nothing."""

    chosen: Chosen
    plan: Plan | None = None
    outcome: Outcome | None = None

    def changed_types(self) -> list[str]:
        """Return names of conferences that become another kind of room than they were."""
        if self.plan is None:
            return []
        return [
            draft.name
            for draft in self.plan.drafts
            if draft.room is not None
            and not draft.further_of
            and draft.room.product.room_type.service_type
            != self.chosen.at(draft.row).get("service_type")
        ]


def import_platform(
    platform: VideoPlatform,
    organisation: Organisation,
    patterns: Sequence[Pattern],
    *,
    dry_run: bool = False,
) -> PlatformImport:
    """Return what importing the platform's conferences into the organisation did.

    For the command: runs as the system. Judged as a file of the platform's bulk export is, and
    nothing is stored with any fault. Each conference is then taken over by its room, through
    the outbox. Raises :class:`rooms.imports.Unreadable`, ``ImportRefused`` and the port's errors.
    """
    pexip = Pexip(platform)
    found = chosen(
        pexip.rooms.everything(),
        patterns,
        theme_names=pexip.rooms.theme_names(),
        themes=platform.themes,
    )
    if not found.by_row:
        return PlatformImport(found)
    with transaction.atomic():
        lock_organisation(organisation)
        plan = make_plan(found.sheet, organisation, earliest_order=date.min, platform=platform)
        if dry_run or plan.faults:
            return PlatformImport(found, plan)
        outcome = carry_out(plan, by=None, file_name=platform.name)
        rooms = {
            draft.row: draft.room
            for draft in plan.drafts
            if draft.room is not None and not draft.further_of
        }
        mark_untold(list(rooms.values()))
        tell_platforms(
            rooms.values(),
            adopts={
                room.public_id: str(found.by_row[row]["resource_uri"])
                for row, room in rooms.items()
            },
        )
        return PlatformImport(found, plan, outcome)
