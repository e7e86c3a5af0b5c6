"""Two at the same moment, each on a connection of their own: one comes first, nothing is halved."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from rooms import actions as room_actions
from rooms import bulk, numbers
from rooms.choices import BulkAction
from rooms.models import NumberRange, OutboxEntry, Room
from tenants import actions
from tenants.access import Forbidden
from tenants.models import AccessRequest, AuditEntry, Organisation, User
from tenants.roles import Role
from tests import factories
from tests.cast import Cast
from tests.tenants.conftest import at_once

__all__ = ["at_once"]

pytestmark = pytest.mark.django_db(transaction=True)

TURNS = 3
REASON = "the test counts what two at once left behind"


def together(*works: Callable[[], Any]) -> list[Any]:
    """Do the works at the same moment; return what each returned or raised."""
    start = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait(10)
            return work()
        except Exception as error:  # noqa: BLE001 - what it raised is the result
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(works)) as pool:
        return [one.result(30) for one in [pool.submit(run, work) for work in works]]


def again(user: User) -> User:
    """Return the person as another request would read them."""
    return User.objects.get(pk=user.pk)


def raised(found: list[Any]) -> list[type[Exception]]:
    return [type(one) for one in found if isinstance(one, Exception)]


def rooms_of(organisation: Organisation) -> Any:
    return Room.objects.in_organisation(organisation)


def stored(room: Room) -> Room:
    return (
        rooms_of(room.organisation)
        .select_related("platform", "organisation__reseller", "product__room_type")
        .get(pk=room.pk)
    )


def test_last_number_is_one_customers(cast: Cast) -> None:
    NumberRange.objects.update(first=555_555, last=555_555)
    product = factories.product()

    def order(organisation: Organisation, by: User) -> Callable[[], Room]:
        return lambda: room_actions.order_room(organisation, product, by=again(by), name="Siste")

    found = together(
        order(cast.organisation, cast.admin),
        order(cast.foreign, cast.other_admin),
        order(cast.organisation, cast.reseller),
    )
    assert raised(found) == [numbers.NumbersExhausted] * 2
    (room,) = [one for one in found if isinstance(one, Room)]
    assert room.number == "555555"
    everywhere = Room.objects.unscoped(reason=REASON).filter(name="Siste")
    assert everywhere.count() == 1
    assert OutboxEntry.objects.unscoped(reason=REASON).filter(key=room.public_id).count() == 1


@pytest.mark.parametrize("turn", range(TURNS))
def test_pin_termination_and_name_at_once_leave_one_order_of_them(cast: Cast, turn: int) -> None:
    """Whatever comes first: a closed room is not changed after it, and each change has its line."""
    room = cast.room
    before = AuditEntry.objects.in_organisation(cast.organisation).count()
    found = together(
        lambda: room_actions.renew_pin(stored(room), "host_pin", by=again(cast.admin)),
        lambda: room_actions.terminate_room(
            stored(room), by=again(cast.reseller), closes_on=timezone.localdate()
        ),
        lambda: room_actions.change_room(stored(room), by=again(cast.admin), name="Nytt navn"),
        lambda: room_actions.command_meeting(stored(room), "lock", by=again(cast.admin)),
    )
    assert set(raised(found)) <= {room_actions.NotPossible}, found
    now = stored(room)
    assert now.is_closed
    done = 3 - len(raised(found[:3]))
    assert now.version == room.version + done
    # The command reached no platform, and is not in the log.
    assert AuditEntry.objects.in_organisation(cast.organisation).count() == before + done
    (entry,) = OutboxEntry.objects.in_organisation(cast.organisation).filter(key=room.public_id)
    assert entry.parked_at is None


def test_same_pin_button_pressed_twice_makes_one_new_pin(cast: Cast) -> None:
    room = stored(cast.room)
    found = together(
        *[
            lambda: room_actions.renew_pin(
                stored(room), "host_pin", by=again(cast.admin), version=room.version
            )
        ]
        * 3
    )
    assert raised(found) == [room_actions.StaleEdit] * 2
    assert stored(room).version == room.version + 1


@pytest.fixture
def invitation(cast: Cast, at_once: None) -> str:
    """The key of a mailed invitation to become administrator."""
    actions.invite_members(
        cast.organisation, ["gjest@example.no"], Role.CUSTOMER_ADMIN, by=cast.admin
    )
    found = re.search(r"/invitation/([^/\s]+)/", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def test_invitation_makes_one_account_and_one_member(cast: Cast, invitation: str) -> None:
    def sign_up() -> Any:
        request = RequestFactory().post("/")
        return actions.sign_up_invited(
            invitation, name="Gjest", password="en lang setning", request=request
        )

    found = together(sign_up, sign_up, sign_up)
    assert raised(found) == [actions.NotOpen] * 2
    assert User.objects.filter(email="gjest@example.no").count() == 1
    assert EmailAddress.objects.filter(email="gjest@example.no", verified=True).count() == 1


def test_invitation_is_taken_once_or_withdrawn(cast: Cast, invitation: str) -> None:
    guest = factories.make_user("gjest@example.no")
    waiting = cast.organisation.invitations.get()
    found = together(
        lambda: actions.accept_invitation(invitation, by=again(guest)),
        lambda: actions.accept_invitation(invitation, by=again(guest)),
        lambda: actions.withdraw_invitation(waiting, by=again(cast.admin)),
    )
    faults = raised(found)
    assert len(faults) == 2
    assert set(faults) == {actions.NotOpen}
    taken = any(not isinstance(one, Exception) for one in found[:2])
    assert again(guest).access.can("manage_rooms", cast.organisation) is taken
    accepted = AuditEntry.objects.in_organisation(cast.organisation).filter(
        action="tenants.invitation.accepted"
    )
    assert accepted.count() == int(taken)


@pytest.mark.parametrize("turn", range(TURNS))
def test_request_is_approved_or_refused(cast: Cast, at_once: None, turn: int) -> None:
    stranger = factories.make_user("fremmed@example.no")
    request = AccessRequest.objects.create(
        organisation=cast.organisation,
        organisation_number=cast.organisation.organisation_number,
        organisation_name=cast.organisation.name,
        applicant=stranger,
        applicant_name=stranger.name,
        applicant_email=stranger.email,
        is_contact=True,
        state=AccessRequest.State.CONFIRMED,
    )
    mail.outbox.clear()
    found = together(
        lambda: actions.approve_request(request, by=again(cast.operator)),
        lambda: actions.refuse_request(request, by=again(cast.operator), reason="Nei"),
        lambda: actions.approve_request(request, by=again(cast.operator)),
    )
    assert raised(found) == [actions.NotDecidable] * 2, found
    request.refresh_from_db()
    approved = request.state == AccessRequest.State.APPROVED
    assert again(stranger).access.can("manage_rooms", cast.organisation) is approved
    assert len([one for one in mail.outbox if one.to == [stranger.email]]) == 1


def test_connection_that_ends_during_a_bulk_change_halves_nothing(cast: Cast) -> None:
    """What was begun with the right is carried through; what begins after it is refused."""
    connection_row = cast.organisation.reseller_connections.get()
    rooms = list(rooms_of(cast.organisation).for_bulk())
    plan = bulk.plan(rooms, BulkAction.COST_CENTRE, organisation=cast.organisation, product=None)
    found = together(
        lambda: bulk.set_cost_centre(
            cast.organisation, plan.seal(), by=again(cast.reseller), cost_centre="9900"
        ),
        lambda: actions.end_connection(connection_row, by=again(cast.operator), reason="Oppsagt"),
    )
    assert set(raised(found)) <= {Forbidden}
    centres = set(rooms_of(cast.organisation).values_list("cost_centre", flat=True))
    assert centres == ({"4100"} if raised(found) else {"9900"})
    with pytest.raises(Forbidden):
        bulk.set_cost_centre(
            cast.organisation, plan.seal(), by=again(cast.reseller), cost_centre="9901"
        )


def test_address_of_an_endpoint_is_one_customers(cast: Cast) -> None:
    found = together(
        lambda: factories.make_endpoint(cast.organisation, by=again(cast.admin), address="felles"),
        lambda: factories.make_endpoint(cast.foreign, by=again(cast.other_admin), address="FELLES"),
        lambda: factories.make_endpoint(
            cast.organisation, by=again(cast.reseller), address="sip:felles"
        ),
    )
    assert len(raised(found)) == 2
    assert {str(one) for one in found if isinstance(one, Exception)} == {
        "{'address': ['Adressen er i bruk. Velg en annen.']}"
    }
