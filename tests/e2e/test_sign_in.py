"""The front door in a browser: passkeys, codes, the list of sessions, in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tenants.models import User
from tests import factories, second_factors
from tests.cast import Cast
from tests.e2e.axe import findings
from tests.e2e.conftest import LANGUAGES, SCHEMES, NewContext

type Ready = Callable[[User], Page]

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """A device that keeps passkeys, as Chromium plays one: `unlocked` says what its owner does."""

    def __init__(self, page: Page) -> None:
        self._cdp = page.context.new_cdp_session(page)
        self._cdp.send("WebAuthn.enable")
        answer = self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        self._key = {"authenticatorId": answer["authenticatorId"]}

    @property
    def passkeys(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._cdp.send("WebAuthn.getCredentials", self._key)[
            "credentials"
        ]
        return found

    def at_hand(self, yes: bool) -> None:
        """Say whether the owner answers at once when the browser asks."""
        self._cdp.send("WebAuthn.setAutomaticPresenceSimulation", {**self._key, "enabled": yes})

    def unlocked(self, yes: bool) -> None:
        self._cdp.send("WebAuthn.setUserVerified", {**self._key, "isUserVerified": yes})


def give_password(page: Page, url: str, user: User) -> None:
    page.goto(f"{url}/accounts/login/")
    page.locator("input[name=login]").fill(user.email)
    page.locator("input[name=password]").fill(factories.PASSWORD)
    page.get_by_role("button", name="Logg inn", exact=True).click()
    # Going on at once would break off the sign-in.
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


@pytest.fixture
def url(live_server: Any) -> str:
    return str(live_server.url)


def test_a_passkey_is_set_up_and_opens_the_door_alone(people: Cast, page: Page, url: str) -> None:
    device = Device(page)
    give_password(page, url, people.admin)
    expect(page.get_by_role("heading", level=1)).to_have_text("Innlogging i to trinn")
    expect(page.get_by_text("Sett opp et ekstra trinn for å gå videre")).to_be_visible()
    page.goto(f"{url}/o/{people.organisation.slug}/rooms/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Innlogging i to trinn")
    page.get_by_role("link", name="Sett opp en passnøkkel").click()
    page.get_by_label("Navn på passnøkkelen").fill("Kontormaskinen")
    page.get_by_role("button", name="Sett opp passnøkkelen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Reservekodene dine")
    (passkey,) = device.passkeys
    assert (passkey["isResidentCredential"], passkey["rpId"]) == (True, "localhost")
    page.get_by_role("button", name="Jeg har tatt vare på kodene").click()
    # Where they were going before.
    expect(page).to_have_url(f"{url}/o/{people.organisation.slug}/rooms/")
    page.goto(f"{url}/profile/second-factor/")
    expect(page.get_by_text("Kontormaskinen")).to_be_visible()

    page.context.clear_cookies()
    page.goto(f"{url}/accounts/login/?next=/jobs/")
    page.get_by_role("button", name="Logg inn med passnøkkel").click()
    expect(page).to_have_url(f"{url}/jobs/")

    # Also proposed by the browser where the address is typed, without a button.
    page.context.clear_cookies()
    page.goto(f"{url}/accounts/login/?next=/profile/")
    page.locator("input[name=login]").focus()
    expect(page).to_have_url(f"{url}/profile/")


def test_a_passkey_is_the_second_step_and_is_renamed_and_removed(
    people: Cast, page: Page, url: str
) -> None:
    device = Device(page)
    give_password(page, url, people.user)
    page.goto(f"{url}/profile/second-factor/passkeys/add/")
    page.get_by_role("button", name="Sett opp passnøkkelen").click()
    page.get_by_role("button", name="Jeg har tatt vare på kodene").click()

    page.context.clear_cookies()
    device.at_hand(False)
    give_password(page, url, people.user)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ett trinn til")
    device.at_hand(True)
    device.unlocked(False)
    page.get_by_role("button", name="Bruk en passnøkkel").click()
    expect(page.get_by_role("alert")).to_contain_text("Passnøkkelen ble ikke brukt.")
    device.unlocked(True)
    page.get_by_role("button", name="Bruk en passnøkkel").click()
    expect(page).not_to_have_url(f"{url}/accounts/second-factor/")

    page.goto(f"{url}/profile/second-factor/")
    page.get_by_role("link", name="Endre navnet på Passnøkkel 1").click()
    page.get_by_label("Navn på passnøkkelen").fill("Telefonen")
    page.get_by_role("button", name="Lagre navnet").click()
    page.get_by_role("link", name="Fjern Telefonen").click()
    page.get_by_role("button", name="Fjern passnøkkelen").click()
    expect(page.get_by_text("Passnøkkelen er fjernet.")).to_be_visible()
    page.context.clear_cookies()
    device.at_hand(False)
    give_password(page, url, people.user)
    expect(page).not_to_have_url(f"{url}/accounts/second-factor/")
    device.at_hand(True)
    # The device still has its half; here it opens nothing.
    page.context.clear_cookies()
    page.goto(f"{url}/accounts/login/")
    page.get_by_role("button", name="Logg inn med passnøkkel").click()
    expect(page.get_by_text("Passnøkkelen kunne ikke brukes.")).to_be_visible()


def test_an_authenticator_app_and_a_recovery_code(people: Cast, page: Page, url: str) -> None:
    give_password(page, url, people.admin)
    page.get_by_role("link", name="Sett opp en autentiseringsapp").click()
    secret = page.locator("main code").inner_text().replace(" ", "")
    page.get_by_label("Kode").fill(second_factors.code_of(secret))
    page.get_by_role("button", name="Sett opp appen").click()
    codes = page.locator("ul.codes li").all_inner_texts()
    assert len(set(codes)) == 10
    page.get_by_role("button", name="Jeg har tatt vare på kodene").click()

    def with_code(code: str) -> None:
        page.context.clear_cookies()
        give_password(page, url, people.admin)
        page.get_by_label("Kode").fill(code)
        page.get_by_role("button", name="Logg inn", exact=True).click()

    with_code(second_factors.code_of(secret, ahead=1))
    expect(page).not_to_have_url(f"{url}/accounts/second-factor/")
    with_code(codes[0])
    expect(page).not_to_have_url(f"{url}/accounts/second-factor/")
    with_code(codes[0])
    expect(page.locator(".ds-error-summary")).to_contain_text("Koden er feil")


def test_a_session_is_ended_from_another_browser(
    people: Cast, new_context: NewContext, page: Page, url: str
) -> None:
    elsewhere = new_context().new_page()
    give_password(elsewhere, url, people.user)
    give_password(page, url, people.user)
    page.goto(f"{url}/profile/sessions/")
    expect(page.locator("ul.tasks > li")).to_have_count(2)
    page.get_by_role("button", name="Avslutt innloggingen").click()
    expect(page.get_by_text("Innloggingen er avsluttet.")).to_be_visible()
    expect(page.locator("ul.tasks > li")).to_have_count(1)
    elsewhere.goto(f"{url}/profile/")
    expect(elsewhere).to_have_url(f"{url}/accounts/login/?next=/profile/")
    elsewhere.context.close()


def test_without_script_the_sign_in_page_offers_no_passkey(
    people: Cast, new_context: NewContext, url: str
) -> None:
    context = new_context(java_script_enabled=False)
    page = context.new_page()
    give_password(page, url, people.user)
    expect(page).not_to_have_url(f"{url}/accounts/login/")
    page.goto(f"{url}/profile/second-factor/passkeys/add/")
    expect(page.get_by_text("Denne nettleseren kan ikke lage en passnøkkel her.")).to_be_visible()
    expect(page.get_by_role("button", name="Sett opp passnøkkelen")).to_have_count(0)
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_that_need_a_state_are_accessible(
    people: Cast, page: Page, context: BrowserContext, url: str, session_for: Ready, language: str
) -> None:
    """Those that ``test_axe`` cannot open by their address alone."""
    User.objects.filter(pk=people.admin.pk).update(language=language)
    context.add_cookies([{"name": "portal_language", "value": language, "url": url}])
    found: dict[str, list[str]] = {}

    def look(tab: Page, name: str) -> None:
        for scheme in SCHEMES:
            tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # light or dark
            if faults := findings(tab):
                found[f"{name} {scheme}"] = faults
        tab.set_viewport_size({"width": 320, "height": 700})
        wide = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if wide > 0:
            found[f"{name} at 320 px"] = [f"{wide} px too wide"]
        tab.set_viewport_size({"width": 1280, "height": 900})

    submit = "main form button[type=submit]"
    page.goto(f"{url}/accounts/login/")
    page.locator("input[name=login]").fill(people.admin.email)
    page.locator("input[name=password]").fill(factories.PASSWORD)
    page.locator(submit).first.click()
    look(page, "compulsory")
    page.goto(f"{url}/profile/second-factor/app/")
    page.locator("input[name=code]").fill("000000")
    page.locator(submit).first.click()
    look(page, "app with a fault")
    secret = page.locator("main code").inner_text().replace(" ", "")
    page.locator("input[name=code]").fill(second_factors.code_of(secret))
    page.locator(submit).first.click()
    look(page, "codes")
    page.goto(f"{url}/profile/second-factor/")
    look(page, "overview")
    page.goto(f"{url}/profile/second-factor/codes/renew/")
    look(page, "new codes")
    page.context.clear_cookies()
    context.add_cookies([{"name": "portal_language", "value": language, "url": url}])
    page.goto(f"{url}/accounts/login/")
    page.locator("input[name=login]").fill(people.admin.email)
    page.locator("input[name=password]").fill(factories.PASSWORD)
    page.locator(submit).first.click()
    look(page, "second step")
    assert found == {}
