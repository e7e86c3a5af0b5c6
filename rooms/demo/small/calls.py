"""Some weeks of calls to the small set's rooms."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from django.utils import timezone

from rooms.choices import Provisioning, ServiceType
from rooms.demo.calls import UUID_PREFIX, CalledRoom, legs, meetings
from rooms.models import Room
from rooms.platforms.models import CallLeg
from tenants.models import Organisation

DAYS = 56
MEETINGS = 1400


def load_calls(organisations: Iterable[Organisation]) -> int:
    """Load the calls of the last weeks and return how many legs were new; 0 where there are any."""
    pks = [organisation.pk for organisation in organisations]
    there = CallLeg.objects.in_organisations(pks).filter(uuid__startswith=UUID_PREFIX)
    if there.exists():
        return 0
    rooms = list(
        Room.objects.in_organisations(pks)
        .filter(order_key__startswith="demo-", provisioning=Provisioning.READY)
        .select_related("product__room_type")
        .order_by("order_key")
    )
    random, today = Random("calls"), timezone.localdate()
    platforms = {room.pk: room.platform_id for room in rooms}
    called = [_called(room) for room in rooms]
    return len(
        CallLeg.objects.bulk_create(
            CallLeg(platform_id=platforms[room.pk], **leg)
            for room, at in meetings(random, called, today=today, days=DAYS, count=MEETINGS)
            for leg in legs(random, room, at, with_shadows=True)
        )
    )


def _called(room: Room) -> CalledRoom:
    return CalledRoom(
        pk=room.pk,
        organisation_pk=room.organisation_id,
        public_id=room.public_id,
        number=room.number,
        name=room.name,
        capacity=room.participant_limit,
        is_lecture=room.product.room_type.service_type == ServiceType.LECTURE,
        since=room.ordered_on,
        until=timezone.localdate(room.closed_at) if room.closed_at else None,
    )
