"""Back-channel logout, with tokens of a real provider: what holds ends sessions, nothing else."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.test import Client

from tenants.models import AuditEntry, User
from tenants.oidc.logout import EVENT
from tests import sessions
from tests.cast import Cast
from tests.oidc.provider import PLANTED, RunningProvider, start

ADDRESS = "/accounts/oidc/test/logout/"


@pytest.fixture
def person(cast: Cast, provider: RunningProvider) -> User:
    uid = f"{provider.issuer}|kari-at-provider"
    SocialAccount.objects.create(user=cast.admin, provider="test", uid=uid)
    provider.knows("kari-at-provider")
    return cast.admin


def come_in(provider: RunningProvider) -> tuple[Client, str]:
    """Return a browser signed in through the provider, and the provider's name for it."""
    client = Client()
    client.get(provider.answer(start(client), "kari-at-provider"))
    assert is_in(client)
    return client, provider.told("sids")[-1]


def is_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def send(token: str) -> Any:
    # No browser, no CSRF token: another machine.
    return Client(enforce_csrf_checks=True).post(ADDRESS, {"logout_token": token})


def test_the_providers_own_token_ends_that_session_and_no_other(
    provider: RunningProvider, person: User, cast: Cast
) -> None:
    first, sid = come_in(provider)
    second, other = come_in(provider)
    assert sid
    assert sid != other
    here = sessions.start(person)
    stranger = sessions.start(cast.other_admin)
    token = provider.logout_token("kari-at-provider", sid)
    answer = send(token)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert [is_in(one) for one in (first, second, here, stranger)] == [False, True, True, True]
    entry = AuditEntry.objects.unscoped(reason="the test reads what was written last").latest("pk")
    assert (entry.action, entry.target_key, entry.organisation_id) == (
        "tenants.session.ended_by_provider",
        str(person.pk),
        cast.organisation.pk,
    )
    # Once: sent again it is refused, whoever sends it.
    again = send(token)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_request"})


def test_a_token_without_a_session_ends_all_that_came_from_the_provider(
    provider: RunningProvider, person: User
) -> None:
    first, _sid = come_in(provider)
    second, _sid = come_in(provider)
    here = sessions.start(person)
    assert send(provider.sign(claims(provider, sid=None))).status_code == 200
    assert [is_in(one) for one in (first, second, here)] == [False, False, True]


def claims(provider: RunningProvider, **changed: Any) -> dict[str, Any]:
    """Return the claims of a logout token for everything of the person, with what is changed."""
    now = int(time.time())
    values = {
        "iss": provider.issuer,
        "aud": "portal",
        "iat": now,
        "exp": now + 120,
        "jti": f"{time.monotonic_ns()}",
        "sub": "kari-at-provider",
        "events": {EVENT: {}},
        **changed,
    }
    return {name: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "http://127.0.0.1:1"},
        {"aud": "another-client"},
        {"iat": 1_000_000_000},
        {"iat": None},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"jti": None},
        {"jti": 7},
        {"events": None},
        {"events": {}},
        {"events": {"http://schemas.openid.net/event/another": {}}},
        {"events": {EVENT: "yes"}},
        {"events": [EVENT]},
        {"nonce": "abc"},
        {"sub": None},
        {"sub": "", "sid": ""},
        {"sub": 7},
    ],
    ids=str,
)
def test_a_token_that_does_not_hold_ends_nothing(
    changed: dict[str, Any], provider: RunningProvider, person: User
) -> None:
    client, _sid = come_in(provider)
    assert send(provider.sign(claims(provider, **changed))).status_code == 400
    assert is_in(client)


def test_neither_an_id_token_nor_a_stranger_ends_anything(
    provider: RunningProvider, person: User
) -> None:
    client, sid = come_in(provider)
    good = claims(provider)
    unsigned = jwt.encode(good, key="", algorithm="none")
    shared = jwt.encode(good, key="a secret that only the tests know", algorithm="HS256")
    for token in (
        "",
        "not a token",
        unsigned,
        shared,
        provider.sign(good, typ="at+jwt"),
        provider.sign(good, typ="JWT"),
        provider.sign(good, kid="nobody"),
        # The right session at the provider, but of somebody else.
        provider.sign(claims(provider, sub="somebody-else", sid=sid), kid="nobody"),
    ):
        assert send(token).status_code == 400
    # It holds, and names nobody who is here.
    assert send(provider.sign(claims(provider, sub="somebody-else", sid=sid))).status_code == 200
    assert is_in(client)
    assert Client().get(ADDRESS).status_code == 405
    assert Client().post("/accounts/oidc/nobody/logout/", {"logout_token": "x"}).status_code == 404


def test_keys_that_cannot_be_read_are_said_to_be_no_fault_of_the_token(
    provider: RunningProvider, person: User
) -> None:
    client, _sid = come_in(provider)
    token = provider.sign(claims(provider), kid="unseen")
    provider.steer(fault="down")
    assert send(token).status_code == 503
    assert is_in(client)


def test_the_providers_words_are_not_kept(provider: RunningProvider, person: User) -> None:
    _client, sid = come_in(provider)
    row = UserSession.objects.filter(user=person).latest("pk")
    assert row.data["provider"] == "test"
    assert sid not in str(row.data)
    assert PLANTED not in str(row.data)
