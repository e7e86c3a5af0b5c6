"""Moving one's own rooms to another address of one's own."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from rooms.actions.editing import NotPossible, store_many
from rooms.actions.own import give_to_owners, holders_of, require_owner_address
from rooms.models import Room
from tenants import audit
from tenants.addresses import verified_addresses
from tenants.models import User


@transaction.atomic
def move_own_rooms(address: str, *, by: User) -> int:
    """Register the person's own rooms on another address that they have confirmed.

    Returns how many moved. Raises :class:`NotPossible` for an address that is not theirs or
    too long for a room. The holder may do this for themselves: the rooms stay with the same
    person.
    """
    confirmed = {email.lower() for email in verified_addresses(by)}
    wanted = address.lower()
    if wanted not in confirmed:
        raise NotPossible(_("You have not confirmed that address."))
    require_owner_address(wanted)
    rows = Room.objects.own_of(by).with_owner_address(sorted(confirmed - {wanted})).order_by("pk")
    # Locked alone and read after, for the reason given in actions.editing.lock().
    list(rows.select_for_update(no_key=True, of=("self",)).values_list("pk"))
    rooms = list(rows.select_related("organisation"))
    before = {room.pk: audit.snapshot(room, ("owner_email",)) for room in rooms}
    for room in rooms:
        room.owner_email = wanted
    store_many(rooms, ("owner_email",), told=rooms)
    audit.record_many(
        {
            "action": "rooms.room.changed",
            "by": by,
            "organisation": room.organisation_id,
            "target": room,
            "before": before[room.pk],
            "after": {"owner_email": wanted},
        }
        for room in rooms
    )
    give_to_owners(rooms, holders_of(rooms))
    return len(rooms)
