"""An import that waits in the queue while whoever started it loses the right to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from rooms import tasks
from rooms.models import Room
from tenants import actions
from tenants.models import Job, User
from tests import factories
from tests.cast import Cast
from tests.rooms.test_import import pexip, uploaded

type Loss = Callable[[Cast, User], None]


def end_reseller(cast: Cast, person: User) -> None:
    connection = cast.organisation.reseller_connections.get()
    actions.end_connection(connection, by=cast.operator, reason="Oppsagt")


def change_reseller(cast: Cast, person: User) -> None:
    end_reseller(cast, person)
    actions.connect_client(
        cast.organisation,
        cast.other_reseller_organisation,
        by=cast.operator,
        starts_on=timezone.localdate(),
    )


def leave_reseller(cast: Cast, person: User) -> None:
    actions.revoke_role(person, "reseller", cast.reseller_organisation, by=None)


def close_account(cast: Cast, person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


def delete_account(cast: Cast, person: User) -> None:
    actions.delete_own_account(person, by=person)


def demote(cast: Cast, person: User) -> None:
    actions.change_access_level(person, "user", cast.organisation, by=again(cast.reseller))


def leave(cast: Cast, person: User) -> None:
    actions.remove_member(person, cast.organisation, by=again(cast.reseller))


def close_organisation(cast: Cast, person: User) -> None:
    actions.deactivate_organisation(cast.organisation, by=cast.operator, reason="Oppsagt")


def end_stay(cast: Cast, person: User) -> None:
    actions.end_staff_session(by=again(cast.operator))


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize(
    ("who", "loses"),
    [
        ("reseller", end_reseller),
        ("reseller", change_reseller),
        ("reseller", leave_reseller),
        ("reseller", close_account),
        ("admin", close_account),
        ("admin", delete_account),
        ("admin", demote),
        ("admin", leave),
        ("admin", close_organisation),
        ("operator", end_stay),
    ],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_import_is_refused_and_stores_nothing(cast: Cast, who: str, loses: Loss) -> None:
    factories.make_administrator(cast.organisation)
    other = factories.make_user("annen@nordlys.example.no")
    actions.grant_role(other, "reseller", cast.reseller_organisation, by=None)
    person: User = getattr(cast, who)
    if who == "operator":
        actions.start_staff_session(cast.organisation, by=person, reason="Feilsøking", minutes=60)
        person = again(person)
    room_import = uploaded(cast, pexip({}), by=person)
    before = Room.objects.in_organisation(cast.organisation).count()
    loses(cast, again(person))
    tasks.import_rooms(room_import.pk)
    tasks.import_rooms(room_import.pk)
    assert Room.objects.in_organisation(cast.organisation).count() == before
    job = Job.objects.in_organisation(cast.organisation).get()
    assert (job.state, bool(job.failure)) == ("failed", True)
    # Somebody who has the right may take it up again.
    room_import.refresh_from_db()
    assert room_import.content
