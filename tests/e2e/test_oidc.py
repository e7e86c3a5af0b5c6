"""Sign-in through a real provider, in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from playwright.sync_api import Page, expect

from tenants.models import User
from tests import factories
from tests.cast import Cast
from tests.e2e.axe import findings
from tests.oidc.provider import RunningProvider, running


@pytest.fixture(scope="module")
def started_provider() -> Iterator[RunningProvider]:
    with running() as provider:
        yield provider


@pytest.fixture
def provider(started_provider: RunningProvider, settings: Any) -> RunningProvider:
    started_provider.steer(accounts={}, fault="", asked=[])
    settings.OIDC_PROVIDERS = {"test": started_provider.plain}
    return started_provider


@pytest.fixture
def through(provider: RunningProvider, live_server: Any, page: Page) -> Callable[..., Page]:
    """Press the provider's button on the sign-in page, and sign in there."""

    def go(account: str = "somebody", *, acr: str = "high") -> Page:
        page.goto(f"{live_server.url}/accounts/login/")
        page.get_by_role("link", name="Logg inn med Testporten").click()
        page.get_by_label("account").fill(account)
        page.get_by_label("acr").fill(acr)
        page.get_by_role("button", name="Continue").click()
        return page

    return go


def connect(provider: RunningProvider, user: User) -> None:
    SocialAccount.objects.create(user=user, provider="test", uid=f"{provider.issuer}|somebody")
    provider.knows("somebody")


def sign_in_here(page: Page, user: User) -> None:
    page.locator("input[name=login]").fill(user.email)
    page.locator("input[name=password]").fill(factories.PASSWORD)
    page.locator("main button[type=submit]").first.click()


def heading(page: Page) -> Any:
    return page.get_by_role("heading", level=1)


def test_right_sign_in(
    provider: RunningProvider, people: Cast, through: Callable[..., Page]
) -> None:
    connect(provider, people.user)
    page = through()
    expect(page.get_by_text(people.user.name).first).to_be_visible()
    assert "/accounts/" not in page.url


def test_level_too_low(
    provider: RunningProvider, people: Cast, through: Callable[..., Page]
) -> None:
    connect(provider, people.user)
    page = through(acr="low")
    expect(heading(page)).to_have_text("Du er ikke logget inn")
    expect(page.get_by_text("Du må logge inn sikrere")).to_be_visible()
    assert findings(page) == []


def test_another_nonce(
    provider: RunningProvider, people: Cast, through: Callable[..., Page]
) -> None:
    connect(provider, people.user)
    provider.steer(fault="nonce")
    page = through()
    expect(page.get_by_text("Vi kunne ikke stole på svaret fra Testporten")).to_be_visible()
    page.goto(re.sub(r"/accounts/.*", "/", page.url))
    assert "/accounts/login/" in page.url


def test_existing_account_is_connected_after_its_password_and_a_yes(
    provider: RunningProvider, people: Cast, through: Callable[..., Page]
) -> None:
    provider.knows("somebody", email=people.user.email, email_verified=True)
    page = through()
    expect(heading(page)).to_have_text("Vi kjenner ikke denne innloggingen ennå")
    assert findings(page) == []
    page.get_by_role("link", name="Logg inn med e-postadresse").click()
    sign_in_here(page, people.user)
    expect(heading(page)).to_have_text("Koble Testporten til kontoen din")
    assert findings(page) == []
    assert not SocialAccount.objects.exists()
    page.get_by_role("button", name="Koble til").click()
    expect(page.get_by_text("Du kan logge inn med Testporten.")).to_be_visible()
    assert SocialAccount.objects.get().user_id == people.user.pk
    assert findings(page) == []
    page.get_by_role("link", name="Koble fra Testporten").click()
    expect(heading(page)).to_have_text("Koble fra Testporten?")
    assert findings(page) == []
    page.get_by_role("button", name="Koble fra").click()
    expect(page.get_by_text("Testporten er ikke lenger koblet til.")).to_be_visible()
    assert not SocialAccount.objects.exists()


def test_unverified_address_does_not_reach_the_account(
    provider: RunningProvider, people: Cast, through: Callable[..., Page]
) -> None:
    provider.knows("somebody", email=people.user.email, email_verified=False)
    page = through()
    expect(page.get_by_text("oppgir ingen bekreftet e-postadresse")).to_be_visible()
    page.get_by_role("link", name="Logg inn med e-postadresse").click()
    sign_in_here(page, people.user)
    # They are at their own connections, and may begin again from there, as themselves.
    expect(heading(page)).to_have_text("Andre innloggingsmåter")
    expect(page.get_by_role("link", name="Koble til Testporten")).to_be_visible()
    assert not SocialAccount.objects.exists()


def test_connecting_from_ones_own_menu_without_an_address(
    provider: RunningProvider,
    people: Cast,
    live_server: Any,
    session_for: Callable[[User], Page],
) -> None:
    provider.knows("somebody")
    page = session_for(people.owner)
    page.goto(f"{live_server.url}/accounts/connections/")
    page.get_by_role("link", name="Koble til Testporten").click()
    page.get_by_label("account").fill("somebody")
    page.get_by_label("acr").fill("high")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Koble til").click()
    expect(page.get_by_text("Du kan logge inn med Testporten.")).to_be_visible()
    assert SocialAccount.objects.get().user_id == people.owner.pk


def test_provider_down_and_signing_in_here_instead(
    provider: RunningProvider, people: Cast, live_server: Any, page: Page
) -> None:
    provider.steer(fault="down")
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_role("link", name="Logg inn med Testporten").click()
    expect(page.get_by_text("Testporten svarer ikke")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("link", name="Logg inn med e-postadresse").click()
    sign_in_here(page, people.user)
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    expect(page.get_by_text(people.user.name).first).to_be_visible()
