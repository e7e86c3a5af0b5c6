"""Rooms made and changed in memory, and held against the rules."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rooms import pins, terms
from rooms.actions.settings import check_settings, default_settings
from rooms.choices import Quality
from rooms.imports.checking.catalogue import Catalogue
from rooms.imports.checking.notes import PIN_PARTS, note_fault, note_warning
from rooms.imports.checking.plans import Plan, room_of
from rooms.imports.faults import Fault
from rooms.imports.rows import PIN_FIELDS, Draft, Table
from rooms.models import Room


def build_rooms(plan: Plan, catalogue: Catalogue) -> None:
    for draft in plan.drafts:
        if draft.further_of:
            continue
        if draft.room is None:
            _build_new(draft, plan, catalogue)
        else:
            _build_changed(draft, plan, catalogue)


def _build_new(draft: Draft, plan: Plan, catalogue: Catalogue) -> None:
    table, room_type = plan.table, draft.room_type
    if draft.ordered_on is not None and draft.ordered_on > plan.today:
        note_fault(draft, "ordered_on", "date_ahead", _("The order date cannot be ahead in time."))
    if room_type is None or "quality" in draft.bad:
        return
    product = catalogue.product(room_type, draft.quality or Quality.HD)
    if product is None or product.pk not in catalogue.open:
        standard = catalogue.product(room_type, Quality.HD)
        closed = standard is None or standard.pk not in catalogue.open
        note_fault(
            draft,
            table.fields["product"] if closed else "quality",
            "room_type_closed" if closed else "quality_closed",
            _("This room type can no longer be ordered. Choose another one.")
            if closed
            else _("This room type is not delivered in that resolution."),
            "product",
        )
        return
    values = default_settings(product, number=draft.number)
    guest_pin = draft.values.get("guest_pin", "")
    if guest_pin and "host_pin" not in draft.values and not draft.bad & PIN_PARTS:
        values["host_pin"] = pins.generate(room_number=draft.number, unlike=guest_pin)
    draft.makes_pin = "host_pin" not in draft.values and "host_pin" not in draft.bad
    ordered_on = draft.ordered_on or plan.today
    if ordered_on < plan.earliest_order:
        ordered_on = plan.earliest_order
        note_warning(
            draft,
            "ordered_on",
            "date_not_kept",
            _("The room counts as ordered today. Only the provider can carry over an older date."),
        )
    draft.room = Room(
        organisation=plan.organisation,
        product=product,
        platform=catalogue.platform,
        number=draft.number,
        ordered_on=ordered_on,
        bound_until=terms.bound_until(ordered_on),
        order_key="" if draft.number else draft.key,
        **{**values, **_kept(draft)},
    )
    _check(draft, draft.room, table)


def _kept(draft: Draft) -> dict[str, Any]:
    return {name: value for name, value in draft.values.items() if name not in draft.bad}


def _build_changed(draft: Draft, plan: Plan, catalogue: Catalogue) -> None:
    room, table = room_of(draft), plan.table
    if draft.room_type is not None and draft.room_type.pk != room.product.room_type_id:
        note_fault(
            draft,
            table.fields["product"],
            "room_type_differs",
            _(
                "The room is a %(standing)s. Change its type on the room’s own page, "
                "where price and binding are shown."
            )
            % {"standing": room.product.room_type.name},
        )
    if draft.quality is not None and draft.quality != room.product.quality:
        note_fault(
            draft,
            "quality",
            "quality_differs",
            _("The room is in %(standing)s. Change it on the room’s own page.")
            % {"standing": Quality(room.product.quality).label},
        )
    if draft.ordered_on is not None and draft.ordered_on != room.ordered_on:
        note_warning(
            draft,
            "ordered_on",
            "date_kept",
            _("The room exists already, so its order date is kept as it is."),
        )
    wanted = _kept(draft)
    if draft.makes_pin and "host_pin" in table.columns:
        wanted["host_pin"] = ""
    draft.makes_pin = False
    if table.dialect == "pexip":
        # Taken out of the description for new rooms; what is written here since then stands.
        wanted.pop("owner_name", None)
        wanted.pop("department", None)
    for name, value in wanted.items():
        before = getattr(room, name)
        if before != value:
            draft.changes[name] = (before, value)
            setattr(room, name, value)
    # A weak PIN that stands already is no news.
    standing = {table.fields[name] for name in PIN_FIELDS if name not in draft.changes}
    draft.warnings = [
        warning
        for warning in draft.warnings
        if warning.code != "pin_weak" or warning.column not in standing
    ]
    if draft.changes:
        _check(draft, room, table)


def _check(draft: Draft, room: Room, table: Table) -> None:
    """Note what the room type's and the platform's rules say, once for each field."""
    try:
        check_settings(room, weak_pins_allowed=True)
    except ValidationError as refused:
        skipped = set(draft.bad)
        if draft.bad & PIN_PARTS:
            skipped |= PIN_PARTS
        for name, errors in refused.error_dict.items():
            if name in skipped:
                continue
            column = table.fields.get(name, name)
            draft.type_says_no = True
            for error in errors:
                message = " ".join(error.messages)
                draft.faults.append(Fault(draft.row, column, str(error.code), message))
