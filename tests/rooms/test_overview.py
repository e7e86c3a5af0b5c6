"""The overview of an organisation: what to decide on, latest changes, cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rooms import actions as room_actions
from rooms.models import Room
from tenants import actions
from tenants.actions import send_request
from tenants.models import AccessRequest, Organisation, User
from tenants.roles import Role
from tests import factories
from tests.cast import Cast
from tests.pages import links_of, text_of

type SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def english(cast: Cast) -> None:
    for person in (cast.admin, cast.reseller, cast.user):
        actions.change_profile(person, by=person, language="en")


def url_of(organisation: Organisation) -> str:
    return reverse("rooms:overview", args=[organisation.slug])


def alter(room: Room, **values: object) -> None:
    Room.objects.in_organisation(room.organisation_id).filter(pk=room.pk).update(**values)


def tasks(client: Client, organisation: Organisation) -> list[tuple[str, str]]:
    response = client.get(url_of(organisation))
    return [(task.title, task.note) for task in response.context["tasks"]]


def test_nothing_to_do_is_said_calmly(cast: Cast, signed_in: SignIn) -> None:
    alter(cast.foreign_room, provisioning="failed", provisioning_error="name taken")
    response = signed_in(cast.admin).get(url_of(cast.organisation))
    assert response.context["tasks"] == []
    text = text_of(response)
    assert "Nothing right now. All meeting rooms are in order." in text
    assert "2 meeting rooms" in text
    assert links_of(response)["Order meeting room"] == reverse(
        "rooms:order", args=[cast.organisation.slug]
    )


def test_every_kind_of_task_is_told(cast: Cast, signed_in: SignIn) -> None:
    alter(cast.room, provisioning="failed", provisioning_error="The name is already in use.")
    late = factories.make_room(cast.organisation, by=cast.admin, name="Sen", cost_centre="1")
    alter(late, provisioning="pending", changed_at=timezone.now() - timedelta(minutes=11))
    fresh = factories.make_room(cast.organisation, by=cast.admin, name="Ny", cost_centre="1")
    alter(fresh, provisioning="pending", changed_at=timezone.now() - timedelta(minutes=9))
    alter(cast.own_room, cost_centre="")
    for room in (cast.foreign_room,):
        alter(room, cost_centre="", provisioning="failed", provisioning_error="foreign words")
    ending = factories.make_room(cast.organisation, by=cast.admin, name="Slutt", cost_centre="1")
    today = timezone.localdate()
    room_actions.terminate_room(ending, by=cast.admin, closes_on=today + timedelta(days=30))
    alter(ending, provisioning="ready")
    later = factories.make_room(cast.organisation, by=cast.admin, name="Senere", cost_centre="1")
    room_actions.terminate_room(later, by=cast.admin, closes_on=today + timedelta(days=31))
    alter(later, provisioning="ready")
    cheaper = factories.make_room(
        cast.organisation, by=cast.admin, name="Billigere", cost_centre="1"
    )
    wanted = factories.product("personal")
    alter(cheaper, next_product=wanted, next_product_from=today + timedelta(days=3))
    ending.refresh_from_db()
    charged = f"{ending.charged_until:%d.%m.%Y}"

    assert tasks(signed_in(cast.admin), cast.organisation) == [
        (
            "One meeting room was not set up on the video platform",
            (
                f"Samtalerom A ({cast.room.number})."
                " The platform answered: “The name is already in use”."
            ),
        ),
        (
            "1 meeting room waits for the video platform",
            f"The platform has not answered for more than 10 minutes: Sen ({late.number}).",
        ),
        (
            "1 meeting room has no cost centre",
            "Without a cost centre the lines come last in the invoice basis.",
        ),
        (
            (
                f"Billigere ({cheaper.number}) becomes Personal room"
                f" on {today + timedelta(days=3):%d.%m.%Y}"
            ),
            "The change is agreed. You can still withdraw it.",
        ),
        (
            f"Slutt ({ending.number}) closes on {today + timedelta(days=30):%d.%m.%Y}",
            f"You pay until and including {charged}.",
        ),
    ]


def test_who_asks_for_access_is_told_to_those_who_decide(cast: Cast, signed_in: SignIn) -> None:
    def ask(by: User, organisation: Organisation) -> None:
        send_request(
            by=by,
            organisation_number=organisation.organisation_number,
            organisation_name="Kommunen",
            email=by.email,
            is_contact=True,
        )

    ask(cast.user, cast.foreign)
    ask(cast.user, cast.organisation)
    response = signed_in(cast.admin).get(url_of(cast.organisation))
    (task,) = [line for line in response.context["tasks"] if "asks to become" in line.title]
    assert task.title == "Ola Bruker asks to become customer administrator"
    found = AccessRequest.objects.in_organisation(cast.organisation).get()
    assert str(found.public_id) in task.url
    ask(cast.owner, cast.organisation)
    titles = [title for title, _note in tasks(signed_in(cast.reseller), cast.organisation)]
    assert "2 people ask to become customer administrators" in titles


def test_many_failures_are_one_line(cast: Cast, signed_in: SignIn) -> None:
    for room in (cast.room, cast.own_room):
        alter(room, provisioning="failed", provisioning_error="No licence.")
    assert tasks(signed_in(cast.admin), cast.organisation) == [
        (
            "2 meeting rooms were not set up on the video platform",
            (
                f"Samtalerom A ({cast.room.number}), Evas rom ({cast.own_room.number})."
                " The platform answered: “No licence”."
            ),
        )
    ]


def test_latest_changes_link_to_their_rooms(cast: Cast, signed_in: SignIn) -> None:
    room_actions.change_room(cast.room, by=cast.admin, cost_centre="4200")
    room_actions.change_room(cast.foreign_room, by=cast.other_admin, cost_centre="4300")
    response = signed_in(cast.admin).get(url_of(cast.organisation))
    page = reverse("rooms:detail", args=[cast.organisation.slug, cast.room.public_id])
    assert str(response.context["log"][0].text) == (
        f'You changed cost centre in <a class="ds-link" href="{page}">Samtalerom A</a>'
    )
    assert "4300" not in text_of(response)


def test_cost_counts_what_is_charged_today(cast: Cast, signed_in: SignIn) -> None:
    closed = factories.make_room(cast.organisation, by=cast.admin, cost_centre="1")
    room_actions.terminate_room(closed, by=cast.admin, closes_on=timezone.localdate())
    response = signed_in(cast.admin).get(url_of(cast.organisation))
    cost, figures = response.context["cost"], response.context["figures"]
    price = factories.product("sensitive").prices.get(valid_to=None).amount
    assert (cost.rooms, cost.closed, cost.amount, figures.rooms) == (3, 1, 3 * price, 2)


def test_upgrade_costs_more_from_the_next_month(cast: Cast) -> None:
    from rooms.models import RoomSubscription

    room_actions.change_product(
        cast.room, factories.product("sensitive", "fullhd"), by=cast.admin, today=date(2026, 11, 23)
    )
    subscriptions = RoomSubscription.objects.in_organisation(cast.organisation)
    now, then = (
        RoomSubscription.objects.monthly_costs_of([cast.organisation.pk], day)[cast.organisation.pk]
        for day in (date(2026, 11, 30), date(2026, 12, 1))
    )
    assert then > now
    assert subscriptions.monthly_cost(date(2026, 12, 1)).amount == then


def test_cost_is_hidden_from_those_who_may_not_see_prices(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.admin)
    assert "Cost per month today" in text_of(client.get(url_of(cast.organisation)))
    group = cast.organisation.role_groups.get(role=Role.CUSTOMER_ADMIN).group
    group.organisationgroupgrant_set.filter(permission__codename="view_billing").delete()
    response = client.get(url_of(cast.organisation))
    assert "cost" not in response.context
    assert "Cost per month today" not in text_of(response)


@pytest.mark.parametrize("rooms", [1, 3, 25])
def test_overview_costs_the_same_whatever_the_rooms(
    cast: Cast,
    signed_in: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
    rooms: int,
) -> None:
    for _number in range(rooms):
        alter(
            factories.make_room(cast.second_client, by=cast.reseller),
            provisioning="failed",
            provisioning_error="No.",
        )
    reseller, admin = signed_in(cast.reseller), signed_in(cast.admin)
    reseller.get(url_of(cast.second_client))  # the session now remembers the client
    # Person, rights (and clients), organisation, figures, log, rooms, cost, requests.
    with django_assert_num_queries(8):
        reseller.get(url_of(cast.second_client))
    with django_assert_num_queries(8):
        admin.get(url_of(cast.organisation))


def test_right_taken_away_bites_at_the_next_click(cast: Cast, signed_in: SignIn) -> None:
    second = factories.make_administrator(cast.organisation)
    client = signed_in(second)
    assert client.get(url_of(cast.organisation)).context["figures"].rooms == 2
    actions.revoke_role(second, Role.CUSTOMER_ADMIN, cast.organisation, by=cast.admin)
    assert client.get(url_of(cast.organisation)).status_code == 404
