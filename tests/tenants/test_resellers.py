"""Resellers: connected and disconnected by the day, with effect at the very next request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from rooms import actions as room_actions
from tenants import actions, tasks
from tenants.access import Forbidden
from tenants.models import AuditEntry, Organisation, ResellerConnection, User
from tests import factories
from tests.cast import Cast
from tests.pages import document, text_of

type SignIn = Callable[[User], Client]

TODAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def noon(db: None) -> Iterator[time_machine.Traveller]:
    """A day with all of it behind and before it; the cast is made on it."""
    with time_machine.travel("2026-11-25T11:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def english(noon: object, cast: Cast) -> None:
    for person in (cast.admin, cast.operator, cast.reseller):
        actions.change_profile(person, by=person, language="en")
    translation.activate("en")


def alone(cast: Cast) -> Organisation:
    return factories.make_organisation("Uten forhandler")


def connect(
    cast: Cast, organisation: Organisation, starts_on: date = TODAY, last_day: date | None = None
) -> ResellerConnection:
    return actions.connect_client(
        organisation,
        cast.reseller_organisation,
        by=cast.operator,
        starts_on=starts_on,
        last_day=last_day,
        reason="Avtale 12",
    )


def reaches(person: User, organisation: Organisation) -> bool:
    return User.objects.get(pk=person.pk).access.can("manage_rooms", organisation)


def test_connecting_and_disconnecting_act_on_the_next_request_of_an_open_session(
    cast: Cast, signed_in: SignIn
) -> None:
    client = alone(cast)
    browser, rooms = signed_in(cast.reseller), reverse("rooms:list", args=[client.slug])
    assert browser.get(rooms).status_code == 404
    connection = connect(cast, client)
    assert browser.get(rooms).status_code == 200
    assert signed_in(cast.other_reseller).get(rooms).status_code == 404
    actions.end_connection(connection, by=cast.operator, reason="Oppsagt")
    assert browser.get(rooms).status_code == 404
    connection.refresh_from_db()
    assert connection.state == "never"


def test_a_future_connection_begins_at_midnight_in_oslo_and_ends_after_its_last_day(
    cast: Cast, noon: time_machine.Traveller
) -> None:
    client = alone(cast)
    connect(cast, client, TODAY + timedelta(days=5), TODAY + timedelta(days=7))
    assert not reaches(cast.reseller, client)
    # 22.59 in UTC is the last minute before midnight in Oslo in winter.
    for moment, changed, reached in (
        ("2026-11-29T22:59:00Z", 0, False),
        ("2026-11-29T23:00:00Z", 1, True),
        ("2026-11-29T23:01:00Z", 0, True),
        ("2026-12-02T22:59:00Z", 0, True),
        ("2026-12-02T23:00:00Z", 1, False),
        ("2026-12-02T23:01:00Z", 0, False),
    ):
        noon.move_to(moment)
        assert tasks.apply_reseller_connections() == changed, moment
        assert reaches(cast.reseller, client) is reached, moment
    log = AuditEntry.objects.in_organisation(client).filter(action="tenants.reseller.changed")
    changes = [(entry.before["reseller"], entry.after["reseller"]) for entry in log.order_by("pk")]
    assert changes == [
        ("", "Nordlys Partner AS"), ("Nordlys Partner AS", ""),
    ]  # fmt: skip


def test_a_run_that_was_missed_catches_up_with_the_day(
    cast: Cast, noon: time_machine.Traveller
) -> None:
    client = alone(cast)
    connect(cast, client, TODAY + timedelta(days=1), TODAY + timedelta(days=1))
    noon.move_to("2026-12-20T11:00:00Z")
    assert tasks.apply_reseller_connections() == 0
    assert not reaches(cast.reseller, client)


def test_one_reseller_hands_over_to_the_next(cast: Cast, noon: time_machine.Traveller) -> None:
    connection = cast.organisation.reseller_connections.get()
    assert (connection.starts_on, connection.reseller) == (TODAY, cast.reseller_organisation)
    actions.end_connection(
        connection, by=cast.operator, last_day=TODAY + timedelta(days=3), reason="Oppsagt"
    )
    actions.connect_client(
        cast.organisation,
        cast.other_reseller_organisation,
        by=cast.operator,
        starts_on=TODAY + timedelta(days=4),
        reason="Ny avtale",
    )
    assert reaches(cast.reseller, cast.organisation)
    noon.move_to("2026-11-28T23:30:00Z")
    assert tasks.apply_reseller_connections() == 1
    assert not reaches(cast.reseller, cast.organisation)
    assert reaches(cast.other_reseller, cast.organisation)


def test_a_client_has_one_reseller_at_a_time(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="Nordlys Partner AS is the reseller"):
        actions.connect_client(
            cast.organisation,
            cast.other_reseller_organisation,
            by=cast.operator,
            starts_on=TODAY + timedelta(days=30),
            reason="Ny avtale",
        )
    # The database holds it too, whatever the code asked.
    with pytest.raises(IntegrityError, match="one_reseller_at_a_time"), transaction.atomic():
        ResellerConnection.objects.create(
            organisation=cast.organisation,
            reseller=cast.other_reseller_organisation,
            starts_on=TODAY,
        )
    client = alone(cast)
    connect(cast, client, TODAY, TODAY + timedelta(days=1))
    connect(cast, client, TODAY + timedelta(days=2))


@pytest.mark.parametrize("days", [(-1, None), (3, 2)])
def test_days_gone_by_and_days_turned_round_are_refused(
    cast: Cast, days: tuple[int, int | None]
) -> None:
    first, last = days
    with pytest.raises(ValidationError):
        connect(
            cast,
            alone(cast),
            TODAY + timedelta(days=first),
            None if last is None else TODAY + timedelta(days=last),
        )


def test_only_the_provider_connects_and_only_customers_with_resellers(cast: Cast) -> None:
    client = alone(cast)
    for person in (cast.admin, cast.reseller, cast.user):
        with pytest.raises(Forbidden):
            actions.connect_client(
                client, cast.reseller_organisation, by=person, starts_on=TODAY, reason="x"
            )
        with pytest.raises(Forbidden):
            actions.end_connection(
                cast.organisation.reseller_connections.get(), by=person, reason="x"
            )
    for pair in (
        (cast.provider, cast.reseller_organisation),
        (client, cast.organisation),
    ):
        with pytest.raises(ValidationError):
            actions.connect_client(*pair, by=cast.operator, starts_on=TODAY, reason="x")


def test_a_reseller_without_a_written_connection_is_left_alone(cast: Cast) -> None:
    cast.organisation.reseller_connections.all().delete()
    assert tasks.apply_reseller_connections() == 0
    assert reaches(cast.reseller, cast.organisation)


def test_the_client_sees_who_and_since_when_and_what_they_did(
    cast: Cast, signed_in: SignIn
) -> None:
    room_actions.reveal_pin(cast.room, "host_pin", by=cast.reseller)
    room_actions.reveal_pin(cast.foreign_room, "host_pin", by=cast.other_reseller)
    browser = signed_in(cast.admin)
    page = text_of(browser.get(reverse("tenants:our_reseller", args=[cast.organisation.slug])))
    assert "Your reseller since 25.11.2026" in page
    assert "Rita Reseller" in page
    assert "Sørlys Partner AS" not in page
    # The heading names the reseller; the lines need not.
    assert page.count("Nordlys Partner AS") == 1
    (log,) = [
        href
        for href in document(
            browser.get(reverse("tenants:our_reseller", args=[cast.organisation.slug]))
        ).xpath("//main//a/@href")
        if "/log/" in href
    ]
    done = text_of(browser.get(log))
    assert "Rita Reseller" in done
    assert "Kari Admin" not in done.split("Page through")[0].split("What happened")[-1]
    connection = cast.organisation.reseller_connections.get()
    actions.end_connection(connection, by=cast.operator, reason="Oppsagt")
    page = text_of(browser.get(reverse("tenants:our_reseller", args=[cast.organisation.slug])))
    assert "You have no reseller" in page
    assert "Avtale 12" not in page


def test_the_provider_connects_and_ends_on_the_pages(cast: Cast, signed_in: SignIn) -> None:
    client = alone(cast)
    browser, page = (
        signed_in(cast.operator),
        reverse("tenants:reseller_connect", args=[client.slug]),
    )
    answer = browser.post(
        page,
        {
            "reseller": cast.reseller_organisation.pk,
            "starts_on": "25.11.2026",
            "last_day": "24.11.2026",
            "reason": "Avtale 12",
        },
    )
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["last_day"]
    browser.post(
        page,
        {
            "reseller": cast.reseller_organisation.pk,
            "starts_on": "25.11.2026",
            "last_day": "",
            "reason": "Avtale 12",
        },
    )
    assert reaches(cast.reseller, client)
    shown = text_of(browser.get(page))
    assert "Nordlys Partner ASFrom 25.11.2026Drift Operatør: Avtale 12" in shown
    end = reverse("tenants:reseller_end", args=[client.reseller_connections.get().public_id])
    assert browser.post(end, {"reason": ""}).status_code == 422
    browser.post(end, {"reason": "Oppsagt"})
    assert not reaches(cast.reseller, client)
