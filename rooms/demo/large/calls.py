"""A year of calls to the large set's rooms, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from rooms.choices import ServiceType
from rooms.demo.calls import CalledRoom, legs, meetings
from rooms.demo.large.ground import Ground, RoomFacts
from rooms.platforms.models import CallLeg

DAYS = 365
LEG_COUNT = 500_000
# On average, counted over those that fall away because the room was not open yet.
LEGS_A_MEETING = 2.26


class CallRows:
    """Rows of call legs, day by day, without the shadow legs of browsers: they count for nobody."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def leg_rows(self) -> Iterator[dict[str, Any]]:
        # A chance of its own: what the other tables hold does not depend on the calls.
        random, copier = Random("large calls"), self.ground.copiers[CallLeg]
        rooms = [_called(room) for room in self.ground.facts]
        count = round(self.ground.scaled(LEG_COUNT) / LEGS_A_MEETING)
        for room, at in meetings(random, rooms, today=self.ground.today, days=DAYS, count=count):
            for leg in legs(random, room, at, with_shadows=False):
                yield leg | {"id": copier.new_id(), "platform_id": self.ground.platform_id}


def _called(room: RoomFacts) -> CalledRoom:
    room_type = room.product.room_type
    return CalledRoom(
        pk=room.pk,
        organisation_pk=room.organisation_pk,
        public_id=room.public_id,
        number=room.number,
        name=room.name,
        capacity=room_type.max_participants,
        is_lecture=room_type.service_type == ServiceType.LECTURE,
        since=room.ordered_on,
        until=room.closed_on,
    )
