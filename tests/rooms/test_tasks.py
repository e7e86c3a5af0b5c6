"""The schedule: what comes due on its day in Oslo, once, whatever else fails."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine

from rooms import actions, tasks
from rooms.models import Room
from tenants.models import AuditEntry
from tests import factories
from tests.cast import Cast

TODAY = date(2026, 11, 23)


@pytest.fixture
def closing(cast: Cast) -> Room:
    """A room that closes on 24 December 2026."""
    room = factories.make_room(cast.organisation, by=cast.admin, name="Stenger", today=TODAY)
    actions.terminate_room(room, by=cast.admin, closes_on=date(2026, 12, 24), today=TODAY)
    room.refresh_from_db()
    return room


@pytest.fixture
def shrinking(cast: Cast) -> Room:
    """A full HD room that becomes HD on 1 December 2026."""
    room = factories.make_room(
        cast.organisation,
        by=cast.admin,
        name="Krymper",
        product=factories.product("admin-large", "fullhd"),
        today=date(2025, 6, 1),
    )
    actions.change_product(room, factories.product("sensitive"), by=cast.admin, today=TODAY)
    room.refresh_from_db()
    return room


def tables(cast: Cast) -> dict[str, Any]:
    """Return everything that the schedule may touch."""
    return {
        "rooms": list(cast.organisation.rooms.order_by("pk").values()),
        "charges": [
            list(room.subscriptions.values()) for room in cast.organisation.rooms.order_by("pk")
        ],
        "log": AuditEntry.objects.in_organisation(cast.organisation).count(),
    }


def test_room_closes_when_its_day_begins_in_oslo(cast: Cast, closing: Room) -> None:
    with time_machine.travel("2026-12-23T22:59:59Z", tick=False):
        assert tasks.apply_due_changes() == 0
    closing.refresh_from_db()
    assert not closing.is_closed
    with time_machine.travel("2026-12-23T23:00:01Z", tick=False):
        assert tasks.apply_due_changes() == 1
        closing.refresh_from_db()
        assert (closing.is_closed, closing.provisioning) == (True, "pending")
        after = tables(cast)
        assert tasks.apply_due_changes() == 0
        assert tables(cast) == after


def test_summer_time_has_its_own_midnight(cast: Cast, closing: Room) -> None:
    actions.terminate_room(closing, by=cast.admin, closes_on=date(2027, 7, 1), today=TODAY)
    with time_machine.travel("2027-06-30T21:59:59Z", tick=False):
        assert tasks.apply_due_changes() == 0
    with time_machine.travel("2027-06-30T22:00:01Z", tick=False):
        assert tasks.apply_due_changes() == 1


def test_downgrade_comes_on_its_day_with_its_price(cast: Cast, shrinking: Room) -> None:
    with time_machine.travel("2026-11-30T22:59:59Z", tick=False):
        assert tasks.apply_due_changes() == 0
    with time_machine.travel("2026-11-30T23:05:00Z", tick=False):
        assert tasks.apply_due_changes() == 1
        after = tables(cast)
        assert tasks.apply_due_changes() == 0
        assert tables(cast) == after
    shrinking.refresh_from_db()
    assert (str(shrinking.product), shrinking.next_product, shrinking.participant_limit) == (
        "Sensitivt rom",
        None,
        5,
    )
    assert shrinking.autolock
    assert [
        (str(row.product), row.starts_on, row.ends_on) for row in shrinking.subscriptions.all()
    ] == [
        ("Administrativt rom, stort, Full HD", date(2025, 6, 1), date(2026, 11, 30)),
        ("Sensitivt rom", date(2026, 12, 1), None),
    ]


def test_late_schedule_charges_from_the_day_agreed(cast: Cast, shrinking: Room) -> None:
    with time_machine.travel("2026-12-09T11:00:00Z", tick=False):
        assert tasks.apply_due_changes() == 1
    last = shrinking.subscriptions.order_by("starts_on").last()
    assert last is not None
    assert last.starts_on == date(2026, 12, 1)


def test_one_room_that_fails_does_not_stop_the_others(
    cast: Cast, closing: Room, shrinking: Room, caplog: pytest.LogCaptureFixture
) -> None:
    # A plan from another time: the charge of the new product is there already.
    shrinking.subscriptions.update(ends_on=date(2026, 12, 31))
    shrinking.subscriptions.create(
        organisation=cast.organisation, product=shrinking.product, starts_on=date(2027, 1, 1)
    )
    Room.objects.in_organisation(cast.organisation).filter(pk=shrinking.pk).update(
        product=factories.product("auditorium"), layout="broken", host_pin="x"
    )
    broken = Room.objects.in_organisation(cast.organisation).filter(pk=shrinking.pk)
    factories.product("sensitive").room_type.__class__.objects.filter(code="sensitive").update(
        layouts=[]
    )
    with time_machine.travel("2026-12-24T11:00:00Z", tick=False):
        assert tasks.apply_due_changes() == 1
    closing.refresh_from_db()
    assert closing.is_closed
    assert broken.get().next_product is not None
    assert any("due_room_change_failed" in record.getMessage() for record in caplog.records)
