"""Floods of tokens, and providers that trickle, break off or talk nonsense."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from tenants.models import User
from tenants.oidc import client as module
from tenants.oidc.errors import Unreachable
from tests.cast import Cast
from tests.oidc.provider import RunningProvider
from tests.oidc.test_logout import ADDRESS, claims, come_in, is_in, send

FLOOD = 200


@pytest.fixture
def person(cast: Cast, provider: RunningProvider) -> User:
    uid = f"{provider.issuer}|kari-at-provider"
    SocialAccount.objects.create(user=cast.admin, provider="test", uid=uid)
    provider.knows("kari-at-provider")
    return cast.admin


def test_flood_of_tokens_with_made_up_keys_asks_the_provider_once(
    provider: RunningProvider, person: User
) -> None:
    client, _sid = come_in(provider)
    good = claims(provider)
    header = {"typ": "logout+jwt"}
    provider.steer(asked=[])
    secret = "x" * 40
    for number in range(FLOOD):
        kid: Any = f"made-up-{number}"
        token = jwt.encode(good, secret, algorithm="HS256", headers={**header, "kid": kid})
        assert send(token).status_code == 400
        forged = token.replace(token.split(".")[0], other_algorithm(header, kid))
        assert send(forged).status_code == 400
    assert provider.asked.count("GET /jwks") <= 1
    assert is_in(client)


def other_algorithm(header: dict[str, Any], kid: str) -> str:
    made = jwt.encode({}, "x" * 40, algorithm="HS256", headers={**header, "kid": kid})
    head = jwt.get_unverified_header(made) | {"alg": "RS256"}
    return jwt.utils.base64url_encode(json.dumps(head).encode()).decode()


def test_one_token_sent_many_times_ends_one_session_once(
    provider: RunningProvider, person: User, cast: Cast
) -> None:
    client, sid = come_in(provider)
    token = provider.sign(claims(provider, sid=sid))
    assert [send(token).status_code for _turn in range(20)] == [200, *[400] * 19]
    assert not is_in(client)
    # Who signs in again is not met by the old token.
    client, _sid = come_in(provider)
    assert send(token).status_code == 400
    assert is_in(client)


@pytest.mark.parametrize(
    "sent",
    [
        {}, {"logout_token": ""}, {"logout_token": "." * 50_000}, {"logout_token": "a.b.c"},
        {"logout_token": "\x00"}, {"logout_token": "e30.e30."}, {"logout_token": ["x", "y"]},
        {"logout_token": "eyJhbGciOiJSUzI1NiIsInR5cCI6ImxvZ291dCtqd3QiLCJraWQiOlsxXX0.e30.AA"},
        {"logout_token": "eyJhbGciOlsxXSwidHlwIjoibG9nb3V0K2p3dCJ9.e30.AA"},
    ],
    ids=lambda sent: str(sent)[:40],
)  # fmt: skip
def test_what_is_no_token_is_refused(
    provider: RunningProvider, person: User, sent: dict[str, Any]
) -> None:
    assert Client().post(ADDRESS, sent).status_code == 400


@contextmanager
def talker(parts: list[bytes], pause: float = 0.0) -> Iterator[tuple[str, list[int]]]:
    """A server that answers each request with these parts, and breaks off."""
    asked: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            with suppress(OSError):
                while True:
                    connection, _address = listener.accept()
                    asked.append(1)
                    with connection, suppress(OSError):
                        connection.recv(65536)
                        for part in parts:
                            connection.sendall(part)
                            time.sleep(pause)

        threading.Thread(target=listen, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "parts",
    [
        [OK, b"Content-Length: 1000\r\n\r\n{"],
        [OK, b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"],
        [OK, b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain"],
        [OK, b"Connection: close\r\n\r\n" + b'{"a":' * 100_000],
        [OK, b"Connection: close\r\n\r\n" + b"[" * 100_000],
        [OK, b"Connection: close\r\n\r\n\xff\xfe{}"],
        [OK, b"Connection: close\r\n\r\n[]"],
        [OK, b"Connection: close\r\n\r\n" + b" " * 300_000 + b"{}"],
        [b"not http at all\r\n\r\n"],
        [],
    ],
    ids=range(10),
)
def test_answer_that_makes_no_sense_is_no_answer(
    provider: RunningProvider, settings: Any, parts: list[bytes]
) -> None:
    with talker(parts) as (url, _asked):
        with pytest.raises(Unreachable):
            module.ask("GET", url)
        settings.OIDC_PROVIDERS = {"test": replace(provider.plain, issuer=url)}
        page = Client().get("/accounts/oidc/test/")
        assert page.status_code == 503
        token = jwt.encode({}, "x" * 40, headers={"typ": "logout+jwt"})
        assert send(token).status_code == 400


def test_answer_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BODY_SECONDS", 0.4)
    drops = [b"1"] * 100
    begun = time.monotonic()
    with (
        talker([OK, b"Content-Length: 100\r\n\r\n", *drops], pause=0.1) as (url, _asked),
        pytest.raises(Unreachable),
    ):
        module.ask("GET", url)
    assert time.monotonic() - begun < 3


def test_provider_that_is_silent_is_not_asked_by_every_visitor(
    provider: RunningProvider, settings: Any
) -> None:
    with talker([]) as (url, asked):
        settings.OIDC_PROVIDERS = {"test": replace(provider.plain, issuer=url)}
        for _turn in range(10):
            assert Client().get("/accounts/oidc/test/").status_code == 503
    # requests may try a broken connection a second time.
    assert 1 <= len(asked) <= 2
