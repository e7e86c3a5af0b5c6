"""Room numbers: drawn, claimed, rested and drawn again."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.db import transaction

from rooms import actions, numbers, tasks
from rooms.models import NumberAllocation, NumberRange, Room
from tests import factories
from tests.cast import Cast

NOON = "2026-11-23T11:00:00Z"


def test_draw_outside_a_transaction_is_refused(transactional_db: None) -> None:
    factories.make_catalogue()
    with pytest.raises(transaction.TransactionManagementError):
        numbers.draw_number()
    assert not NumberAllocation.objects.exists()


def test_every_number_of_a_small_range_is_drawn_once(catalogue: None) -> None:
    NumberRange.objects.update(first=7, last=26, digits=4)
    drawn = {numbers.draw_number() for _turn in range(20)}
    assert drawn == {f"{number:04}" for number in range(7, 27)}
    with pytest.raises(numbers.NumbersExhausted):
        numbers.draw_number()


def test_closed_ranges_are_left_alone(catalogue: None) -> None:
    NumberRange.objects.update(first=1000, last=1001, digits=4)
    NumberRange.objects.create(name="Old", first=5000, last=5999, digits=4, is_active=False)
    assert {numbers.draw_number(), numbers.draw_number()} == {"1000", "1001"}
    with pytest.raises(numbers.NumbersExhausted):
        numbers.draw_number()


def test_number_rests_twelve_months_and_is_then_drawn_again(cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False):
        room = factories.make_room(cast.organisation, by=cast.admin)
        number = room.number
        NumberRange.objects.update(first=int(number), last=int(number))
        actions.terminate_room(room, by=cast.admin, closes_on=date(2026, 11, 23))
        Room.objects.in_organisation(cast.organisation).filter(pk=room.pk).update(
            provisioning="ready"
        )
    # The last minute of the last day of rest, in Oslo.
    with time_machine.travel("2027-11-23T22:59:00Z", tick=False):
        assert tasks.release_quarantined_numbers() == 0
        with pytest.raises(numbers.NumbersExhausted):
            numbers.draw_number()
    with time_machine.travel("2027-11-23T23:01:00Z", tick=False):
        assert tasks.release_quarantined_numbers() == 1
        assert tasks.release_quarantined_numbers() == 0
        assert numbers.draw_number() == number


def test_number_that_the_platform_still_answers_on_stays_out_of_use(cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False):
        room = factories.make_room(cast.organisation, by=cast.admin)
        actions.terminate_room(room, by=cast.admin, closes_on=date(2026, 11, 23))
        Room.objects.in_organisation(cast.organisation).filter(pk=room.pk).update(
            provisioning="failed"
        )
    with time_machine.travel("2028-01-01T11:00:00Z", tick=False):
        assert tasks.release_quarantined_numbers() == 0
        assert NumberAllocation.objects.filter(number=room.number).exists()
