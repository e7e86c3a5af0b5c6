"""axe finds nothing on any page: three languages, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tenants.models import User
from tests.cast import Cast
from tests.e2e.axe import COLOUR_RULES, RULES, findings
from tests.e2e.conftest import LANGUAGES, SCHEMES
from tests.meta.test_urls_matrix import Address, addresses, fill

# Answers that are files or only redirects; a browser shows no page for them.
NO_PAGE = {
    "endpoints:password_reveal", "endpoints:password_renew", "endpoints:retry",
    "rooms:command", "rooms:disconnect", "rooms:own_command", "rooms:own_disconnect",
    "rooms:export", "rooms:qr", "rooms:handout", "rooms:calendar", "rooms:own_qr",
    "rooms:own_handout", "rooms:own_calendar", "rooms:pin_reveal", "rooms:pin_renew",
    "rooms:own_pin_reveal", "rooms:own_pin_renew", "rooms:withdraw", "rooms:retry", "rooms:bulk",
    "rooms:platform_check", "rooms:platform_default", "rooms:platform_reveal",
    "rooms:platform_compare", "rooms:platform_odd_forget", "rooms:platform_parked_read",
    "rooms:platform_send_again", "rooms:platform_ask_now",
    "rooms:import_start", "rooms:clients_export", "tenants:set_language", "healthz",
    "tenants:oidc_start", "tenants:oidc_callback", "tenants:connection_remove",
    "tenants:staff_end", "tenants:request_withdraw", "tenants:request_remind",
    "tenants:member_export", "tenants:invitation_resend", "tenants:invitation_withdraw",
    "tenants:member_reopen",
    "tenants:end_session", "tenants:end_other_sessions",
    "tenants:recovery_codes", "tenants:rename_passkey", "tenants:remove_factor",
    "mfa_authenticate", "mfa_login_webauthn",
    "tenants:my_data_export", "tenants:log_export", "tenants:client_log_export",
    "tenants:my_log_export", "tenants:platform_log_export",
    "tenants:mail_detail", "tenants:mail_html",
}  # fmt: skip


def who(address: Address) -> str:
    """Return the role that looks at the page."""
    if address.rule.kind == "public":
        return "anonymous"
    if address.rule.capability == "administer_clients":
        return "reseller"
    return {"object": "own-room user", "operator": "operator"}.get(
        address.rule.kind, "administrator"
    )


def pages(role: str) -> list[Address]:
    return [
        address
        for address in addresses()
        if address.name not in NO_PAGE and address.rule.kind != "machine" and who(address) == role
    ]


def test_what_is_wrong_is_found(page: Page) -> None:
    page.set_content("<img src='data:,'><p style='color: #999; background: #fff'>Hardly there")
    everything = findings(page)
    assert {line.partition(":")[0] for line in everything} > {"image-alt", "color-contrast"}
    assert findings(page, COLOUR_RULES) == ['color-contrast: [["p"]]']


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "role", ["anonymous", "administrator", "reseller", "own-room user", "operator"]
)
def test_pages_are_accessible(
    role: str,
    language: str,
    people: Cast,
    live_server: Any,
    session_for: Callable[[User], Page],
    page: Page,
    settings: Any,
) -> None:
    settings.DEMO = True
    person = people.people()[role]
    if person is not None:
        type(person).objects.filter(pk=person.pk).update(language=language)
    tab = page if person is None else session_for(person)
    tab.context.add_cookies(
        [{"name": "portal_language", "value": language, "url": live_server.url}]
    )
    complaints: list[str] = []
    tab.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    looked_at, found = 0, {}
    for address in pages(role):
        url = live_server.url + fill(address, people)
        tab.set_viewport_size({"width": 1280, "height": 900})
        for scheme in SCHEMES:
            # One load for both: without motion, the colours change at once.
            tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # light or dark
            if scheme == SCHEMES[0]:
                tab.goto(url)
            assert tab.locator("html").get_attribute("lang") == language, address
            if faults := findings(tab, RULES if scheme == "light" else COLOUR_RULES):
                found[f"{address} {scheme}"] = faults
            looked_at += 1
        # Nothing sticks out sideways on a phone.
        tab.set_viewport_size({"width": 320, "height": 700})
        overflow = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if overflow > 0:
            found[f"{address} at 320 px"] = [f"{overflow} px too wide"]

    assert found == {}
    assert looked_at == len(SCHEMES) * len(pages(role)) > 0
    # A page that does not exist is one of those looked at: its 404 is no fault.
    assert [text for text in complaints if "404" not in text] == []
