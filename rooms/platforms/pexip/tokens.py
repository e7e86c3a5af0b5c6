"""Tokens of a management API for an OAuth2 client with a private key.

Contract: docs/pexip.md, Management API. A token is kept in this process's memory alone, until
shortly before it ends.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import jwt
import requests
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from requests.auth import AuthBase

from rooms.platforms.port import PlatformDown

TOKEN_PATH = "/oauth/token/"  # noqa: S105 - an address
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# How long a signature may be used; the platform takes an hour at most.
ASSERTION_SECONDS = 300
# A token that ends so soon is not begun with, or half its time before where it is short.
MARGIN_SECONDS = 60.0
_TOKEN = re.compile(r"[\x21-\x7e]{1,8000}")


class TokenRefused(PlatformDown):
    """The platform gave the client no token."""


class TokenUseless(PlatformDown):
    """The platform refused a token that it had just given."""


class Bearer(AuthBase):
    """Shows a token with a request."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@dataclass(frozen=True)
class Client:
    """An OAuth2 client: whose tokens they are, and where they are given out."""

    id: str
    key: str = field(repr=False)
    address: str

    @property
    def name(self) -> str:
        """What its token is kept under: another key or address is another client."""
        return hashlib.sha256("\0".join((self.id, self.key, self.address)).encode()).hexdigest()


_held: dict[str, tuple[str, float]] = {}


def held(client: Client) -> str:
    """Return the token that the client has and that lasts a while; empty without one."""
    token, until = _held.get(client.name, ("", 0.0))
    return token if time.monotonic() < until else ""


def forget(client: Client, token: str) -> None:
    """Let go of a token that was refused, unless there is another one by now."""
    if _held.get(client.name, ("",))[0] == token:
        _held.pop(client.name, None)


def keep(client: Client, body: Any) -> str:
    """Keep the token that the platform answered with, and return it.

    Raises :class:`PlatformDown` for an answer that holds none.
    """
    given = body if isinstance(body, dict) else {}
    token, seconds = given.get("access_token"), given.get("expires_in")
    kind = given.get("token_type")
    if (
        not isinstance(token, str)
        or not _TOKEN.fullmatch(token)
        or not isinstance(kind, str)
        or kind.lower() != "bearer"
    ):
        raise PlatformDown("Token: the platform answered with none.")
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0:
        lasts = max(seconds / 2, seconds - MARGIN_SECONDS)
        _held[client.name] = (token, time.monotonic() + min(lasts, 86_400.0))
    return token


def claim(client: Client) -> dict[str, str]:
    """Return the form that asks for a token, signed anew; raises ``ValueError`` for a bad key."""
    now = int(time.time())
    claims = {
        "iss": client.id,
        "sub": client.id,
        "aud": client.address,
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
        "jti": str(uuid.uuid4()),
    }
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": jwt.encode(claims, signing_key(client.key), algorithm="ES256"),
    }


def signing_key(text: str) -> EllipticCurvePrivateKey:
    """Return the private key for ES256 that the text holds, as PEM or as JWK.

    Raises ``ValueError``, which quotes nothing of it.
    """
    key: Any = None
    try:
        if text.lstrip().startswith("{"):
            key = jwt.PyJWK(json.loads(text), algorithm="ES256").key
        else:
            key = load_pem_private_key(text.strip().encode(), None)
    except (ValueError, TypeError, KeyError, RecursionError, UnsupportedAlgorithm, jwt.PyJWTError):
        # Not chained: their words may hold what was typed.
        pass
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("no private key of the curve P-256")
    return key
