"""The platform's part: what it must have, its answers, and another try."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from rooms.actions.editing import lock, store
from rooms.choices import Provisioning
from rooms.models import Room
from rooms.platforms.port import (
    PlatformRefused,
    PlatformUnavailable,
    RoomSpec,
    current_platform,
)
from tenants import audit
from tenants.access import require
from tenants.models import User

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 12


def spec_of(room: Room) -> RoomSpec:
    """Return the room as the platform must have it."""
    return RoomSpec(
        number=room.number,
        # The platform wants every name to be its own; numbers are.
        name=f"{room.name} ({room.number})",
        aliases=(room.number, room.sip_address),
        tag=f"{room.organisation_id}:{room.public_id}",
        guests_allowed=room.guests_allowed,
        host_pin=str(room.host_pin),
        guest_pin=str(room.guest_pin),
        participant_limit=room.participant_limit,
        full_hd=room.product.quality == "fullhd",
        layout=room.layout,
        theme=room.theme,
        chat=room.chat,
        guests_may_present=room.guests_may_present,
        show_names=room.show_names,
        autolock=room.autolock,
        owner_email=room.owner_email,
    )


def provision_room(room_id: int) -> str:
    """Bring the platform in line with the room and return the provisioning state.

    A refusal is stored with the platform's own words; silence is stored as an attempt and
    raises :class:`PlatformUnavailable` again, so that the caller may retry. The answer is
    stored only if the room was not changed meanwhile: a later change has its own push.
    """
    rooms = Room.objects.unscoped(reason="the platform serves every tenant")
    room = rooms.select_related("product__room_type").filter(pk=room_id).first()
    if room is None or room.provisioning != Provisioning.PENDING:
        return room.provisioning if room is not None else ""
    mine = rooms.filter(pk=room_id, version=room.version)
    try:
        if room.is_closed:
            current_platform().remove_room(room.number)
        else:
            current_platform().put_room(spec_of(room))
    except PlatformRefused as error:
        mine.update(provisioning=Provisioning.FAILED, provisioning_error=str(error))
        log.warning("room_refused", room_id=room_id, reason=str(error))
        return Provisioning.FAILED
    except PlatformUnavailable as error:
        mine.update(
            provisioning_attempts=F("provisioning_attempts") + 1,
            provisioning_error=str(error),
            # Silence for an hour is told as a failure; the button and the next change retry.
            provisioning=(
                Provisioning.FAILED
                if room.provisioning_attempts + 1 >= MAX_ATTEMPTS
                else Provisioning.PENDING
            ),
        )
        raise
    mine.update(
        provisioning=Provisioning.READY,
        provisioning_error="",
        provisioning_attempts=0,
        provisioned_at=timezone.now(),
    )
    return Provisioning.READY


@transaction.atomic
def retry_provisioning(room: Room, *, by: User) -> Room:
    """Send the room to the platform once more."""
    require(by, "manage_rooms", room.organisation_id)
    room = lock(room)
    if room.provisioning == Provisioning.READY:
        return room
    store(room, [], tell_platform=True)
    audit.record("rooms.provisioning.retried", by=by, organisation=room.organisation, target=room)
    return room


def waiting_room_ids(limit: int = 500) -> list[int]:
    """Return ids of rooms that have waited a while for the platform, oldest first."""
    since = timezone.now() - timedelta(seconds=30)
    return list(
        Room.objects.unscoped(reason="the platform serves every tenant")
        .waiting_for_platform()
        .filter(changed_at__lt=since)
        .values_list("pk", flat=True)[:limit]
    )
