"""The platform's part: what it must have, its answers, and another try."""

from __future__ import annotations

import re
from typing import Any

import structlog
from django.db import transaction
from django.db.models import BigIntegerField, BooleanField, Func, Value
from django.utils import timezone

from rooms.actions.editing import lock, store
from rooms.choices import Provisioning, Quality
from rooms.models import Room
from rooms.platforms.adapters import adapter_of
from rooms.platforms.policy.answers import room_name, room_tag
from rooms.platforms.port import PlatformRefused, PlatformUnavailable, RoomSpec
from tenants import audit
from tenants.access import require
from tenants.models import User

log = structlog.get_logger(__name__)

# With the pauses of rooms.tasks.push_room, silence is told as a failure after some 40 minutes.
MAX_ATTEMPTS = 12
# Changes made while a push runs are pushed by the same run, up to this many times.
MAX_ROUNDS = 5


class PushRunning(Exception):
    """Another push of the same room is under way; this one must wait for it."""


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


def provision_room(room_id: int) -> str:
    """Bring the platform in line with the room and return the provisioning state.

    A refusal is stored with the platform's own words; silence is stored as an attempt and
    raises :class:`PlatformUnavailable`, so that the caller may try again, until the last
    attempt makes it a failure. Raises :class:`PushRunning` when another push of the room
    is under way: two at once could leave the older settings on the platform.
    """
    for _round in range(MAX_ROUNDS):
        with transaction.atomic():
            room = _reserve_push(room_id)
            if room is None or room.provisioning != Provisioning.PENDING:
                return room.provisioning if room is not None else ""
            answer, silence = _ask_platform(room)
            # Counts only for the room as it was sent; a change made meanwhile goes next.
            stored = (
                Room.objects.unscoped(reason="the platform serves every tenant")
                .filter(pk=room_id, version=room.version)
                .update(**answer)
            )
        if silence is not None and answer["provisioning"] == Provisioning.PENDING:
            raise silence
        if stored:
            return str(answer["provisioning"])
    return Provisioning.PENDING


def _reserve_push(room_id: int) -> Room | None:
    """Return the room with its push taken until the transaction ends; None for no such room.

    An advisory lock, so that people can change the room while the platform is asked; the
    room is read after it is taken. Raises :class:`PushRunning`.
    """
    rooms = Room.objects.unscoped(reason="the platform serves every tenant").filter(pk=room_id)
    name = Value(f"push room {room_id}")
    key = Func(name, Value(0), function="hashtextextended", output_field=BigIntegerField())
    taken = Func(key, function="pg_try_advisory_xact_lock", output_field=BooleanField())
    if rooms.values_list(taken, flat=True).first() is False:
        raise PushRunning
    return rooms.select_related("product__room_type", "platform").first()


def _ask_platform(room: Room) -> tuple[dict[str, Any], PlatformUnavailable | None]:
    """Send the room and return the columns that tell the answer, and the silence if any."""
    try:
        if room.is_closed:
            adapter_of(room.platform).remove_room(room.number)
        else:
            adapter_of(room.platform).put_room(spec_of(room))
    except PlatformRefused as error:
        reason = _without_pins(str(error), room)
        log.warning("room_refused", room_id=room.pk, reason=reason)
        return {"provisioning": Provisioning.FAILED, "provisioning_error": reason}, None
    except PlatformUnavailable as error:
        reason = _without_pins(str(error), room)
        attempts = room.provisioning_attempts + 1
        given_up = attempts >= MAX_ATTEMPTS
        if given_up:
            log.error("room_push_given_up", room_id=room.pk, attempts=attempts, reason=reason)
        return {
            "provisioning": Provisioning.FAILED if given_up else Provisioning.PENDING,
            "provisioning_attempts": attempts,
            "provisioning_error": reason,
        }, PlatformUnavailable(reason)
    return {
        "provisioning": Provisioning.READY,
        "provisioning_error": "",
        "provisioning_attempts": 0,
        "provisioned_at": timezone.now(),
    }, None


def _without_pins(reason: str, room: Room) -> str:
    """Return the platform's words with the room's PINs masked: a refusal may quote them."""
    for pin in (str(room.host_pin), str(room.guest_pin)):
        digits = pin.removesuffix("#")
        if digits:
            reason = re.sub(rf"(?<!\d){re.escape(digits)}(?!\d)", audit.MASK, reason)
    return reason


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
    """Return ids of rooms that wait for the platform and that nobody is about to push."""
    return list(
        Room.objects.unscoped(reason="the platform serves every tenant")
        .forgotten_by_pushes(timezone.now())
        .values_list("pk", flat=True)[:limit]
    )
