"""Tokens for clients that sign, as docs/pexip.md describes them; PyJWT is the client here."""

from __future__ import annotations

import time
import uuid
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.pexip import Pexip, Reply

TOKEN = "/oauth/token/"


@pytest.fixture
def account(pexip: Pexip) -> dict[str, Any]:
    reply = pexip.config("POST", "oauth2_client/", {"client_name": "Portal"})
    assert reply.status == 201
    found: dict[str, Any] = reply.body
    return found


def ask(pexip: Pexip, account: dict[str, Any], *, key: Any = None, **changed: Any) -> Reply:
    now = time.time()
    claims = {
        "iss": account["client_id"], "sub": account["client_id"], "aud": f"{pexip.url}{TOKEN}",
        "iat": now, "exp": now + 3000, "jti": str(uuid.uuid4()), **changed,
    }  # fmt: skip
    algorithm = "HS256" if isinstance(key, bytes) else "ES256"
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(
            claims, key or account["private_key_jwt"], algorithm=algorithm
        ),
    }
    return pexip.ask("POST", TOKEN, urlencode(form).encode())


def test_a_signature_gives_a_token(pexip: Pexip, account: dict[str, Any]) -> None:
    reply = ask(pexip, account)
    assert reply.status == 200
    assert reply.body["token_type"] == "Bearer"
    assert reply.body["expires_in"] == 3600


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "http://127.0.0.1/oauth/token/"}, {"iss": "other"}, {"sub": "other"},
        {"exp": time.time() + 7200}, {"exp": 1}, {"iat": time.time() + 7200}, {"jti": ""},
    ],
    ids=["audience", "issuer", "subject", "long", "old", "future", "no id"],
)  # fmt: skip
def test_claims_that_are_wrong_give_none(
    pexip: Pexip, account: dict[str, Any], changed: dict[str, Any]
) -> None:
    reply = ask(pexip, account, **changed)
    assert (reply.status, reply.body["error"]) == (401, "invalid_client")


def test_each_signature_serves_once_and_only_its_own_key_signs(
    pexip: Pexip, account: dict[str, Any]
) -> None:
    assert [ask(pexip, account, jti="once").status for _time in range(2)] == [200, 401]
    assert ask(pexip, account, key=ec.generate_private_key(ec.SECP256R1())).status == 401
    assert ask(pexip, account, key=b"x" * 32).status == 401


def test_key_is_shown_once(pexip: Pexip, account: dict[str, Any]) -> None:
    assert "PRIVATE KEY" in account["private_key_jwt"]
    for shown in (pexip.ask("GET", account["resource_uri"]).body, *pexip.objects("oauth2_client")):
        assert shown["client_id"] == account["client_id"]
        assert "private_key_jwt" not in shown


def test_deleted_client_gets_none(pexip: Pexip, account: dict[str, Any]) -> None:
    assert pexip.ask("DELETE", account["resource_uri"]).status == 204
    assert ask(pexip, account).status == 401
