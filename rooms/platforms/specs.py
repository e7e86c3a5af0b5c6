"""A room as its platform must have it."""

from __future__ import annotations

from rooms.choices import Quality
from rooms.models import Room
from rooms.platforms.policy.answers import room_name, room_tag
from rooms.platforms.port import RoomSpec


def spec_of(room: Room) -> RoomSpec:
    """Return the room as the platform must have it."""
    return RoomSpec(
        number=room.number,
        # The platform wants every name to be its own; numbers are.
        name=room_name(room.name, room.number),
        description=room.description,
        service_type=room.room_type.service_type,
        aliases=room.platform.addresses_of(room.number),
        tag=room_tag(room.organisation_id, room.public_id),
        guests_allowed=room.guests_allowed,
        host_pin=str(room.host_pin),
        guest_pin=str(room.guest_pin),
        participant_limit=room.participant_limit,
        full_hd=room.product.quality == Quality.FULL_HD,
        callrate=(
            room.platform.callrate_fullhd
            if room.product.quality == Quality.FULL_HD
            else room.platform.callrate_hd
        ),
        layout=room.layout,
        theme=room.platform.themes.get(room.theme, ""),
        chat=room.chat,
        guests_may_present=room.guests_may_present,
        show_names=room.show_names,
        autolock=room.autolock,
        owner_email=room.owner_email,
    )
