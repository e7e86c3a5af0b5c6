"""The protocol, against a real provider: what holds opens, what does not hold opens nothing."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.test import Client

from tenants.models import AuditEntry, User
from tenants.oidc.assurance import counts_as_second_factor
from tests import sessions
from tests.cast import Cast
from tests.oidc.provider import RunningProvider, make_key, start
from tests.second_factors import give_app


def connect(provider: RunningProvider, user: User, account: str = "kari-at-provider") -> None:
    SocialAccount.objects.create(user=user, provider="test", uid=f"{provider.issuer}|{account}")
    provider.knows(account)


@pytest.fixture
def person(cast: Cast, provider: RunningProvider) -> User:
    connect(provider, cast.admin)
    return cast.admin


def go(provider: RunningProvider, client: Client, **options: Any) -> Any:
    return client.get(provider.answer(start(client), "kari-at-provider", **options))


def who_is_in(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def last_refusal() -> str:
    entry = (
        AuditEntry.objects.unscoped(reason="the test reads what was written last")
        .filter(action="tenants.session.refused_by_provider")
        .last()
    )
    return str(entry.after["reason"]) if entry else ""


def test_right_flow_signs_in_and_is_logged_with_the_provider(
    provider: RunningProvider, person: User, client: Client
) -> None:
    answer = go(provider, client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert who_is_in(client) == str(person.pk)
    entry = AuditEntry.objects.unscoped(reason="the test reads what was written last").last()
    assert entry is not None
    assert (entry.action, entry.after) == (
        "tenants.session.started_by_provider",
        {"provider": "Testporten"},
    )


def test_request_asks_for_level_pkce_state_and_nonce_anew_each_time(
    provider: RunningProvider, client: Client
) -> None:
    first, second = (parse_qs(urlsplit(start(client)).query) for _ in range(2))
    assert first["acr_values"] == ["high"]
    assert first["code_challenge_method"] == ["S256"]
    assert first["scope"] == ["openid email profile"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 40
        assert first[name] != second[name]


def test_address_of_the_portal_cannot_change_what_is_asked(
    provider: RunningProvider, client: Client
) -> None:
    asked = parse_qs(
        urlsplit(
            start(
                client,
                scope="address",
                auth_params="acr_values=low",
                process="connect",
                action="reauthenticate",
            )
        ).query
    )
    assert asked["acr_values"] == ["high"]
    assert asked["scope"] == ["openid email profile"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("nonce", "nonce"),
        ("no nonce", "nonce"),
        ("aud", "InvalidAudienceError"),
        ("two aud", "audience"),
        ("iss", "InvalidIssuerError"),
        ("expired", "ExpiredSignatureError"),
        ("signature", "InvalidSignatureError"),
        ("unknown key", "key"),
        ("none", "algorithm"),
        ("shared secret", "algorithm"),
        ("level", "level"),
        ("no level", "level"),
        ("number as sub", "national identity number"),
    ],
)
def test_spoilt_id_token_opens_nothing(
    fault: str, reason: str, provider: RunningProvider, person: User, client: Client
) -> None:
    address = start(client)
    provider.steer(fault=fault)
    answer = client.get(provider.answer(address, "kari-at-provider"))
    assert answer.status_code == 403
    assert who_is_in(client) is None
    assert last_refusal() == reason


def test_lower_level_at_the_provider_is_refused_with_what_to_do(
    provider: RunningProvider, person: User, client: Client
) -> None:
    answer = go(provider, client, acr="low")
    assert answer.status_code == 403
    assert "BankID" in answer.content.decode()
    assert who_is_in(client) is None


def test_new_key_of_the_provider_is_fetched_once(
    provider: RunningProvider, person: User, client: Client
) -> None:
    go(provider, client)
    client.logout()
    provider.steer(fault="rotated", asked=[])
    go(provider, client)
    assert who_is_in(client) == str(person.pk)
    assert provider.asked.count("GET /jwks") == 1


def test_unknown_keys_do_not_make_us_ask_again_and_again(
    provider: RunningProvider, person: User, client: Client
) -> None:
    go(provider, client)
    client.logout()
    provider.steer(asked=[])
    for _ in range(3):
        address = start(client)
        provider.steer(fault="unknown key")
        client.get(provider.answer(address, "kari-at-provider"))
        provider.steer(fault="")
    assert provider.asked.count("GET /jwks") == 1
    assert who_is_in(client) is None


def test_answer_is_taken_once(provider: RunningProvider, person: User, client: Client) -> None:
    back = provider.answer(start(client), "kari-at-provider")
    client.get(back)
    client.logout()
    answer = client.get(back)
    assert answer.status_code == 403
    assert who_is_in(client) is None


def test_answer_is_worth_nothing_in_another_browser(
    provider: RunningProvider, person: User, client: Client
) -> None:
    back = provider.answer(start(client), "kari-at-provider")
    other = Client()
    assert other.get(back).status_code == 403
    assert who_is_in(other) is None


def test_answer_to_who_was_signed_out_is_not_taken_by_who_is_signed_in(
    provider: RunningProvider, cast: Cast, client: Client
) -> None:
    connect(provider, cast.admin)
    back = provider.answer(start(client), "kari-at-provider")
    client.force_login(cast.owner, backend=sessions.BACKEND)
    assert client.get(back).status_code in {302, 403}
    assert who_is_in(client) == str(cast.owner.pk)


def test_another_issuer_in_the_answer_is_refused(
    provider: RunningProvider, person: User, client: Client
) -> None:
    back = re.sub(
        r"iss=[^&]+",
        "iss=https%3A%2F%2Fevil.example",
        provider.answer(start(client), "kari-at-provider"),
    )
    assert "evil" in back
    assert client.get(back).status_code == 403
    assert last_refusal() == "issuer"


def test_provider_refuses_a_code_without_its_verifier(
    provider: RunningProvider, person: User, client: Client
) -> None:
    back = provider.answer(start(client), "kari-at-provider")
    session = client.session
    for kept in session["socialaccount_states"].values():
        kept[0]["pkce_code_verifier"] = "x" * 64
    session.save()
    assert client.get(back).status_code == 403
    assert last_refusal() == "declined"


def test_provider_refuses_a_request_without_pkce(provider: RunningProvider, client: Client) -> None:
    bare = re.sub(r"&code_challenge(_method)?=[^&]+", "", start(client))
    answer = requests.get(bare, timeout=5, allow_redirects=False)
    assert "error=invalid_request" in answer.headers["location"]


def test_private_key_jwt_in_place_of_a_secret(
    provider: RunningProvider, person: User, client: Client, settings: Any
) -> None:
    settings.OIDC_PROVIDERS = {"test": provider.with_key}
    go(provider, client)
    assert who_is_in(client) == str(person.pk)


def test_private_key_that_the_provider_does_not_know_opens_nothing(
    provider: RunningProvider, person: User, client: Client, settings: Any
) -> None:
    settings.OIDC_PROVIDERS = {"test": replace(provider.with_key, private_key=make_key()[0])}
    assert go(provider, client).status_code == 403
    assert last_refusal() == "declined"


def test_pushed_request_leaves_nothing_in_the_address(
    provider: RunningProvider, person: User, client: Client, settings: Any
) -> None:
    settings.OIDC_PROVIDERS = {"test": replace(provider.with_key, pushed_requests=True)}
    address = start(client)
    assert parse_qs(urlsplit(address).query).keys() == {"client_id", "request_uri"}
    client.get(provider.answer(address, "kari-at-provider"))
    assert who_is_in(client) == str(person.pk)


@pytest.mark.parametrize("fault", ["down", "broken", "nonsense", "silent"])
def test_provider_that_is_down_gives_a_page_and_local_sign_in_works(
    fault: str, provider: RunningProvider, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenants.oidc.client.TIMEOUT", (0.5, 0.5))
    provider.steer(fault=fault)
    began = time.monotonic()
    answer = client.get("/accounts/oidc/test/")
    assert time.monotonic() - began < 3
    assert answer.status_code == 503
    assert "Testporten svarer ikke" in answer.content.decode()
    assert 'href="/accounts/login/"' in answer.content.decode()
    assert client.get("/accounts/login/").status_code == 200


@pytest.mark.parametrize("fault", ["down", "silent", "nonsense"])
def test_provider_that_goes_down_on_the_way_gives_the_same_page(
    fault: str,
    provider: RunningProvider,
    person: User,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tenants.oidc.client.TIMEOUT", (0.5, 0.5))
    back = provider.answer(start(client), "kari-at-provider")
    provider.steer(fault=fault)
    assert client.get(back).status_code == 503
    assert last_refusal() == "unreachable"


def test_userinfo_about_somebody_else_is_refused(
    provider: RunningProvider, person: User, client: Client
) -> None:
    address = start(client)
    provider.steer(fault="other person")
    assert client.get(provider.answer(address, "kari-at-provider")).status_code == 403
    assert last_refusal() == "userinfo"


def test_description_of_another_issuer_is_refused(
    provider: RunningProvider, client: Client, settings: Any
) -> None:
    wrong = replace(provider.plain, issuer=provider.issuer.replace("127.0.0.1", "localhost"))
    settings.OIDC_PROVIDERS = {"test": wrong}
    assert client.get("/accounts/oidc/test/").status_code == 403


def test_closed_account_stays_closed(
    provider: RunningProvider, person: User, client: Client
) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)
    go(provider, client)
    assert who_is_in(client) is None


def test_provider_that_is_not_configured_does_not_exist(
    provider: RunningProvider, client: Client
) -> None:
    assert client.get("/accounts/oidc/helseid/").status_code == 404
    assert client.get("/accounts/oidc/helseid/callback/").status_code == 404


def test_too_many_beginnings_from_one_place_are_held_back(
    provider: RunningProvider, client: Client, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip"}
    assert [client.get("/accounts/oidc/test/").status_code for _ in range(4)] == [
        302,
        302,
        302,
        429,
    ]


def request_of(client: Client, rf: Any, user: User) -> Any:
    request = rf.get("/")
    request.session, request.user = client.session, user
    return request


def test_demanded_level_counts_as_second_factor(
    provider: RunningProvider, person: User, client: Client, rf: Any
) -> None:
    go(provider, client)
    assert counts_as_second_factor(request_of(client, rf, person))


def test_provider_without_levels_proves_no_second_factor(
    provider: RunningProvider, person: User, client: Client, rf: Any, settings: Any
) -> None:
    settings.OIDC_PROVIDERS = {"test": replace(provider.plain, acr_values=(), levels=())}
    go(provider, client)
    assert who_is_in(client) == str(person.pk)
    assert not counts_as_second_factor(request_of(client, rf, person))


def test_second_step_is_left_out_at_the_demanded_level(
    provider: RunningProvider, person: User, client: Client
) -> None:
    give_app(person)
    go(provider, client)
    assert client.get("/accounts/connections/").status_code == 200


def test_compulsory_second_factor_is_met_at_the_demanded_level(
    provider: RunningProvider, person: User, client: Client
) -> None:
    go(provider, client)
    assert client.get("/accounts/connections/").status_code == 200


def test_without_a_level_the_second_step_is_asked_for(
    provider: RunningProvider, person: User, client: Client, settings: Any
) -> None:
    settings.OIDC_PROVIDERS = {"test": replace(provider.plain, acr_values=(), levels=())}
    give_app(person)
    assert "second-factor" in go(provider, client)["Location"]
    assert who_is_in(client) is None


def test_without_a_level_the_compulsory_second_factor_is_still_owed(
    provider: RunningProvider, person: User, client: Client, settings: Any
) -> None:
    settings.OIDC_PROVIDERS = {"test": replace(provider.plain, acr_values=(), levels=())}
    go(provider, client)
    assert "second-factor" in client.get("/accounts/connections/")["Location"]


def test_password_proves_no_second_factor(
    provider: RunningProvider, signed_in: Callable[[User], Client], person: User, rf: Any
) -> None:
    assert not counts_as_second_factor(request_of(signed_in(person), rf, person))


def test_description_is_kept(provider: RunningProvider, client: Client) -> None:
    start(client)
    start(client)
    assert sum("openid-configuration" in line for line in provider.asked) == 1
    assert cache.get(f"oidc:description:{provider.issuer}/.well-known/openid-configuration")
