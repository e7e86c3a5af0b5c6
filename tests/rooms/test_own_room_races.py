"""An owner change and a change of somebody's addresses at the same moment.

The one in the first transaction holds its locks until the other is seen waiting for them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, email_removed
from django.db import connection, transaction
from django.db.models.functions import Lower

from rooms.actions import change_room, sync_own_rooms
from rooms.models import Room, RoomUserGrant
from tenants.models import User
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 10  # seconds


def on_own_connection(work: Callable[[], object]) -> Callable[[], object]:
    def run() -> object:
        try:
            return work()
        finally:
            connection.close()

    return run


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        # Within a transaction the view would stay as it was at the first look.
        cursor.execute("select pg_stat_clear_snapshot()")
        cursor.execute(
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def beside(
    first: Callable[[], object],
    second: Callable[[], object],
    then: Callable[[], object] = lambda: None,
) -> None:
    """Run ``second`` while the transaction of ``first`` is done but not committed.

    ``then`` is what the first one does once the second waits for it.
    """
    done = Event()

    def held_open(other: Callable[[], Future[object]]) -> None:
        with transaction.atomic():
            first()
            running = other()
            until = time.monotonic() + PATIENCE
            while not running.done() and not somebody_waits():
                assert time.monotonic() < until
                done.wait(0.02)
            then()
        running.result(timeout=PATIENCE)

    with ThreadPoolExecutor(max_workers=1) as pool:
        held_open(lambda: pool.submit(on_own_connection(second)))


def remove(address: EmailAddress) -> None:
    """Do what the address page does."""
    user = address.user
    address.delete()
    email_removed.send(sender=User, request=None, user=user, email_address=address)


def verify(address: EmailAddress) -> None:
    address.verified = True
    address.save(update_fields=["verified"])
    email_confirmed.send(sender=EmailAddress, request=None, email_address=address)


def second_address(user: User, *, verified: bool = True) -> EmailAddress:
    return EmailAddress.objects.create(user=user, email="Andre@Example.no", verified=verified)


def holders(room: Room) -> set[int]:
    return set(RoomUserGrant.objects.filter(content_object=room).values_list("user_id", flat=True))


def rightful(room: Room) -> set[int]:
    owner = Room.objects.in_organisation(room.organisation_id).get(pk=room.pk).owner_email
    return set(
        EmailAddress.objects.filter(verified=True)
        .annotate(key=Lower("email"))
        .filter(key=owner.lower())
        .values_list("user_id", flat=True)
    )


def test_address_removed_while_a_room_is_given_to_it(cast: Cast) -> None:
    address = second_address(cast.user)
    beside(
        lambda: change_room(cast.room, by=cast.admin, owner_email="andre@example.no"),
        lambda: remove(address),
    )
    assert not EmailAddress.objects.filter(pk=address.pk).exists()
    assert holders(cast.room) == set()


def test_address_verified_while_a_room_is_given_to_it(cast: Cast) -> None:
    address = second_address(cast.user, verified=False)
    beside(
        lambda: change_room(cast.room, by=cast.admin, owner_email="andre@example.no"),
        lambda: verify(address),
    )
    assert holders(cast.room) == {cast.user.pk}


def test_room_moved_on_while_its_owner_is_looked_at(cast: Cast) -> None:
    second_address(cast.user)
    change_room(cast.room, by=cast.admin, owner_email="andre@example.no")
    RoomUserGrant.objects.filter(content_object=cast.room).delete()
    beside(
        lambda: change_room(cast.room, by=cast.admin, owner_email=cast.owner.email),
        lambda: sync_own_rooms(cast.user),
    )
    assert holders(cast.room) == {cast.owner.pk}


def test_no_order_of_events_leaves_a_grant_behind(cast: Cast) -> None:
    for _attempt in range(15):
        address = second_address(cast.user)
        start = Barrier(3)

        def give(email: str, start: Barrier = start) -> None:
            start.wait(PATIENCE)
            change_room(cast.room, by=cast.admin, owner_email=email)

        def take(address: EmailAddress = address, start: Barrier = start) -> None:
            start.wait(PATIENCE)
            remove(address)

        with ThreadPoolExecutor(max_workers=3) as pool:
            work = [lambda: give("andre@example.no"), lambda: give(cast.owner.email), take]
            for running in [pool.submit(on_own_connection(each)) for each in work]:
                running.result(timeout=PATIENCE)
        assert holders(cast.room) == rightful(cast.room) <= {cast.owner.pk}
