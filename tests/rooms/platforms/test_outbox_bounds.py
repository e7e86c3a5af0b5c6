"""What keeps one delivery out of the way of others: its tenant's scope, its platform, its lock."""

from __future__ import annotations

from typing import Any

import pytest

from rooms import actions
from rooms.actions import editing
from rooms.models import OutboxEntry
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import sending
from rooms.platforms.outbox.queueing import Thing, queue
from rooms.platforms.port import RoomSpec
from rooms.platforms.simulator import SimulatedPlatform
from tests import factories
from tests.cast import Cast
from tests.rooms.test_own_room_races import beside
from tests.rooms.test_provisioning import drain, platform, set_columns, state, waiting
from videoportal.kit import scope

__all__ = ["platform"]  # the fixture


def test_each_thing_is_sent_in_the_scope_of_its_own_organisation(
    cast: Cast, platform: SimulatedPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = waiting(cast)
    theirs = actions.order_room(
        cast.foreign, factories.product(), by=cast.other_admin, name="Ventende rom"
    )
    seen: dict[str, Any] = {}

    class Noting(SimulatedPlatform):
        def put_room(self, spec: RoomSpec, *, adopts: str = "") -> None:
            seen[spec.number] = scope.current()

    monkeypatch.setattr(sending, "adapter_of", lambda _platform: Noting())
    assert drain(mine).sent == 2
    assert seen == {
        room.number: scope.Scope(f"{{{room.organisation_id}}}") for room in (mine, theirs)
    }


def test_platform_that_a_room_has_left_is_told_to_take_it_away(
    cast: Cast, platform: SimulatedPlatform
) -> None:
    room = waiting(cast)
    drain(room)
    assert platform.room(room.number) is not None
    before = room.platform
    after = VideoPlatform.objects.get(pk=before.pk)
    after.pk, after.slug, after.is_default = None, "annen", False
    after.save()
    set_columns(room, platform=after)
    kind = OutboxEntry.Kind.ROOM
    queue([Thing(kind, room.public_id, before.pk, room.organisation_id)])
    assert sending.drain(before).sent == 1
    assert platform.room(room.number) is None


@pytest.mark.django_db(transaction=True)
def test_answer_and_change_of_one_room_do_not_wait_for_each_other_in_a_ring(
    cast: Cast, platform: SimulatedPlatform
) -> None:
    """A change locks the room and then its place in the outbox; an answer must as well."""
    room = waiting(cast)

    def change() -> None:
        locked = editing.lock(room)
        locked.name = "Nytt"
        locked.save(update_fields=["name"])

    beside(change, lambda: drain(room), then=lambda: editing.tell_platforms([room]))
    assert state(room)[0] == "ready"
    known = platform.room(room.number)
    assert known is not None
    assert known["name"] == f"Nytt ({room.number})"
