"""A running test provider, and a way through it without a browser."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from scripts.bootstrap import find_npm
from tenants.oidc.configuration import Provider

SECRET = "a secret that only the tests know"
PLANTED = "13097248022"  # a synthetic national identity number


def make_key() -> tuple[str, dict[str, Any]]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return pem, {**public, "kid": "portal-key", "alg": "RS256", "use": "sig"}


@dataclass
class RunningProvider:
    """What a test needs to know of the provider."""

    issuer: str
    private_key: str

    @property
    def plain(self) -> Provider:
        """The portal as a client with a shared secret."""
        return Provider(
            key="test",
            label="Testporten",
            issuer=self.issuer,
            client_id="portal",
            client_secret=SECRET,
            scopes=("openid", "email", "profile"),
            acr_values=("high",),
            levels=("high",),
        )

    @property
    def with_key(self) -> Provider:
        """The portal as a client that signs with a key of its own."""
        return replace(
            self.plain,
            client_id="portal-with-key",
            client_secret="",
            private_key=self.private_key,
            key_id="portal-key",
        )

    def steer(self, **what: Any) -> None:
        requests.post(f"{self.issuer}/control", json=what, timeout=5).raise_for_status()

    def knows(self, account: str, **claims: Any) -> None:
        """Give the provider an account, which has a national identity number as well."""
        planted = {"pid": PLANTED, "helseid://claims/identity/pid": PLANTED}
        self.steer(accounts={account: {**planted, **claims}})

    @property
    def asked(self) -> list[str]:
        found: list[str] = requests.get(f"{self.issuer}/control", timeout=5).json()["asked"]
        return found

    def told(self, what: str) -> list[str]:
        """Return the logout tokens (``sent``) or the names of sessions (``sids``) so far."""
        found: list[str] = requests.get(f"{self.issuer}/control", timeout=5).json()[what]
        return found

    def logout_token(self, account: str, sid: str) -> str:
        """Have the provider end a session of its own; return what it sends the portal."""
        sent = {"account": account, "sid": sid}
        answer = requests.post(f"{self.issuer}/logout", json=sent, timeout=5)
        assert answer.status_code == 200, answer.text
        return self.told("sent")[-1]

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """Have the provider sign any claims."""
        sent = {"claims": claims, "header": {"typ": "logout+jwt", **header}}
        return requests.post(f"{self.issuer}/sign", json=sent, timeout=5).text

    def answer(self, address: str, account: str, *, acr: str = "high") -> str:
        """Sign in at the provider; return the portal's address with the code."""
        with requests.Session() as browser:
            form = browser.get(address, timeout=5)
            action = re.search(r'action="([^"]+)"', form.text)
            assert action, form.text
            step = browser.post(
                self.issuer + action[1],
                data={"account": account, "acr": acr},
                timeout=5,
                allow_redirects=False,
            )
            while "/callback/" not in urlsplit(step.headers["location"]).path:
                step = browser.get(
                    step.headers["location"]
                    if step.headers["location"].startswith("http")
                    else self.issuer + step.headers["location"],
                    timeout=5,
                    allow_redirects=False,
                )
        back = urlsplit(step.headers["location"])
        return f"{back.path}?{back.query}"


def start(client: Client, key: str = "test", **query: str) -> str:
    """Return the provider's address that the portal sends the browser to."""
    answer = client.get(f"/accounts/oidc/{key}/", query)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


@contextmanager
def running() -> Iterator[RunningProvider]:
    """Start the provider on loopback; stop it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    pem, public = make_key()
    client = {"redirect_uris": ["https://portal.example/callback"], "scope": "openid email profile"}
    clients = [
        {
            **client,
            "client_id": "portal",
            "client_secret": SECRET,
            "backchannel_logout_uri": f"http://127.0.0.1:{port}/received",
            "backchannel_logout_session_required": True,
        },
        {
            **client,
            "client_id": "portal-with-key",
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [public]},
        },
    ]
    node = shutil.which("node") or find_npm()[0]
    process = subprocess.Popen(
        [node, Path(__file__).with_name("server.mjs"), str(port), json.dumps(clients)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        lines = iter(process.stdout.readline, "")
        assert any(line.strip() == "ready" for line in lines), "the test provider did not start"
        yield RunningProvider(f"http://127.0.0.1:{port}", pem)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
