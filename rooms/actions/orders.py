"""New rooms: one by order, many by import, each with its number and subscription."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms import numbers, pins, terms
from rooms.actions.editing import NotPossible, tell_platforms
from rooms.actions.own import give_new_rooms
from rooms.actions.settings import check_settings, default_settings
from rooms.models import Room, RoomProduct, RoomSubscription
from rooms.platforms.models import VideoPlatform
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
    with_guest_pin: bool = False,
    **values: Any,
) -> Room:
    """Return a new room with a number of its own, bound for twelve months from today.

    ``order_key`` makes the order repeatable: a second call with the same key (a double
    submit) returns the first room. Settings not given are the product's defaults; PINs are
    made once the number is known, one for guests too when ``with_guest_pin``. Raises
    ``ValidationError`` by field, :class:`NotPossible` when the product is closed for order
    or has no price, and :class:`rooms.numbers.NumbersExhausted`.
    """
    require(by, "manage_rooms", organisation)
    today = today or timezone.localdate()
    if order_key:
        # Only one of two equal orders gets past this line at a time.
        Organisation.objects.in_organisation(organisation).select_for_update(no_key=True).get()
        earlier = Room.objects.in_organisation(organisation).filter(order_key=order_key).first()
        if earlier is not None:
            return earlier
    require_orderable(product, today=today)
    number = numbers.draw_number()
    values = {**default_settings(product, number=number), **values}
    if with_guest_pin:
        values["guest_pin"] = pins.generate(room_number=number, unlike=values["host_pin"])
    room = new_room(organisation, product, number, today, values)
    room.order_key = order_key
    check_settings(room)
    create_rooms([room], by=by, action="rooms.room.ordered")
    return room


def require_orderable(product: RoomProduct, *, today: date) -> None:
    """Raise :class:`NotPossible` for a product that is closed for order or has no price."""
    offered = RoomProduct.objects.priced_on(today).open_on(today).filter(pk=product.pk).first()
    if offered is None:
        raise NotPossible(_("This room type can no longer be ordered. Choose another one."))
    if offered.price is None:
        raise NotPossible(
            _("This room type has no price yet, so it cannot be ordered. Choose another one.")
        )


def new_room(
    organisation: Organisation,
    product: RoomProduct,
    number: str,
    today: date,
    values: dict[str, Any],
    *,
    platform: VideoPlatform | None = None,
) -> Room:
    """Return an unsaved room of the product, its fields checked one by one.

    It is made on ``platform``, else on the usual one.
    """
    room = Room(
        organisation=organisation,
        product=product,
        platform=platform or VideoPlatform.objects.usual(),
        number=number,
        ordered_on=today,
        bound_until=terms.bound_until(today),
        **values,
    )
    room.full_clean(exclude=["number", "product", "organisation", "platform", "next_product"])
    return room


ORDERED_FIELDS = ("name", "number", "owner_email", "cost_centre")


def create_rooms(
    rooms: list[Room], *, by: User | None, action: str, charged_from: date | None = None
) -> None:
    """Store new rooms with subscriptions, audit entries and their holders, and push them.

    Charging starts on the day of the order, or on ``charged_from`` for rooms that were
    ordered elsewhere before.
    """
    Room.objects.bulk_create(rooms, batch_size=500)
    RoomSubscription.objects.bulk_create(
        [
            RoomSubscription(
                organisation_id=room.organisation_id,
                room=room,
                product=room.product,
                starts_on=charged_from or room.ordered_on,
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
    give_new_rooms(rooms)
    tell_platforms(rooms)
