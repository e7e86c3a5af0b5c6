"""The platform's part: what it must have of a room, its answer, and another try."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from rooms.actions.editing import lock, mark_untold, store
from rooms.choices import Provisioning
from rooms.models import Room
from rooms.platforms.outbox.models import OutboxEntry
from rooms.platforms.outbox.senders import Told
from rooms.platforms.policy.answers import room_tag
from rooms.platforms.port import Platform, PlatformRefused, PlatformUnavailable
from rooms.platforms.specs import spec_of
from tenants import audit
from tenants.access import require
from tenants.models import User


class RoomSender:
    """Sends rooms out of the outbox."""

    def send(self, adapter: Platform, entry: OutboxEntry) -> None:
        """Bring the platform in line with the room; one closed, gone or elsewhere goes."""
        room = (
            Room.objects.in_organisation(entry.organisation_id)
            .with_public_ids([entry.key])
            .select_related("product__room_type", "platform")
            .first()
        )
        if room is None or room.is_closed or room.platform_id != entry.platform_id:
            adapter.remove_room(room_tag(entry.organisation_id, entry.key))
            return
        try:
            adapter.put_room(spec_of(room), adopts=entry.adopts)
        except (PlatformRefused, PlatformUnavailable) as error:
            # In place, so that its kind stays; nobody sees it before.
            error.args = (_without_pins(str(error), room), *error.args[1:])
            raise

    def lock(self, key: UUID) -> None:
        rooms = Room.objects.unscoped(reason="narrowed by the scope that the outbox opened")
        list(rooms.with_public_ids([key]).select_for_update(no_key=True).values_list("pk"))

    def renew(self, keys: Collection[UUID]) -> None:
        rooms = Room.objects.unscoped(reason="whoever sends again has every tenant's rooms")
        named = rooms.with_public_ids(keys).order_by("pk")
        list(named.select_for_update(no_key=True).values_list("pk"))
        mark_untold(list(named))

    def note(self, key: UUID, told: Told) -> None:
        values: dict[str, Any] = {
            "provisioning": Provisioning.PENDING,
            "provisioning_error": told.reason,
            "provisioning_attempts": told.attempts,
        }
        if told.failed:
            values["provisioning"] = Provisioning.FAILED
        if told.ready:
            values |= {"provisioning": Provisioning.READY, "provisioned_at": timezone.now()}
        rooms = Room.objects.unscoped(reason="narrowed by the scope that the outbox opened")
        rooms.with_public_ids([key]).update(**values)


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
