"""The rows of a file against the rooms that stand."""

from __future__ import annotations

import hashlib

from django.utils.translation import gettext as _

from rooms import numbers
from rooms.imports.checking.notes import note_fault, note_warning
from rooms.imports.checking.plans import Plan
from rooms.imports.rows import Draft
from rooms.models import Room


def order_key(name: str) -> str:
    """Return the key by which a room without a number of its own is known again."""
    return f"import-{hashlib.sha256(name.casefold().encode()).hexdigest()[:40]}"


def find_rooms(plan: Plan) -> None:
    rooms = Room.objects.in_organisation(plan.organisation).select_related("product__room_type")
    wanted = [draft.number for draft in plan.drafts if draft.number]
    mine = {room.number: room for room in rooms.open().with_numbers(wanted)} if wanted else {}
    taken = numbers.taken(wanted) if wanted else set()
    nameless = [
        draft
        for draft in plan.drafts
        if not draft.number and not draft.further_of and draft.values.get("name")
    ]
    keys = {draft.row: order_key(draft.values["name"]) for draft in nameless}
    by_key: dict[str, list[Room]] = {}
    for room in rooms.with_order_keys(keys.values()):
        by_key.setdefault(room.order_key.partition(":")[0], []).append(room)
    names = rooms.open().numbers_by_name([draft.values["name"] for draft in nameless])
    column = plan.table.fields["number"]
    for draft in plan.drafts:
        if draft.further_of:
            continue
        if draft.number in mine:
            draft.room = mine[draft.number]
        elif draft.number in taken:
            note_fault(
                draft,
                column,
                "number_taken",
                _("The number %(number)s is taken.") % {"number": draft.number},
                "number",
            )
        elif draft.row in keys and "number" not in draft.bad:
            _match_by_key(draft, keys[draft.row], by_key, names)
    for draft in plan.drafts:
        draft.is_new = draft.room is None and not draft.further_of


def _match_by_key(
    draft: Draft, key: str, by_key: dict[str, list[Room]], names: dict[str, str]
) -> None:
    earlier = by_key.get(key, [])
    open_ones = [room for room in earlier if not room.is_closed]
    if open_ones:
        draft.room = open_ones[0]
        return
    draft.key = f"{key}:{len(earlier)}" if earlier else key
    if standing := names.get(draft.values["name"].casefold()):
        note_warning(
            draft,
            "name",
            "name_stands",
            _("You have a room with this name already (%(number)s). This will be one more.")
            % {"number": standing},
        )
