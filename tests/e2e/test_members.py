"""Somebody is invited, accepts, rises, and takes over a colleague's room: in two browsers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core import mail
from playwright.sync_api import Page, expect

from tenants.models import User
from tests import sessions
from tests.cast import Cast
from tests.e2e.conftest import NewContext
from tests.tenants.conftest import at_once  # noqa: F401 - a fixture

GUEST = "gry.gjest@example.no"


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def test_invited_colleague_accepts_rises_and_takes_over_a_room(
    people: Cast,
    live_server: Any,
    sign_in: Callable[[User], Page],
    new_context: NewContext,
    at_once: None,  # noqa: F811 - the fixture
) -> None:
    members = f"{live_server.url}/o/{people.organisation.slug}/members/"
    page = sign_in(people.admin)
    page.goto(members)
    page.get_by_role("link", name="Inviter medlemmer").click()
    page.get_by_label("E-postadresser").fill(f"Gry Gjest <{GUEST}>")
    press(page, "Send invitasjonen")
    expect(page.locator("main")).to_contain_text("Invitasjonen er sendt til 1 adresse")
    expect(page.locator("tbody")).to_contain_text(GUEST)

    link = re.search(r"/invitation/\S+", str(mail.outbox[-1].body))
    assert link is not None
    theirs = new_context().new_page()
    theirs.goto(live_server.url + link[0])
    expect(theirs.locator("main")).to_contain_text(GUEST)
    theirs.get_by_label("Navnet ditt").fill("Gry Gjest")
    theirs.get_by_label("Passord", exact=True).fill("en lang setning 47")
    theirs.get_by_label("Gjenta passordet").fill("en lang setning 47")
    press(theirs, "Lag kontoen og godta")
    expect(theirs.locator("main")).to_contain_text("Du har ingen møterom ennå")
    # The link is spent.
    theirs.goto(live_server.url + link[0])
    expect(theirs.locator("h1")).to_have_text("Invitasjonen kan ikke brukes")
    theirs.goto(members)
    expect(theirs.locator("h1")).not_to_have_text("Medlemmer")

    page.goto(members)
    page.get_by_role("link", name="Gry Gjest", exact=True).click()
    page.get_by_role("link", name="Endre tilgangsnivå").click()
    page.get_by_label("Kundeadministrator").check()
    press(page, "Lagre tilgangsnivået")
    expect(page.locator("main")).to_contain_text("Tilgangsnivået til Gry Gjest er endret")
    # The level holds in the open browser at once: it now wants a second factor first.
    theirs.goto(members)
    expect(theirs.locator("h1")).to_have_text("Bekreft at det er deg")
    ready = sessions.start(User.objects.get(email=GUEST))
    cookie = settings.SESSION_COOKIE_NAME
    theirs.context.add_cookies(
        [{"name": cookie, "value": ready.cookies[cookie].value, "url": live_server.url}]
    )
    theirs.goto(members)
    expect(theirs.locator("h1")).to_have_text("Medlemmer")

    page.goto(members)
    page.get_by_role("link", name="Eva Eier", exact=True).click()
    page.get_by_role("link", name="Overfør møterommene").click()
    page.get_by_label("E-postadressen til etterfølgeren").fill(GUEST)
    press(page, "Se virkningen")
    expect(page.locator("main")).to_contain_text("Gry Gjest kan endre rommene med en gang")
    press(page, "Overfør møterommene")
    expect(page.locator("main")).to_contain_text(f"tilhører nå {GUEST}")
    theirs.goto(f"{live_server.url}/my/rooms/")
    expect(theirs.locator("main")).to_contain_text("Evas rom")
    assert {letter.to[0] for letter in mail.outbox[-2:]} == {GUEST, people.owner.email}
    theirs.context.close()
