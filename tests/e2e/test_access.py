"""The ways into an organisation, in a browser: request, support access, reseller."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from playwright.sync_api import Page, expect

from tenants import actions
from tenants.models import Organisation, User
from tests import factories, sessions
from tests.cast import Cast
from tests.e2e.conftest import NewContext
from videoportal.celery import app

NEW = "974760673"


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """Send mail where it is written: no worker stands beside these tests."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def link() -> str:
    for message in reversed(mail.outbox):
        if found := re.search(r"https?://[^/\s]+(/access/\S+/confirm/\S+/)", str(message.body)):
            return found[1]
    raise AssertionError("no link was mailed")


def ready(new_context: NewContext, live_server: Any, person: User) -> Page:
    """Return a page in a browser of its own, with a session of the person."""
    context = new_context()
    cookie = sessions.start(person).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    return context.new_page()


def test_from_the_request_over_the_link_and_the_approval_to_the_first_room(
    people: Cast, live_server: Any, new_context: NewContext, sign_in: Callable[[User], Page]
) -> None:
    newcomer = factories.make_user("ny.leder@havgap.example.no", name="Ny Leder")
    page = sign_in(newcomer)
    page.goto(f"{live_server.url}/access/new/")
    page.get_by_label("Organisasjonsnummer").fill("974 760 673")
    page.get_by_label("Navnet på virksomheten").fill("Havgap legekontor")
    page.get_by_label("Jeg er registrert kontaktperson selv").check()
    expect(page.get_by_label("Navnet på den som skal bekrefte")).to_be_hidden()
    page.get_by_label("En med signaturrett").check()
    page.get_by_label("Navnet på den som skal bekrefte").fill("Dag Leder")
    page.get_by_label("E-postadressen til den som skal bekrefte").fill("dag@havgap.example.no")
    page.get_by_role("button", name="Send søknaden").click()
    expect(page.get_by_text("Dag Leder har fått en lenke")).to_be_visible()

    # Somebody else, at a machine of their own, without an account.
    other = new_context()
    approver = other.new_page()
    approver.goto(live_server.url + link())
    approver.get_by_label("En med signaturrett").check()
    approver.get_by_role("button", name="Bekreft søknaden").click()
    expect(approver.get_by_role("heading", name="Svaret ditt er lagret")).to_be_visible()
    approver.goto(live_server.url + link())
    expect(approver.get_by_role("heading", name="Lenken virker ikke lenger")).to_be_visible()
    other.close()

    operator = ready(new_context, live_server, people.operator)
    operator.goto(f"{live_server.url}/operation/")
    operator.get_by_role("link", name="Tilgangssøknader").last.click()
    operator.get_by_role("link", name="Ny Leder").click()
    expect(operator.get_by_text("Ingen kunde har dette nummeret")).to_be_visible()
    operator.get_by_label("Navnet på virksomheten").fill("Havgap legekontor AS")
    operator.get_by_role("button", name="Godkjenn søknaden").click()
    expect(operator.get_by_text("Ny Leder er nå kundeadministrator")).to_be_visible()
    operator.context.close()

    # An administrator signs in in two steps from now on.
    page = ready(new_context, live_server, newcomer)
    page.goto(live_server.url)
    expect(page.get_by_text("Havgap legekontor AS").first).to_be_visible()
    expect(page.get_by_role("link", name="Bestill møterom").first).to_be_visible()
    every = Organisation.objects.unscoped(reason="finds the new organisation, in a test")
    assert User.objects.get(pk=newcomer.pk).access.can(
        "manage_rooms", every.get(organisation_number=NEW)
    )
    page.context.close()


def test_support_access_shows_a_strip_and_its_button_ends_it(
    people: Cast, live_server: Any, sign_in: Callable[[User], Page]
) -> None:
    page = sign_in(people.operator)
    home = f"{live_server.url}/o/{people.organisation.slug}/"
    assert page.goto(home).status == 404  # type: ignore[union-attr]  # a page came
    page.goto(f"{live_server.url}/operation/organisations/{people.organisation.slug}/")
    page.get_by_role("link", name="Støttetilgang").click()
    page.get_by_label("Hvorfor trenger du tilgang?").fill("Feil på rom 418 207")
    page.get_by_label("15 minutter").check()
    page.get_by_role("button", name="Start støttetilgang").click()
    strip = page.get_by_role("region", name="Støttetilgang")
    expect(strip).to_contain_text("Du har støttetilgang til Solfjord kommune (15 minutter igjen)")
    page.goto(f"{home}rooms/")
    expect(page.get_by_role("link", name=people.room.name)).to_be_visible()
    strip.get_by_role("button", name="Avslutt støttetilgangen").click()
    expect(page.get_by_text("Støttetilgangen til Solfjord kommune er avsluttet.")).to_be_visible()
    expect(strip).to_have_count(0)
    assert page.goto(home).status == 404  # type: ignore[union-attr]  # a page came


def test_a_reseller_is_out_at_the_next_click_after_the_connection_ends(
    people: Cast, live_server: Any, session_for: Callable[[User], Page]
) -> None:
    page = session_for(people.reseller)
    page.goto(f"{live_server.url}/o/{people.organisation.slug}/rooms/")
    actions.end_connection(
        people.organisation.reseller_connections.get(), by=people.operator, reason="Oppsagt"
    )
    page.get_by_role("link", name=people.room.name).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Vi finner ikke siden")
