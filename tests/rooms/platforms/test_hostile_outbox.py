"""Rooms that end while they are being made, and answers that would lead a DELETE astray."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from rooms import actions
from rooms.models import OutboxEntry, Room
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import sending
from rooms.platforms.outbox.sending import Drained
from tests import factories
from tests.cast import Cast
from tests.pexip import CONFIGURATION, Pexip
from tests.rooms.platforms.test_outbox_to_pexip import (
    REASON,
    _short_waits,
    conference,
    connect,
    later,
    order,
    tag_of,
)

__all__ = ["_short_waits"]


@pytest.fixture
def platform(cast: Cast, pexip: Pexip) -> VideoPlatform:
    return connect(pexip)


def end(cast: Cast, room: Room) -> None:
    actions.terminate_room(room, by=cast.admin, closes_on=timezone.localdate())


def test_room_closed_while_its_making_was_not_answered_does_not_stay(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    room = order(cast)
    pexip.fault("lose", method="POST", times=1)
    assert sending.drain(platform) == Drained(silent=1)
    assert len(pexip.objects("conference")) == 1
    end(cast, room)
    assert sending.drain(platform) == Drained(sent=1)
    assert pexip.objects("conference") == []
    room.refresh_from_db()
    assert (room.provisioning, room.is_closed) == ("ready", True)
    assert not OutboxEntry.objects.unscoped(reason=REASON).exists()


def test_late_removal_leaves_the_room_that_has_number_and_name_now(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    """The DELETE of the old room is answered late; its number is another customer's meanwhile."""
    old = order(cast, name="Likt navn")
    sending.drain(platform)
    number = old.number
    actions.change_room(old, by=cast.admin, name="Nytt navn")
    end(cast, old)
    pexip.fault("lose", method="DELETE", times=1)
    assert sending.drain(platform) == Drained(silent=1)
    rooms = Room.objects.unscoped(reason=REASON)
    rooms.filter(pk=old.pk).update(number=f"{number}9"[:20])
    new = actions.order_room(
        cast.foreign, factories.product(), by=cast.other_admin, name="Likt navn"
    )
    rooms.filter(pk=new.pk).update(number=number)
    for pause in (0, 60, 120):
        with later(pause):
            sending.drain(platform)
    new.refresh_from_db()
    assert [one["tag"] for one in pexip.objects("conference")] == [tag_of(new)]
    assert {alias["alias"] for alias in conference(pexip, new)["aliases"]} >= {number}
    assert pexip.list_deletes() == []


@pytest.mark.parametrize(
    "uri",
    [
        f"{CONFIGURATION}/conference/", f"{CONFIGURATION}/conference", f"{CONFIGURATION}/", "",
        None, f"{CONFIGURATION}/conference/?tag=x", "https://elsewhere.example.no/", ["a"], 7,
        f"{CONFIGURATION}/conference/../conference/", "/simulator/reset/",
    ],
    ids=range(11),
)  # fmt: skip
def test_answer_with_an_address_that_is_no_rooms_empties_no_list(
    cast: Cast, platform: VideoPlatform, pexip: Pexip, uri: Any
) -> None:
    doomed, other = order(cast, name="Ute"), order(cast, name="Inne")
    sending.drain(platform)
    end(cast, doomed)
    false = {"objects": [{"tag": tag_of(doomed), "resource_uri": uri, "aliases": []}]}
    pexip.fault("answer", status=200, body=false, method="GET", path="/conference/", times=1)
    assert sending.drain(platform) == Drained(silent=1)
    assert pexip.list_deletes() == []
    assert len(pexip.objects("conference")) == 2
    with later(60):
        assert sending.drain(platform) == Drained(sent=1)
    assert [one["tag"] for one in pexip.objects("conference")] == [tag_of(other)]
