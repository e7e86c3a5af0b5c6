"""Own rooms follow verified addresses: the owner's address decides who holds a room."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from rooms.actions.editing import OWN_ROOM_PERMISSION, NotPossible
from rooms.models import Room
from tenants.actions import add_object_holders, set_holders_of_many
from tenants.addresses import verified_addresses
from tenants.models import User
from videoportal.kit.scope import everywhere


def require_owner_address(address: str) -> None:
    """Raise :class:`NotPossible` for an address that is longer than a room's owner may have.

    A person's own address may be longer than what the platform takes (docs/pexip.md).
    """
    longest = Room._meta.get_field("owner_email").max_length or 0
    if len(address) > longest:
        raise NotPossible(
            _("A room can be registered only on an address of at most %(count)s characters.")
            % {"count": longest}
        )


def holders_of(rooms: Iterable[Room]) -> dict[str, list[User]]:
    """Return the people by verified address, in lower case, for these rooms' owners.

    Also those whose unused account is closed: Access gives them nothing until it is reopened,
    and then the rooms are theirs as before.

    The addresses stay locked until the transaction ends: whoever removes one at this moment
    waits, and then finds the grant to take back.
    """
    addresses = {room.owner_email.lower() for room in rooms if room.owner_email}
    holders: dict[str, list[User]] = {}
    if addresses:
        # Unverified ones too: one that is verified meanwhile must wait as well.
        for address in (
            EmailAddress.objects.annotate(key=Lower("email"))
            .filter(key__in=addresses)
            .select_related("user")
            .order_by("pk")
            .select_for_update(of=("self",), no_key=True)
        ):
            if address.verified:
                holders.setdefault(address.email.lower(), []).append(address.user)
    return holders


def give_to_owners(rooms: Iterable[Room], holders: dict[str, list[User]]) -> None:
    """Let exactly the holders of each room's owner address edit it."""
    set_holders_of_many(
        OWN_ROOM_PERMISSION,
        [(room, holders.get(room.owner_email.lower(), [])) for room in rooms],
    )


def give_new_rooms(rooms: Iterable[Room]) -> None:
    """Let the holders of their owner addresses edit rooms that nobody holds yet."""
    holders = holders_of(rooms)
    # Most owners of an imported list have no account yet.
    add_object_holders(
        OWN_ROOM_PERMISSION,
        [
            (room, user)
            for room in rooms
            if room.owner_email
            for user in holders.get(room.owner_email.lower(), [])
        ],
    )


@transaction.atomic
@everywhere(reason="own rooms follow the address, whatever the tenant")
def sync_own_rooms(user: User) -> int:
    """Let the person hold exactly the open rooms on their verified addresses; return how many."""
    addresses = [address.lower() for address in verified_addresses(user)]
    rooms = Room.objects.unscoped(reason="own rooms follow the address, whatever the tenant")
    # Not by Access, which leaves out organisations that are closed: they may open again.
    held = set(rooms.filter(user_grants__user=user).values_list("pk", flat=True))
    found = set(rooms.with_owner_address(addresses).values_list("pk", flat=True))
    # Locked before they are judged: an owner change under way decides, not what was here before.
    mine = rooms.filter(pk__in=held | found)
    list(mine.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    wanted = {room.pk: room for room in mine.with_owner_address(addresses)}
    held = set(mine.filter(user_grants__user=user).values_list("pk", flat=True))
    lost = mine.filter(pk__in=held - wanted.keys())
    moved = [*lost, *(room for pk, room in wanted.items() if pk not in held)]
    give_to_owners(moved, holders_of(moved))
    user.forget_access()
    return len(wanted)
