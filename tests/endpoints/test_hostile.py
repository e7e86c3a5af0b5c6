"""Addresses that somebody else has, and passwords where nobody asked for them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse

from endpoints import actions
from endpoints.models import Endpoint
from rooms.platforms.models import VideoPlatform
from tenants.models import User
from tests.cast import Cast
from tests.endpoints.conftest import Ask
from tests.meta.test_urls_matrix import ROLES, addresses, body_of, fill, session_of
from tests.rooms.platforms.conftest import basic
from tests.rows import rows

type SignIn = Callable[[User], Client]

# Ways of writing the address of the foreign endpoint, moterom3.b, or what looks like it.
SAME_OR_ALIKE = (
    "moterom3.b", "MOTEROM3.B", "  moterom3.b\t", "\nmoterom3.b\n", "sip:moterom3.b",
    "SIP:moterom3.b", "sips:moterom3.b", "h323:moterom3.b", "sip:sip:moterom3.b",
    "<sip:moterom3.b>", "moterom3.b@{domain}", "Moterom3.b@{DOMAIN}", "moterom3.b@{domain}.",
    "moterom3.b@{domain}:5060", "moterom3.b@{domain};transport=tls", "moterom3.b@{domain}@{domain}",
    "moterom3.b@", "moterom3.b.", ".moterom3.b", "moterom3.b+reception", "moterom3.b%20",
    "moterom3.b?", "moterom3.b\x00", "moterom3.b\u200b", "\u202emoterom3.b", "moterom3.\u0432",
    "m\u043eterom3.b", "\uff4doterom3.b", "moterom3\u3002b", "m\u00f8terom3.b", "moterom\u0663.b",
    "{domain}##moterom3.b", "moterom3.b ", "moterom3 .b", "moterom3.b,moterom4", "moterom3.b\\",
    "moterom3.b'--", "a" * 65, "a" * 100_000, "@", "", "sip:", "112", "4812", "48120@{domain}",
)  # fmt: skip


def test_address_of_another_organisation_is_taken_however_it_is_written(
    cast: Cast, platform: VideoPlatform, ask: Ask, foreign_endpoint: Endpoint
) -> None:
    account = {"username": foreign_endpoint.username, "password": str(foreign_endpoint.password)}
    before = Endpoint.objects.in_organisation(cast.organisation).count()
    for written in SAME_OR_ALIKE:
        typed = written.replace("{domain}", platform.domain)
        typed = typed.replace("{DOMAIN}", platform.domain.upper())
        with pytest.raises(ValidationError) as refused:
            actions.register_endpoint(cast.organisation, by=cast.admin, name="Min", address=typed)
        assert set(refused.value.error_dict) == {"address"}, ascii(written)
    assert Endpoint.objects.in_organisation(cast.organisation).count() == before
    told = json.loads(ask(f"registrations/{foreign_endpoint.address}").content)
    assert told["result"] == account


def test_letter_that_becomes_another_in_small_is_that_one(
    cast: Cast, platform: VideoPlatform, foreign_endpoint: Endpoint
) -> None:
    """The sign for kelvin is a k in small letters: the address is the same, and taken."""
    actions.register_endpoint(cast.foreign, by=cast.other_admin, name="K", address="klinikk.b")
    for written in ("\u212alinikk.b", "klini\u212ak.b", f"KLINI\u212aK.B@{platform.domain}"):
        with pytest.raises(ValidationError, match="i bruk"):
            actions.register_endpoint(cast.organisation, by=cast.admin, name="K", address=written)


def test_who_has_the_address_is_not_told(
    cast: Cast, signed_in: SignIn, foreign_endpoint: Endpoint
) -> None:
    """What the form says is the same whoever has it: one's own, another's, or a room's number."""
    own = actions.register_endpoint(
        cast.organisation, by=cast.admin, name="Egen", address="egen", model="Hemmelig modell"
    )
    client = signed_in(cast.admin)
    said = []
    for endpoint in (own, foreign_endpoint):
        page = client.post(
            reverse("endpoints:new", args=[cast.organisation.slug]),
            {"name": "Ny", "address": endpoint.address, "kind": "room"},
        )
        assert page.status_code == 422
        said.append(page.context["form"].errors["address"])
        body = page.content.decode()
        assert cast.other_admin.email not in body
        assert str(foreign_endpoint.public_id) not in body
    assert said[0] == said[1]


