"""Tokens for OAuth2 clients that sign an assertion (ES256), with the standard library alone."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from scripts.pexip_simulator.wire import Answer, Request, not_allowed

TOKEN = "/oauth/token/"  # noqa: S105 - an address
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_ASSERTION = 3600

# The curve P-256 (NIST FIPS 186-4, D.1.2.3): over the field of P, its order N, its base G.
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
# PKCS #8 around a private key of that curve, and before its public half.
HEAD = bytes.fromhex("308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420")
MIDDLE = bytes.fromhex("a14403420004")

type Point = tuple[int, int] | None


class _Refused(Exception):
    """The client is not let in; ``str()`` says why."""


@dataclass
class Tokens:
    """The clients that there are, and the tokens that hold."""

    seconds: float = 3600.0
    clients: dict[str, Point] = field(default_factory=dict)
    _valid_until: dict[str, float] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    def reset(self) -> None:
        """Know nobody."""
        self.seconds = 3600.0
        for known in (self.clients, self._valid_until, self._used):
            known.clear()

    def revoke(self) -> None:
        """Let no token hold any more; the clients stay."""
        self._valid_until.clear()

    def make_client(self) -> dict[str, str]:
        """Make a client, and return its id and its private key, which nobody sees again."""
        secret = 1 + secrets.randbelow(N - 1)
        public = _times(secret, G)
        client_id = secrets.token_hex(16)
        self.clients[client_id] = public
        halves = b"".join(half.to_bytes(32) for half in public or ())
        der = HEAD + secret.to_bytes(32) + MIDDLE + halves
        body = base64.encodebytes(der).decode()
        pem = f"-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n"
        return {"client_id": client_id, "private_key_jwt": pem}

    def forget(self, client_id: str) -> None:
        """Let a client get no more tokens; those that it has hold until they end."""
        self.clients.pop(client_id, None)

    def lets_in(self, request: Request) -> bool:
        """Return whether the request shows a token that holds now."""
        scheme, _space, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self._valid_until.get(token, 0.0) > time.monotonic()

    def answer(self, request: Request) -> Answer:
        """Give a token to a client that signs as it should."""
        if request.method != "POST":
            return not_allowed("POST")
        given = dict(parse_qsl(request.body.decode(errors="replace")))
        if given.get("grant_type") != "client_credentials":
            return Answer(400, {"error": "unsupported_grant_type"})
        try:
            if given.get("client_assertion_type") != ASSERTION:
                raise _Refused("no assertion of a known type")
            address = f"http://{request.headers.get('host', '')}{TOKEN}"
            self._check(given.get("client_assertion", ""), address)
        except _Refused as refused:
            return Answer(401, {"error": "invalid_client", "error_description": str(refused)})
        token = secrets.token_urlsafe(24)
        self._valid_until[token] = time.monotonic() + self.seconds
        return Answer(
            200, {"access_token": token, "expires_in": self.seconds, "token_type": "Bearer"}
        )

    def _check(self, assertion: str, address: str) -> None:
        try:
            signed, _dot, signature = assertion.rpartition(".")
            head, claims = (json.loads(_bytes(part)) for part in signed.split("."))
            client = claims["sub"]
            whole = _bytes(signature)
        except (ValueError, KeyError, TypeError):
            raise _Refused("not an assertion") from None
        if head.get("alg") != "ES256" or len(whole) != 64:
            raise _Refused("not signed by ES256")
        public = self.clients.get(client)
        if public is None or claims.get("iss") != client:
            raise _Refused("unknown client")
        if not _is_signed(signed.encode(), whole, public):
            raise _Refused("wrong signature")
        if claims.get("aud") != address:
            raise _Refused("wrong audience")
        now = time.time()
        begun, ends = claims.get("iat"), claims.get("exp")
        if not isinstance(begun, int | float) or begun > now + 1:
            raise _Refused("issued in the future")
        if not isinstance(ends, int | float) or not now < ends <= now + LONGEST_ASSERTION:
            raise _Refused("expired, or valid for too long")
        once = claims.get("jti")
        if not isinstance(once, str) or not once or once in self._used:
            raise _Refused("used before")
        self._used.add(once)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _is_signed(message: bytes, signature: bytes, public: Point) -> bool:
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    if not (0 < r < N and 0 < s < N):
        return False
    digest = int.from_bytes(hashlib.sha256(message).digest())
    inverse = pow(s, -1, N)
    point = _sum(_times(digest * inverse % N, G), _times(r * inverse % N, public))
    return point is not None and point[0] % N == r


def _times(number: int, point: Point) -> Point:
    found: Point = None
    while number:
        if number & 1:
            found = _sum(found, point)
        point = _sum(point, point)
        number >>= 1
    return found


def _sum(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    if one[0] == other[0] and (one[1] + other[1]) % P == 0:
        return None
    if one == other:
        slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, P)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, P)
    x = (slope * slope - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P
