"""The public statements, and the cookies that they promise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.test import Client
from django.urls import reverse

from tenants.models import User
from tests.cast import Cast
from tests.meta.test_urls_matrix import addresses, fill
from tests.pages import links_of, text_of

COOKIES = {
    portal_settings.SESSION_COOKIE_NAME,
    portal_settings.CSRF_COOKIE_NAME,
    portal_settings.LANGUAGE_COOKIE_NAME,
}


def test_privacy_page_prints_the_settings_themselves(db: None, settings: Any) -> None:
    settings.AUDIT_RETENTION_DAYS = 1095
    settings.INVITATION_KEPT_DAYS = 44
    settings.SESSION_IDLE_SECONDS = 1260
    shown = text_of(Client().get(reverse("tenants:privacy")))
    for words in ("3 år", "44 dager", "21 minutter", *COOKIES):
        assert words in shown


@pytest.mark.parametrize(
    ("language", "words"),
    [("nb", "ikke registrert hos"), ("nn", "ikkje registrert hos"), ("en", "not registered with")],
)
def test_accessibility_statement_does_not_claim_too_much(
    language: str, words: str, db: None
) -> None:
    client = Client(headers={"Accept-Language": language})
    page = client.get(reverse("tenants:accessibility"))
    shown = text_of(page)
    assert words in shown
    assert portal_settings.SUPPORT_EMAIL in shown


def test_every_page_leads_to_both_statements(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    for client, address in (
        (Client(), reverse("account_login")),
        (signed_in(cast.owner), reverse("rooms:own_list")),
    ):
        links = set(links_of(client.get(address), "//footer//a").values())
        assert {reverse("tenants:privacy"), reverse("tenants:accessibility")} <= links


@pytest.mark.parametrize("role", ["anonymous", "administrator"])
def test_no_page_sets_another_cookie(
    role: str, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = Client() if role == "anonymous" else signed_in(cast.admin)
    client.post(reverse("tenants:set_language"), {"language": "nn"})
    found: set[str] = set(client.cookies)
    for address in addresses():
        found |= set(client.get(fill(address, cast)).cookies)
    assert found <= COOKIES
    assert portal_settings.LANGUAGE_COOKIE_NAME in found
