"""The rooms of a plan, stored all or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import batched
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms import numbers
from rooms.actions.editing import PORTAL_ONLY_FIELDS, lock_many, mark_untold, tell_platforms
from rooms.actions.orders import create_rooms
from rooms.actions.own import give_to_owners, holders_of
from rooms.actions.owner_mail import tell_owners
from rooms.imports.checking import Plan, make_plan
from rooms.imports.faults import Fault
from rooms.imports.reading import read_sheet
from rooms.imports.rows import Draft
from rooms.models import Room, RoomImport
from tenants import audit
from tenants.access import require
from tenants.models import Organisation, User
from videoportal.kit.formats import number

ROWS_A_STEP = 250
# What every change of a room moves on, beside its own fields.
STAMPS = {"version", "changed_at"}


class ImportRefused(Exception):
    """The import cannot be carried out now; nothing is stored. ``str()`` is the reason.

    ``faults`` has the cells behind it, when cells are behind it.
    """

    def __init__(self, message: str, faults: list[Fault] | None = None) -> None:
        super().__init__(message)
        self.faults = faults or []


@dataclass(frozen=True)
class Outcome:
    """What an import did: counts of rooms, and the monthly price of the new ones in kroner."""

    created: int
    changed: int
    unchanged: int
    monthly: Decimal

    def as_facts(self) -> dict[str, Any]:
        return {
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "monthly": str(self.monthly),
        }


def refusal(plan: Plan) -> str:
    rows = len(plan.by_outcome["fault"])
    return ngettext(
        "%(rows)s row has faults, so nothing was imported.",
        "%(rows)s rows have faults, so nothing was imported.",
        rows,
    ) % {"rows": number(rows)}


def lock_organisation(organisation: Organisation) -> None:
    """Let only one import at a time into the organisation, until the transaction ends."""
    Organisation.objects.in_organisation(organisation).select_for_update(no_key=True).get()


@transaction.atomic
def carry_out(
    plan: Plan,
    *,
    by: User | None,
    file_name: str,
    target: RoomImport | None = None,
    tell: Callable[[int], None] | None = None,
) -> Outcome:
    """Store the plan's rooms and return what was done; with any fault, nothing is.

    ``tell`` hears how many rooms are done. The plan must have been made in this transaction
    after :func:`lock_organisation`. Raises :class:`ImportRefused` and
    :class:`rooms.numbers.NumbersExhausted`.
    """
    organisation = plan.organisation
    if by is not None:
        require(by, "manage_rooms", organisation)
    if plan.faults:
        raise ImportRefused(refusal(plan), plan.faults)
    new = [draft.room for draft in plan.new if draft.room is not None]
    _give_numbers(new)
    done = 0
    for step in batched(new, ROWS_A_STEP, strict=False):
        for room in step:
            room.clean_fields(exclude=["organisation", "product", "next_product"])
        create_rooms(list(step), by=by, action="rooms.room.imported", charged_from=plan.today)
        done += len(step)
        if tell is not None:
            tell(done)
    moved = []
    for changed in batched(plan.changed, ROWS_A_STEP, strict=False):
        moved += _store_changes(organisation, list(changed), by=by)
        done += len(changed)
        if tell is not None:
            tell(done)
    if by is not None:
        # What the provider's command carries over is as the customer has it already.
        tell_owners(moved, by=by)
    outcome = Outcome(
        created=len(new),
        changed=len(plan.changed),
        unchanged=len(plan.by_outcome["same"]),
        monthly=plan.monthly,
    )
    audit.record(
        "rooms.file.imported",
        by=by,
        organisation=organisation,
        target=target or organisation,
        label=file_name,
        after={name: value for name, value in outcome.as_facts().items() if name != "monthly"},
    )
    return outcome


def _give_numbers(rooms: list[Room]) -> None:
    wanted = {room.number for room in rooms if room.number}
    missing = wanted - numbers.claim_numbers(wanted)
    if missing:
        raise ImportRefused(
            ngettext(
                "This number was taken meanwhile: %(numbers)s. Nothing was imported.",
                "These numbers were taken meanwhile: %(numbers)s. Nothing was imported.",
                len(missing),
            )
            % {"numbers": ", ".join(sorted(missing)[:10])}
        )
    without = [room for room in rooms if not room.number]
    for room, drawn in zip(without, numbers.draw_numbers(len(without)), strict=True):
        room.number = drawn


def _store_changes(
    organisation: Organisation, drafts: list[Draft], *, by: User | None
) -> list[tuple[Room, str]]:
    """Store what the drafts change; return the rooms with another owner, and the one before."""
    by_room = {draft.room.pk: draft for draft in drafts if draft.room is not None}
    rooms = lock_many(organisation, by_room)
    now = timezone.now()
    entries, told, moved = [], [], []
    for room in rooms:
        draft = by_room[room.pk]
        if room.version != getattr(draft.room, "version", None):
            raise ImportRefused(
                _("%(room)s was changed by somebody else meanwhile. Nothing was imported.")
                % {"room": room.name}
            )
        before = audit.snapshot(room, draft.changes)
        for name, (_before, after) in draft.changes.items():
            setattr(room, name, after)
        room.clean_fields(exclude=["organisation", "product", "next_product"])
        room.version += 1
        room.changed_at = now
        if draft.changes.keys() - PORTAL_ONLY_FIELDS:
            told.append(room)
        if "owner_email" in draft.changes:
            moved.append((room, before["owner_email"]))
        entries.append(
            {
                "action": "rooms.room.changed_by_import",
                "by": by,
                "organisation": room.organisation_id,
                "target": room,
                "before": before,
                "after": audit.snapshot(room, draft.changes),
            }
        )
    # An upsert on the key: one statement for all, where bulk_update writes a CASE per row.
    Room.objects.bulk_create(
        rooms,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=sorted({name for draft in drafts for name in draft.changes} | STAMPS),
        batch_size=500,
    )
    audit.record_many(entries)
    owned_anew = [room for room, _owner in moved]
    give_to_owners(owned_anew, holders_of(owned_anew))
    mark_untold(told)
    tell_platforms(told)
    return moved


def import_file(
    organisation: Organisation, content: bytes, *, file_name: str, dry_run: bool = False
) -> tuple[Plan, Outcome | None]:
    """Return the plan of a file and, unless ``dry_run`` or faults, what carrying it out did.

    For the command: runs as the system. Raises :class:`Unreadable`, :class:`ImportRefused`.
    """
    sheet = read_sheet(content)
    with transaction.atomic():
        lock_organisation(organisation)
        # Only the provider runs the command, and may carry over orders with their dates.
        plan = make_plan(sheet, organisation, earliest_order=date.min)
        if dry_run or plan.faults:
            return plan, None
        return plan, carry_out(plan, by=None, file_name=file_name)
