"""Change of room type and quality: upgrade at once, downgrade when the binding is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms import pins, terms
from rooms.actions.editing import NotPossible, lock_open, store_many
from rooms.actions.orders import require_orderable
from rooms.actions.settings import check_settings
from rooms.choices import Rule
from rooms.models import Room, RoomProduct, RoomSubscription
from tenants import audit
from tenants.access import require
from tenants.models import User


def is_upgrade(current: RoomProduct, wanted: RoomProduct, *, today: date) -> bool:
    """Return whether ``wanted`` costs at least as much today; a cheaper one is a downgrade."""
    prices = {
        product.pk: product.price or 0
        for product in RoomProduct.objects.priced_on(today).filter(pk__in=[current.pk, wanted.pk])
    }
    return prices[wanted.pk] >= prices[current.pk]


@transaction.atomic
def change_product(
    room: Room,
    product: RoomProduct,
    *,
    by: User,
    version: int | None = None,
    today: date | None = None,
) -> Room:
    """Return the room upgraded at once, or with its downgrade agreed for the first day it may hold.

    An upgrade changes the room now and the price from the next month; the binding stays.
    A downgrade waits for the end of the binding. Raises :class:`NotPossible`
    and :class:`StaleEdit`.
    """
    require(by, "manage_rooms", room.organisation_id)
    today = today or timezone.localdate()
    room = lock_open(room, version=version)
    if product.pk == room.product_id and room.next_product_id is None:
        return room
    if product.pk != room.product_id:
        require_orderable(product, today=today)
    upgrade = is_upgrade(room.product, product, today=today)
    write_moves([move_room(room, product, upgrade=upgrade, today=today)], by=by)
    return room


@dataclass(frozen=True)
class Move:
    """A locked room as its change of product leaves it, not stored yet.

    ``charged_from`` is the first day of the new price, for an upgrade.
    """

    room: Room
    action: str
    fields: set[str]
    before: dict[str, Any]
    after: dict[str, Any]
    charged_from: date | None = None


def move_room(room: Room, product: RoomProduct, *, upgrade: bool, today: date) -> Move:
    """Change a locked room's product in memory: at once, agreed for later, or a change withdrawn.

    Raises :class:`NotPossible` for a terminated room and ``ValidationError`` by field.
    """
    agreed = {"next_product", "next_product_from"}
    if room.is_terminated:
        raise NotPossible(_("The room is terminated, so its type can no longer be changed."))
    if product.pk == room.product_id:
        withdrawn = {"product": str(room.next_product)}
        room.next_product = None
        room.next_product_from = None
        return Move(room, "rooms.product.downgrade_cancelled", agreed, withdrawn, {})
    if upgrade:
        before, fields = take_product(room, product)
        check_settings(room, weak_pins_allowed=True)
        return Move(
            room,
            "rooms.product.upgraded",
            fields,
            before,
            audit.snapshot(room, before),
            charged_from=terms.upgrade_price_from(today),
        )
    room.next_product = product
    room.next_product_from = terms.downgrade_from(asked_on=today, bound_until=room.bound_until)
    return Move(
        room,
        "rooms.product.downgrade_agreed",
        agreed,
        {"product": str(room.product)},
        {"product": str(product), "from": room.next_product_from},
    )


def write_moves(moves: list[Move], *, by: User) -> None:
    """Store changes of product of locked rooms; what the platform must know is sent to it."""
    at_once = [move for move in moves if move.charged_from is not None]
    for day in {move.charged_from for move in at_once if move.charged_from is not None}:
        charge_from([move.room for move in at_once if move.charged_from == day], day)
    store_many(
        [move.room for move in moves],
        set().union(*(move.fields for move in moves)),
        told=[move.room for move in at_once],
    )
    audit.record_many(
        {
            "action": move.action,
            "by": by,
            "organisation": move.room.organisation_id,
            "target": move.room,
            "before": move.before,
            "after": move.after,
        }
        for move in moves
    )


def take_product(room: Room, product: RoomProduct) -> tuple[dict[str, Any], set[str]]:
    """Move a locked room to the product; return what the log needs and the changed fields."""
    before = audit.snapshot(room, {"product", *fitted_settings(room, product)})
    fields = fit_to(room, product)
    room.next_product = None
    room.next_product_from = None
    return before, {*fields, "next_product", "next_product_from"}


def fitted_settings(room: Room, product: RoomProduct) -> dict[str, Any]:
    """Return the settings that must change, with new values, for the room to be of the product.

    A PIN that the type demands and the room lacks is made anew on each call.
    """
    old, new = room.product.room_type, product.room_type
    fitted = {
        "autolock": room.autolock if new.autolock == Rule.ALLOWED else new.autolock == Rule.FORCED,
        "layout": room.layout if room.layout in new.layouts else new.layouts[0],
        "theme": room.theme if room.theme in new.themes else new.themes[0],
        "chat": room.chat and new.chat_on_order,
        "guest_pin": room.guest_pin if new.guest_pin_allowed else "",
        "host_pin": room.host_pin,
        # A room that used its whole capacity shall use the new one too.
        "participant_limit": (
            new.max_participants
            if room.participant_limit == old.max_participants
            else min(room.participant_limit, new.max_participants)
        ),
    }
    if new.host_pin_required and not room.host_pin:
        fitted["host_pin"] = pins.generate(room_number=room.number, unlike=fitted["guest_pin"])
    return {name: value for name, value in fitted.items() if value != getattr(room, name)}


def fit_to(room: Room, product: RoomProduct) -> set[str]:
    """Move a locked room to the product, settings and all; return the changed fields."""
    fitted = fitted_settings(room, product)
    for name, value in fitted.items():
        setattr(room, name, value)
    room.product = product
    return {"product", *fitted}


def charge_from(rooms: list[Room], day: date) -> None:
    """End the running subscriptions the day before and start the rooms' products on the day."""
    subscriptions = RoomSubscription.objects.in_organisations(
        {room.organisation_id for room in rooms}
    ).filter(room__in=[room.pk for room in rooms])
    subscriptions.filter(starts_on__gte=day).delete()
    subscriptions.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day)).update(
        ends_on=day - timedelta(days=1)
    )
    RoomSubscription.objects.bulk_create(
        [
            RoomSubscription(
                organisation_id=room.organisation_id,
                room=room,
                product=room.product,
                starts_on=day,
            )
            for room in rooms
        ],
        batch_size=1000,
    )
