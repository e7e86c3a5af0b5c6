"""Which entries of the log a holder of own rooms may read, for ``tenants.log``."""

from __future__ import annotations

from django.db.models import Q

from rooms.history import OWNER_FIELDS, entries_of
from rooms.models import Room, RoomUserGrant
from tenants.models import User

HIDDEN_BEFORE = frozenset(OWNER_FIELDS)
# Somebody with more own rooms reads the rest on each room's page.
MOST_ROOMS = 20


def own_trail(user: User) -> Q:
    """Return the condition for entries about the person's own rooms, since they became theirs."""
    ids = sorted(user.access.object_ids(RoomUserGrant))[:MOST_ROOMS]
    about = Q(pk__in=[])
    for room in Room.objects.unscoped(reason="the grant on each room is the scope").filter(
        pk__in=ids
    ):
        about |= Q(pk__in=entries_of(room, holder=user).order_by().values("pk"))
    return about
