"""Ordering: numbers, binding, defaults, repeats."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from rooms import actions, numbers
from rooms.models import NumberAllocation, NumberRange, Room
from tenants.access import Forbidden
from tenants.models import Organisation, User
from tests import factories
from tests.cast import Cast


def test_order_binds_twelve_months_and_starts_a_subscription(cast: Cast) -> None:
    room = actions.order_room(
        cast.organisation,
        factories.product("sensitive", "fullhd"),
        by=cast.admin,
        name="Ørenese",
        today=date(2026, 11, 23),
    )

    subscription = room.subscriptions.get()
    assert (room.bound_until, room.autolock, room.theme) == (
        date(2027, 11, 22),
        True,
        "Pasient og behandler",
    )
    assert (subscription.product, subscription.starts_on, subscription.ends_on) == (
        room.product,
        date(2026, 11, 23),
        None,
    )
    assert len(room.number) == 6
    assert NumberAllocation.objects.filter(number=room.number).exists()


def test_order_twice_with_one_key_makes_one_room(cast: Cast) -> None:
    def order() -> Room:
        return actions.order_room(
            cast.organisation, factories.product(), by=cast.admin, name="Rom", order_key="k1"
        )

    before = cast.organisation.rooms.count()
    assert order() == order()
    assert cast.organisation.rooms.count() == before + 1


def test_order_needs_the_right_in_that_organisation(cast: Cast) -> None:
    for person in (cast.user, cast.owner, cast.other_admin, cast.other_reseller, cast.operator):
        with pytest.raises(Forbidden):
            actions.order_room(cast.organisation, factories.product(), by=person, name="Rom")
    assert not cast.organisation.rooms.filter(name="Rom").exists()


def test_sensitive_room_refuses_to_be_without_host_pin_or_autolock(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.change_room(cast.room, by=cast.admin, host_pin="", guests_allowed=False)
    assert set(refused.value.error_dict) == {"host_pin"}
    with pytest.raises(ValidationError) as refused:
        actions.change_room(cast.room, by=cast.admin, autolock=False)
    assert set(refused.value.error_dict) == {"autolock"}


def _in_threads(count: int, work: Callable[[int], object]) -> list[object]:
    def run(index: int) -> object:
        try:
            return work(index)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        return list(pool.map(run, range(count)))


@pytest.fixture
def shop(transactional_db: None) -> tuple[Organisation, User]:
    factories.make_catalogue()
    organisation = factories.make_organisation()
    return organisation, factories.make_administrator(organisation)


def test_two_hundred_orders_at_once_get_two_hundred_numbers(
    shop: tuple[Organisation, User],
) -> None:
    organisation, admin = shop
    product = factories.product()
    NumberRange.objects.update(first=100_000, last=100_249)

    rooms = _in_threads(
        200,
        lambda index: actions.order_room(organisation, product, by=admin, name=f"Rom {index}"),
    )

    assert len({room.number for room in rooms}) == 200  # type: ignore[attr-defined]  # rooms


def test_last_number_of_a_range_goes_to_one_of_two(shop: tuple[Organisation, User]) -> None:
    organisation, admin = shop
    product = factories.product()
    NumberRange.objects.update(first=123_456, last=123_456)

    def order(index: int) -> str:
        try:
            return actions.order_room(organisation, product, by=admin, name=f"Rom {index}").number
        except numbers.NumbersExhausted as error:
            return str(error)

    outcomes = _in_threads(2, order)

    assert "123456" in outcomes
    assert len(set(outcomes)) == 2
    assert organisation.rooms.count() == 1


def test_one_order_key_sent_by_many_at_once_makes_one_room(
    shop: tuple[Organisation, User],
) -> None:
    organisation, admin = shop
    product = factories.product()

    rooms = _in_threads(
        8,
        lambda index: actions.order_room(
            organisation, product, by=admin, name=f"Rom {index}", order_key="same-key"
        ),
    )

    assert len({room.number for room in rooms}) == 1  # type: ignore[attr-defined]  # rooms
    assert organisation.rooms.count() == 1


def test_same_order_key_in_two_organisations_makes_two_rooms(
    shop: tuple[Organisation, User],
) -> None:
    organisation, admin = shop
    other = factories.make_organisation("Lerkebø legesenter")
    other_admin = factories.make_administrator(other)
    for where, by in ((organisation, admin), (other, other_admin)):
        actions.order_room(where, factories.product(), by=by, name="Rom", order_key="same-key")
    assert (organisation.rooms.count(), other.rooms.count()) == (1, 1)


def _outcome(work: Callable[[], object]) -> str:
    try:
        work()
    except (actions.StaleEdit, actions.NotPossible) as refused:
        return type(refused).__name__
    return "done"


def test_two_who_terminate_and_upgrade_one_room_at_once_meet_one_refusal(
    shop: tuple[Organisation, User],
) -> None:
    organisation, admin = shop
    today = date(2026, 11, 23)
    room = factories.make_room(organisation, by=admin, today=today)
    room.refresh_from_db()
    dearer = factories.product("personal", "fullhd")

    def act(index: int) -> str:
        if index % 2:
            return _outcome(
                lambda: actions.terminate_room(
                    room, by=admin, closes_on=today, version=room.version, today=today
                )
            )
        return _outcome(
            lambda: actions.change_product(
                room, dearer, by=admin, version=room.version, today=today
            )
        )

    outcomes = _in_threads(2, act)

    assert sorted(map(str, outcomes)) in (["StaleEdit", "done"], ["NotPossible", "done"])
    room.refresh_from_db()
    assert room.is_closed != (room.product == dearer)


def test_two_who_terminate_one_room_at_once_do_it_once(shop: tuple[Organisation, User]) -> None:
    organisation, admin = shop
    today = date(2026, 11, 23)
    room = factories.make_room(organisation, by=admin, today=today)
    room.refresh_from_db()

    outcomes = _in_threads(
        2,
        lambda index: _outcome(
            lambda: actions.terminate_room(
                room,
                by=admin,
                closes_on=date(2027, 1, 1 + index),
                version=room.version,
                today=today,
            )
        ),
    )

    assert sorted(map(str, outcomes)) == ["StaleEdit", "done"]
