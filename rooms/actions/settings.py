"""A room's settings and PINs: rules, defaults, changes and who saw a PIN."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rooms import pins
from rooms.actions.editing import (
    ADMINISTRATOR_FIELDS,
    PORTAL_ONLY_FIELDS,
    NotPossible,
    StaleEdit,
    lock_open,
    require_edit,
    store,
)
from rooms.actions.own import give_to_owners, holders_of
from rooms.actions.owner_mail import tell_owners
from rooms.choices import Rule
from rooms.models import Room, RoomProduct
from tenants import audit
from tenants.models import User


def check_settings(
    room: Room,
    *,
    weak_pins_allowed: bool = False,
    chosen_pins: Collection[str] = pins.FIELDS,
) -> None:
    """Raise ``ValidationError`` by field where the type's or the platform's rules are broken.

    Only ``chosen_pins`` are judged for being easy to guess, and none when
    ``weak_pins_allowed``.
    """
    errors: dict[str, list[Any]] = {}
    try:
        pins.check_set_here(
            guests_allowed=room.guests_allowed,
            host_pin=room.host_pin,
            guest_pin=room.guest_pin,
            room_number=room.number,
            chosen=() if weak_pins_allowed else chosen_pins,
        )
    except ValidationError as error:
        errors = dict(error.error_dict)
    for field, code, words in _type_faults(room):
        if code == "host_pin_required" and field in errors:
            continue  # said already, and better: why the PIN is none
        errors.setdefault(field, []).append(ValidationError(words, code=code))
    if errors:
        raise ValidationError(errors)


def _type_faults(room: Room) -> Iterator[tuple[str, str, str]]:
    """Give field, code and sentence of each rule of the room's type that it breaks."""
    allows = room.product.room_type
    if allows.host_pin_required and not room.host_pin:
        yield "host_pin", "host_pin_required", _("This room type needs a PIN for the host.")
    if room.guest_pin and not allows.guest_pin_allowed:
        yield "guest_pin", "guest_pin_not_allowed", _("This room type has no PIN for guests.")
    if allows.autolock == Rule.FORCED and not room.autolock:
        yield "autolock", "autolock_forced", _("Autolock is always on in this room type.")
    if allows.autolock == Rule.NO and room.autolock:
        yield "autolock", "autolock_not_available", _("This room type has no autolock.")
    if room.layout not in allows.layouts:
        yield "layout", "layout", _("This room type does not have that layout.")
    if room.theme not in allows.themes:
        yield "theme", "theme", _("This room type does not have that theme.")
    if room.chat and not allows.chat_on_order:
        yield "chat", "chat", _("This room type has no chat.")
    if not 2 <= room.participant_limit <= allows.max_participants:
        words = _("This room type takes from 2 to %(most)s participants.")
        yield "participant_limit", "participant_limit", words % {"most": allows.max_participants}


def default_settings(product: RoomProduct, *, number: str = "") -> dict[str, Any]:
    """Return the settings that a new room of this product starts with, PINs generated."""
    room_type = product.room_type
    return {
        "autolock": room_type.autolock == Rule.FORCED,
        "layout": room_type.layouts[0],
        "theme": room_type.themes[0],
        "participant_limit": room_type.max_participants,
        "guests_allowed": True,
        "host_pin": pins.generate(room_number=number),
        "guest_pin": "",
        "chat": False,
        "guests_may_present": True,
        "show_names": True,
    }


@transaction.atomic
def change_room(
    room: Room,
    *,
    by: User,
    version: int | None = None,
    action: str = "rooms.room.changed",
    **changes: Any,
) -> Room:
    """Return the room with the changes stored; nothing is written when nothing differs.

    With ``version`` (from the form) a change made meanwhile by somebody else raises
    :class:`StaleEdit`, unless the room already is as wanted (the same form sent twice).
    Raises ``ValidationError`` by field, :class:`NotPossible` for a closed room and
    ``Forbidden`` for a field that the person may not change.
    """
    unknown = changes.keys() - ADMINISTRATOR_FIELDS
    if unknown:
        raise ValueError(f"change_room does not change {sorted(unknown)}")
    require_edit(by, room, changes)
    room = lock_open(room)
    changed = {name for name, value in changes.items() if getattr(room, name) != value}
    if not changed:
        return room
    if version is not None and room.version != version:
        raise StaleEdit(room)
    before = audit.snapshot(room, changed)
    for name in changed:
        setattr(room, name, changes[name])
    # The constraints are told by check_settings, in words and at their field.
    room.full_clean(
        exclude=["number", "product", "organisation", "next_product"], validate_constraints=False
    )
    # Weak PINs that came with an import may stay; what is set here may not be weak.
    check_settings(room, chosen_pins=changed)
    store(room, changed, tell_platform=bool(changed - PORTAL_ONLY_FIELDS))
    audit.record(
        action,
        by=by,
        organisation=room.organisation,
        target=room,
        before=before,
        after=audit.snapshot(room, changed),
    )
    if "owner_email" in changed:
        give_to_owners([room], holders_of([room]))
        tell_owners([(room, before["owner_email"])], by=by)
    return room


def renew_pin(room: Room, which: str, *, by: User, version: int | None = None) -> Room:
    """Return the room with a new random PIN; ``which`` is ``host_pin`` or ``guest_pin``.

    With ``version`` a change made meanwhile raises :class:`StaleEdit`, so that a button
    pressed twice does not replace the PIN that was just read.
    """
    if which not in pins.FIELDS:
        raise ValueError(which)
    other = "guest_pin" if which == "host_pin" else "host_pin"
    fresh = pins.generate(room_number=room.number, unlike=str(getattr(room, other)))
    changes: dict[str, Any] = {which: fresh}
    return change_room(room, by=by, version=version, action="rooms.pin.renewed", **changes)


@transaction.atomic
def reveal_pin(room: Room, which: str, *, by: User) -> str:
    """Return the PIN in clear and log that it was shown.

    Raises :class:`NotPossible` for a closed room: its PIN opens nothing.
    """
    if which not in pins.FIELDS:
        raise ValueError(which)
    require_edit(by, room, {which})
    if room.is_closed:
        raise NotPossible(_("The room is closed. Its PINs are no longer in use."))
    audit.record(f"rooms.{which}.revealed", by=by, organisation=room.organisation_id, target=room)
    return str(getattr(room, which))


def note_pins_shown(rooms: Iterable[Room], *, by: User, where: str) -> None:
    """Log that the PINs of these rooms left the portal in a document, text or file.

    ``where`` is a key of ``rooms.audit_texts.PLACES``.
    """
    rooms = list(rooms)
    for room in rooms:
        require_edit(by, room, pins.FIELDS)
    audit.record_many(
        {
            "action": "rooms.pin.included",
            "by": by,
            "organisation": room.organisation_id,
            "target": room,
            "after": {"where": where},
        }
        for room in rooms
    )
