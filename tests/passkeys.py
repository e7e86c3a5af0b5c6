"""A passkey for tests, made as WebAuthn says; every part of its answers can be made wrong."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.utils import websafe_encode

from tenants.models import User

HOST = "testserver"
ORIGIN = f"https://{HOST}"
PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


@dataclass
class Passkey:
    """One passkey; ``times`` is how often it says that it was used."""

    handle: str = ""
    times: int = 0
    origin: str = ORIGIN
    host: str = HOST
    flags: int = PRESENT | VERIFIED
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def made(self, options: dict[str, Any], *, kind: str = "webauthn.create") -> str:
        """Return what a browser posts after it made the passkey for these options."""
        options = options["publicKey"]
        self.handle = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + len(self.id).to_bytes(2) + self.id + cbor.encode(public)
        told = self._data(WITH_KEY) + attested
        made = cbor.encode({"fmt": "none", "attStmt": {}, "authData": told})
        return self._posted(
            {
                "clientDataJSON": websafe_encode(self._client(kind, options["challenge"])),
                "attestationObject": websafe_encode(made),
            },
            clientExtensionResults={"credProps": {"rk": True}},
        )

    def answer(
        self, options: dict[str, Any], *, kind: str = "webauthn.get", handle: str | None = None
    ) -> str:
        """Return what a browser posts after somebody showed the passkey; it is counted."""
        self.times += bool(self.times)
        client = self._client(kind, options["publicKey"]["challenge"])
        told = self._data()
        signature = self.key.sign(told + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._posted(
            {
                "clientDataJSON": websafe_encode(client),
                "authenticatorData": websafe_encode(told),
                "signature": websafe_encode(signature),
                "userHandle": self.handle if handle is None else handle,
            }
        )

    def _data(self, more: int = 0) -> bytes:
        flags = (self.flags | more).to_bytes(1)
        return sha256(self.host.encode()).digest() + flags + self.times.to_bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _posted(self, response: dict[str, str], **more: Any) -> str:
        name = websafe_encode(self.id)
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": response, **more}
        )


def handle_of(user: User) -> str:
    """Return what an authenticator calls the person by."""
    from allauth.mfa.adapter import get_adapter

    return websafe_encode(get_adapter().get_public_key_credential_user_entity(user)["id"])
