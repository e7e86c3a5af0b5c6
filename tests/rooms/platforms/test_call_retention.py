"""Calls are kept one by one for a time, and then deleted whatever the organisation."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from rooms import tasks
from rooms.models import Room
from rooms.platforms.events import retention
from rooms.platforms.models import CallLeg, OddEvent, SinkDelivery
from tests.cast import Cast
from tests.pages import text_of


def leg(room: Room, name: str, heard: datetime, *, ended: bool = True) -> None:
    CallLeg.objects.create(
        platform=room.platform,
        organisation_id=room.organisation_id,
        room=room,
        uuid=name,
        connected_at=heard - timedelta(minutes=5),
        ended_at=heard if ended else None,
        changed_at=heard,
    )


def test_old_calls_go_in_steps_and_the_rest_stays(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_A_TIME", 2)
    settings.CALL_LEG_DAYS = 10
    now = timezone.now()
    for number in range(5):
        leg(cast.room, f"old {number}", now - timedelta(days=10, minutes=number + 1))
    leg(cast.foreign_room, "old elsewhere", now - timedelta(days=11))
    leg(cast.room, "went silent", now - timedelta(days=11), ended=False)
    leg(cast.room, "not quite", now - timedelta(days=9, hours=23))
    leg(cast.room, "goes on", now, ended=False)
    for age, name in ((11, "old.kind"), (9, "new.kind")):
        OddEvent.objects.create(
            platform=cast.room.platform,
            event=name,
            reason="unknown",
            last_at=now - timedelta(days=age),
        )
        # Parked ones hold names too; what waits to be read does not grow old.
        for parked_at in (now - timedelta(days=age), None):
            SinkDelivery.objects.create(
                platform=cast.room.platform, body=name.encode(), parked_at=parked_at
            )
    assert tasks.delete_old_calls() == 7
    assert tasks.delete_old_calls() == 0
    left = CallLeg.objects.unscoped(reason="the test looks at every tenant's legs")
    assert set(left.values_list("uuid", flat=True)) == {"not quite", "goes on"}
    assert [odd.event for odd in OddEvent.objects.all()] == ["new.kind"]
    kept = SinkDelivery.objects.order_by("pk")
    assert [(bytes(one.body), one.parked_at is None) for one in kept] == [
        (b"old.kind", True), (b"new.kind", False), (b"new.kind", True),
    ]  # fmt: skip


def test_privacy_page_says_how_long(db: None, settings: Settings) -> None:
    settings.CALL_LEG_DAYS = 77
    assert "77 dager" in text_of(Client().get(reverse("tenants:privacy")))
