"""Signing in to the management API with an OAuth2 client's private key."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.db import connection

from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import sending
from rooms.platforms.outbox.sending import Drained
from rooms.platforms.pexip import client as module
from rooms.platforms.pexip import tokens
from rooms.platforms.pexip.client import Login, ManagementClient
from rooms.platforms.pexip.tokens import TOKEN_PATH, TokenRefused, TokenUseless
from rooms.platforms.port import PlatformBusy, PlatformDown
from tests.cast import Cast
from tests.pexip import Pexip
from tests.portal import wait_until
from tests.rooms.platforms.test_outbox_to_pexip import conference, connect, order

type Account = dict[str, str]


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READ_SECONDS", 0.6)
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.6)
    monkeypatch.setattr(tokens, "_held", {})


@pytest.fixture
def account(pexip: Pexip) -> Account:
    """A client that the platform knows, with its private key."""
    reply = pexip.config("POST", "oauth2_client/", {"client_name": "Portal", "role": "Rooms"})
    assert reply.status == 201
    pexip.control("DELETE", "requests")
    found: Account = reply.body
    return found


def client_of(pexip: Pexip, account: Account, **more: Any) -> ManagementClient:
    values = {
        "slug": secrets.token_hex(4), "url": pexip.url, "user": account["client_id"],
        "password": "", "key": account["private_key_jwt"], "per_minute": 1000,
    }  # fmt: skip
    return ManagementClient(Login(**{**values, **more}))


def as_jwk(pem: str) -> str:
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    return str(jwt.algorithms.ECAlgorithm.to_jwk(key))


def as_old_pem(pem: str) -> str:
    key = load_pem_private_key(pem.encode(), None)
    return key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()


def asked(pexip: Pexip) -> list[str]:
    """Return what was asked for: ``token``, or the method, with the status."""
    return [
        f"{'token' if one['path'] == TOKEN_PATH else one['method']} {one['status']}"
        for one in pexip.requests()
    ]


@pytest.mark.parametrize("form", [str, as_jwk, as_old_pem, lambda pem: f"\r\n{pem}  "])
def test_key_in_any_form_signs_and_one_token_serves_many(
    pexip: Pexip, account: Account, form: Callable[[str], str]
) -> None:
    key = form(account["private_key_jwt"])
    for _client in range(2):
        client = client_of(pexip, account, key=key)
        assert client.first("configuration", "conference") is None
    assert asked(pexip) == ["token 200", "GET 200", "GET 200"]


def test_token_that_was_taken_back_is_renewed_and_nothing_done_twice(
    pexip: Pexip, account: Account
) -> None:
    client = client_of(pexip, account)
    client.create("conference", {"name": "En"})
    pexip.control("POST", "tokens/revoke")
    client.create("conference", {"name": "To"})
    assert sorted(one["name"] for one in pexip.objects("conference")) == ["En", "To"]
    # What looks the rooms up is the test's own.
    assert asked(pexip)[:5] == ["token 200", "POST 201", "POST 401", "token 200", "POST 201"]


def test_token_is_renewed_before_it_ends(pexip: Pexip, account: Account) -> None:
    pexip.control("PATCH", "settings", {"token_seconds": 1.0})
    client = client_of(pexip, account)
    for _request in range(2):
        client.first("configuration", "conference")
    time.sleep(0.6)
    client.first("configuration", "conference")
    assert asked(pexip) == ["token 200", "GET 200", "GET 200", "token 200", "GET 200"]


def test_unknown_client_and_foreign_key_get_no_token_and_nothing_secret_is_told(
    pexip: Pexip, account: Account
) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    foreign = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for more, why in (({"user": "nobody"}, "unknown client"), ({"key": foreign}, "signature")):
        client = client_of(pexip, account, **more)
        with pytest.raises(TokenRefused, match=f"Token: 401: invalid_client: .*{why}") as refused:
            client.create("conference", {"name": "Rom", "pin": "482913"})
        told = f"{refused.value!r} {client._login!r} {client._oauth!r}"
        assert "PRIVATE KEY" not in told
        assert isinstance(refused.value, PlatformDown)
    assert asked(pexip) == ["token 401"] * 2


def test_deleted_client_is_out_when_its_token_ends(pexip: Pexip, account: Account) -> None:
    client = client_of(pexip, account)
    client.first("configuration", "conference")
    pexip.ask("DELETE", account["resource_uri"])
    pexip.control("POST", "tokens/revoke")
    with pytest.raises(TokenRefused):
        client.first("configuration", "conference")


def test_fresh_token_that_does_not_let_in_is_not_asked_for_again(
    pexip: Pexip, account: Account
) -> None:
    client = client_of(pexip, account)
    pexip.fault("answer", status=401, path="/api/")
    with pytest.raises(TokenUseless, match="401"):
        client.first("configuration", "conference")
    assert asked(pexip) == ["token 200", "GET 401"]
    pexip.control("DELETE", "faults")
    client.first("configuration", "conference")
    pexip.fault("answer", status=401, path="/api/")
    with pytest.raises(TokenUseless):
        client.first("configuration", "conference")
    assert asked(pexip)[2:] == ["token 200", "GET 200", "GET 401", "token 200", "GET 401"]


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ({"kind": "answer", "status": 400, "body": {"error": "invalid_client"}}, TokenRefused,
         "Token: 400: invalid_client"),
        ({"kind": "answer", "status": 404}, TokenRefused, "Token: 404"),
        ({"kind": "answer", "status": 302, "headers": {"Location": "http://127.0.0.1:1/"}},
         TokenRefused, "Token: 302"),
        ({"kind": "answer", "status": 429}, PlatformDown, "Token: 429"),
        ({"kind": "answer", "status": 503}, PlatformDown, "Token: 503"),
        ({"kind": "delay", "seconds": 1}, PlatformDown, "Token: No answer: ReadTimeout"),
        ({"kind": "reset"}, PlatformDown, "Token: No answer"),
        ({"kind": "answer", "status": 200, "body": "hei"}, PlatformDown, "with none"),
        ({"kind": "answer", "status": 200, "body": {"access_token": "a\r\nX: b",
          "token_type": "Bearer", "expires_in": 9}}, PlatformDown, "with none"),
        ({"kind": "answer", "status": 200, "body": {"access_token": 7}}, PlatformDown,
         "with none"),
        ({"kind": "answer", "status": 200, "body": {"access_token": "a", "token_type": "mac"}},
         PlatformDown, "with none"),
    ],
)  # fmt: skip
def test_trouble_with_the_token_says_so_and_asks_for_nothing_else(
    pexip: Pexip, account: Account, fault: dict[str, Any], kind: type[Exception], words: str
) -> None:
    pexip.fault(**fault, path=TOKEN_PATH)
    begun = time.monotonic()
    with pytest.raises(kind, match=words) as trouble:
        client_of(pexip, account).read("/api/admin/configuration/v1/conference/1/")
    assert type(trouble.value) is kind
    assert time.monotonic() - begun < 3
    # A late answer is written down when it is given.
    wait_until(lambda: bool(pexip.requests()))
    assert [one["path"] for one in pexip.requests()] == [TOKEN_PATH]


@pytest.mark.parametrize("end", [None, "soon", -5, True, 1e400])
def test_token_without_a_sensible_end_serves_one_request(
    pexip: Pexip, account: Account, end: Any
) -> None:
    client = client_of(pexip, account)
    assert client._oauth is not None
    body = {"access_token": "abc", "token_type": "Bearer", "expires_in": end}
    assert tokens.keep(client._oauth, body) == "abc"
    assert tokens.held(client._oauth) == ("abc" if end == 1e400 else "")


def _pem(key: Any) -> str:
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


@pytest.mark.parametrize(
    "make",
    [
        lambda: "hemmelig", lambda: "{", lambda: "{}", lambda: '{"kty": "EC"}',
        lambda: json.dumps({"kty": "oct", "k": "aGVtbWVsaWc"}),
        lambda: _pem(ec.generate_private_key(ec.SECP384R1())),
        lambda: _pem(rsa.generate_private_key(65537, 2048)),
        lambda: "-----BEGIN PRIVATE KEY-----\nhemmelig\n-----END PRIVATE KEY-----",
    ],
)  # fmt: skip
def test_text_that_is_no_such_key_is_refused_here_and_not_quoted(
    pexip: Pexip, account: Account, make: Callable[[], str]
) -> None:
    key = make()
    with pytest.raises(TokenRefused) as refused:
        client_of(pexip, account, key=key).first("configuration", "conference")
    assert str(refused.value) == "Token: no private key of the curve P-256."
    assert "hemmelig" not in f"{refused.value.__cause__!r} {refused.value.__context__!r}"
    assert pexip.requests() == []


def test_tokens_count_among_the_requests_of_a_minute(
    pexip: Pexip, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)
    client = client_of(pexip, account, per_minute=10)
    with pytest.raises(PlatformBusy):
        client.first("configuration", "conference")
    assert asked(pexip) == ["token 200"]


@pytest.mark.django_db
def test_rooms_go_out_by_token_and_the_key_is_encrypted_where_it_lies(
    cast: Cast, pexip: Pexip, account: Account
) -> None:
    connect(pexip)
    platform = VideoPlatform.objects.get()
    platform.management_sign_in = VideoPlatform.SignIn.OAUTH2
    platform.management_user = account["client_id"]
    platform.management_password = ""
    platform.management_key = account["private_key_jwt"]
    platform.save()
    with connection.cursor() as cursor:
        cursor.execute("select management_key from rooms_videoplatform")
        assert "PRIVATE KEY" not in str(cursor.fetchone())
    room = order(cast)
    assert sending.drain(VideoPlatform.objects.get()) == Drained(sent=1)
    conference(pexip, room)
    ours = [one for one in asked(pexip) if one.startswith("token")]
    assert ours == ["token 200"]