def secrets_of(cast: Cast, endpoint: Endpoint, foreign: Endpoint) -> dict[str, str]:
    platform = endpoint.platform
    rooms = {
        f"{which} of {room.number}": str(getattr(room, which)).removesuffix("#")
        for room in (cast.room, cast.own_room, cast.foreign_room)
        for which in ("host_pin", "guest_pin")
        if getattr(room, which)
    }
    return rooms | {
        "password": str(endpoint.password),
        "foreign password": str(foreign.password),
        "policy": str(platform.policy_password),
        "events": str(platform.sink_password),
        "management": str(platform.management_password),
    }


def holds(body: str, secret: str) -> bool:
    """Return whether the text has the secret, and not as a part of a longer key."""
    return re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", body) is not None


@pytest.mark.parametrize("role", ROLES)
def test_no_page_or_file_holds_a_secret_that_nobody_asked_for(
    cast: Cast, signed_in: SignIn, endpoint: Endpoint, foreign_endpoint: Endpoint, role: str
) -> None:
    """Pages, exports, one's own data, the log: only the buttons that show a secret show it."""
    VideoPlatform.objects.update(management_password="management-secret-77")
    endpoint.refresh_from_db()
    endpoint.platform.refresh_from_db()
    actions.renew_password(endpoint, by=cast.admin)
    actions.reveal_password(endpoint, by=cast.admin)
    endpoint = Endpoint.objects.in_organisation(cast.organisation).get(pk=endpoint.pk)
    endpoint.platform.refresh_from_db()
    secrets = secrets_of(cast, endpoint, foreign_endpoint)
    assert len(secrets) >= 8
    client = session_of(role, cast, signed_in)
    for address in addresses():
        if "token" in address.parameters:
            continue
        for url in {fill(address, cast)}:
            response: Any = client.get(url)
            body = body_of(response).decode("utf-8", "replace")
            told = [name for name, value in secrets.items() if value and holds(body, value)]
            assert told == [], url
            if response.status_code == 200 and address.rule.kind not in ("machine", "public"):
                assert "no-store" in response.get("Cache-Control", ""), url


def test_no_row_holds_a_password_in_clear(cast: Cast, endpoint: Endpoint) -> None:
    actions.renew_password(endpoint, by=cast.admin)
    fresh = Endpoint.objects.in_organisation(cast.organisation).get(pk=endpoint.pk)
    actions.change_endpoint(fresh, by=cast.admin, password="another-password-77")
    actions.reveal_password(fresh, by=cast.admin)
    secrets = [str(fresh.password), "another-password-77"]
    found = [row for row in rows() if any(secret in row for secret in secrets)]
    assert found == []
    # The search sees what is in clear.
    assert any(fresh.address in row for row in rows())
    assert connection.vendor == "postgresql"


def test_directory_takes_no_wildcards_and_no_more_words_than_it_can_use(
    cast: Cast, platform: VideoPlatform, endpoint: Endpoint, foreign_endpoint: Endpoint
) -> None:
    actions.register_endpoint(
        cast.organisation, by=cast.admin, name="Venterom 100%_a\\b", address="venterom"
    )
    sign = {"authorization": basic(platform.policy_user, str(platform.policy_password))}

    def found(query: str) -> list[str]:
        url = f"/platforms/{platform.slug}/policy/v1/registrations?{query}"
        response: Any = Client().get(url, headers=sign)
        assert response.status_code == 200, query
        return [one["description"] for one in json.loads(response.content)["result"]]

    asking = f"registration_alias={endpoint.address}"
    everything = found(f"{asking}&q=")
    assert "Venterom 100%_a\\b" in everything
    assert foreign_endpoint.address not in str(everything)
    for q in ("%25", "_", "%5C", "100%25_a%5Cb"):
        assert found(f"{asking}&q={q}") == ["Venterom 100%_a\\b"], q
    for q in ("%25%25", "__", "V%25m", "V_nterom", "%5C%5C", "'", "%00", "%FF", "%ED%A0%80"):
        assert found(f"{asking}&q={q}") in ([], everything), q
    assert found(f"{asking}&q=V%25m") == []
    assert found(f"{asking}&q=V_nterom") == []
    # Who asks is one address: a second one, a list or a wildcard is nobody.
    for odd in (
        "registration_alias=%25", "registration_alias=moterom3%25", "registration_alias[]=moterom3",
        f"registration_alias={endpoint.address},{foreign_endpoint.address}", "registration_alias=",
        "registration_alias=*", "q=Venterom",
    ):  # fmt: skip
        assert found(odd) == [], odd
    both = found(f"{asking}&registration_alias={foreign_endpoint.address}&q=Venterom")
    assert both == []
    for limit in ("0", "-1", "11", "99999999999", "1e9", "%EF%BC%91", "1.5", ""):
        assert len(found(f"{asking}&limit={limit}")) <= 10
    assert len(found(f"{asking}&limit=1")) == 1
