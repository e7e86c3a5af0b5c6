"""Change of room type and quality: upgrade at once, downgrade when the binding is over."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms import pins, terms
from rooms.actions.editing import NotPossible, StaleEdit, lock_open, store
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
    A downgrade waits for the end of the binding (design.md 4). Raises :class:`NotPossible`
    and :class:`StaleEdit`.
    """
    require(by, "manage_rooms", room.organisation_id)
    today = today or timezone.localdate()
    room = lock_open(room)
    if version is not None and room.version != version:
        raise StaleEdit(room)
    if room.is_terminated:
        raise NotPossible(_("The room is terminated, so its type can no longer be changed."))
    if product.pk == room.product_id:
        if room.next_product_id is None:
            return room
        return _cancel_next_product(room, by=by)
    if not RoomProduct.objects.open_on(today).filter(pk=product.pk).exists():
        raise NotPossible(_("This room type can no longer be ordered. Choose another one."))
    if is_upgrade(room.product, product, today=today):
        return _upgrade(room, product, by=by, today=today)
    room.next_product = product
    room.next_product_from = terms.downgrade_from(asked_on=today, bound_until=room.bound_until)
    store(room, ["next_product", "next_product_from"], tell_platform=False)
    audit.record(
        "rooms.product.downgrade_agreed",
        by=by,
        organisation=room.organisation,
        target=room,
        before={"product": str(room.product)},
        after={"product": str(product), "from": room.next_product_from},
    )
    return room


def _cancel_next_product(room: Room, *, by: User) -> Room:
    agreed = str(room.next_product)
    room.next_product = None
    room.next_product_from = None
    store(room, ["next_product", "next_product_from"], tell_platform=False)
    audit.record(
        "rooms.product.downgrade_cancelled",
        by=by,
        organisation=room.organisation,
        target=room,
        before={"product": agreed},
    )
    return room


def _upgrade(room: Room, product: RoomProduct, *, by: User, today: date) -> Room:
    before = {"product": str(room.product)}
    fields = fit_to(room, product)
    room.next_product = None
    room.next_product_from = None
    charge_from(room, product, terms.upgrade_price_from(today))
    check_settings(room, weak_pins_allowed=True)
    store(room, {*fields, "product", "next_product", "next_product_from"}, tell_platform=True)
    audit.record(
        "rooms.product.upgraded",
        by=by,
        organisation=room.organisation,
        target=room,
        before=before,
        after={"product": str(product)},
    )
    return room


def fit_to(room: Room, product: RoomProduct) -> set[str]:
    """Move the room to the product and bring its settings inside what the type allows."""
    room_type = product.room_type
    changed = {"autolock", "layout", "theme", "chat", "participant_limit", "guest_pin", "host_pin"}
    grew = room.participant_limit == room.product.room_type.max_participants
    room.product = product
    if room_type.autolock != Rule.ALLOWED:
        room.autolock = room_type.autolock == Rule.FORCED
    if room.layout not in room_type.layouts:
        room.layout = room_type.layouts[0]
    if room.theme not in room_type.themes:
        room.theme = room_type.themes[0]
    if not room_type.chat_on_order:
        room.chat = False
    if not room_type.guest_pin_allowed:
        room.guest_pin = ""
    if room_type.host_pin_required and not room.host_pin:
        room.host_pin = pins.generate(room_number=room.number, unlike=str(room.guest_pin))
    if grew or room.participant_limit > room_type.max_participants:
        room.participant_limit = room_type.max_participants
    return changed


def charge_from(room: Room, product: RoomProduct, day: date) -> None:
    """End the running subscription the day before and start one of the product on the day."""
    subscriptions = RoomSubscription.objects.in_organisation(room.organisation_id).filter(room=room)
    subscriptions.filter(starts_on__gte=day).delete()
    subscriptions.filter(ends_on__isnull=True, starts_on__lt=day).update(
        ends_on=day - timedelta(days=1)
    )
    subscriptions.filter(ends_on__gte=day, starts_on__lt=day).update(
        ends_on=day - timedelta(days=1)
    )
    RoomSubscription.objects.create(
        organisation_id=room.organisation_id, room=room, product=product, starts_on=day
    )
