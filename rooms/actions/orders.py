"""New rooms: one by order, many by import, each with its number and subscription."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms import numbers, terms
from rooms.actions.editing import NotPossible, push_after_commit
from rooms.actions.own import give_to_owner, holders_of
from rooms.actions.settings import check_settings, default_settings
from rooms.models import Room, RoomProduct, RoomSubscription
from tenants import audit
from tenants.access import require
from tenants.models import Organisation, User


@transaction.atomic
def order_room(
    organisation: Organisation,
    product: RoomProduct,
    *,
    by: User,
    order_key: str = "",
    today: date | None = None,
    **values: Any,
) -> Room:
    """Return a new room with a number of its own, bound for twelve months from today.

    ``order_key`` makes the order repeatable: a second call with the same key (a double
    submit) returns the first room. Settings not given are the product's defaults. Raises
    ``ValidationError`` by field, :class:`NotPossible` when the product is not open for
    order, and :class:`rooms.numbers.NumbersExhausted`.
    """
    require(by, "manage_rooms", organisation)
    today = today or timezone.localdate()
    if order_key:
        # Only one of two equal orders gets past this line at a time.
        Organisation.objects.in_organisation(organisation).select_for_update(no_key=True).get()
        earlier = Room.objects.in_organisation(organisation).filter(order_key=order_key).first()
        if earlier is not None:
            return earlier
    if not RoomProduct.objects.open_on(today).filter(pk=product.pk).exists():
        raise NotPossible(_("This room type can no longer be ordered. Choose another one."))
    number = numbers.draw_number()
    room = new_room(
        organisation, product, number, today, {**default_settings(product, number=number), **values}
    )
    room.order_key = order_key
    check_settings(room)
    create_rooms([room], by=by, action="rooms.room.ordered")
    return room


def new_room(
    organisation: Organisation,
    product: RoomProduct,
    number: str,
    today: date,
    values: dict[str, Any],
) -> Room:
    room = Room(
        organisation=organisation,
        product=product,
        number=number,
        ordered_on=today,
        bound_until=terms.bound_until(today),
        **values,
    )
    room.full_clean(exclude=["number", "product", "organisation", "next_product"])
    return room


ORDERED_FIELDS = ("name", "number", "owner_email", "cost_centre")


def create_rooms(rooms: list[Room], *, by: User, action: str) -> None:
    Room.objects.bulk_create(rooms, batch_size=500)
    RoomSubscription.objects.bulk_create(
        [
            RoomSubscription(
                organisation_id=room.organisation_id,
                room=room,
                product=room.product,
                starts_on=room.ordered_on,
            )
            for room in rooms
        ],
        batch_size=1000,
    )
    audit.record_many(
        {
            "action": action,
            "by": by,
            "organisation": room.organisation_id,
            "target": room,
            "after": {
                **{name: getattr(room, name) for name in ORDERED_FIELDS},
                "product": str(room.product),
            },
        }
        for room in rooms
    )
    holders = holders_of(rooms)
    for room in rooms:
        # Most owners of an imported list have no account yet, and a new room no grants.
        if room.owner_email.lower() in holders:
            give_to_owner(room, holders)
        push_after_commit(room)
