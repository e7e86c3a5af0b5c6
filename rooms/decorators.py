"""Page rules for rooms, built on tenants' decorators."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from rooms.models import Room
from tenants.decorators import View, object_in_organisation, object_rule


def room_in_organisation(capability: str) -> Callable[[View], View]:
    """Open the page to holders of ``capability``; the view gets the room of the address.

    The address carries ``org`` and ``room_id``. A room of another organisation is 404.
    """
    return object_in_organisation(Room, "room_id", capability)


def own_room(view: View) -> View:
    """Open the page to the holder of the room's own address; to others it does not exist."""

    @wraps(view)
    def wrapper(request: HttpRequest, room_id: UUID, **kwargs: Any) -> HttpResponseBase:
        room = get_object_or_404(
            Room.objects.own_of(request.user).for_detail(),  # type: ignore[arg-type]  # LoginRequiredMiddleware
            public_id=room_id,
        )
        return view(request, room, **kwargs)

    return object_rule("edit_own_room")(wrapper)
