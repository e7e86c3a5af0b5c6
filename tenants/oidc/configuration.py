"""Which OpenID Connect providers the portal offers, read from the environment.

``OIDC_PROVIDERS`` names them; each has settings ``OIDC_<NAME>_…`` (docs/oidc.md). A preset fills
in what a provider's public documentation fixes. Read by the settings, so it knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# Stands before the subject in a column of 191 characters.
MAX_ISSUER = 110
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")


@dataclass(frozen=True)
class Provider:
    """One provider. ``levels`` are the values of ``level_claim`` that let somebody in.

    ``acr_values`` is what is asked for; for most providers it is the same. Without levels a
    sign-in proves no second factor. Secrets are kept out of what is printed.
    """

    key: str
    label: str
    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    key_id: str = ""
    algorithm: str = "RS256"
    scopes: tuple[str, ...] = ("openid", "email")
    acr_values: tuple[str, ...] = ()
    level_claim: str = "acr"
    levels: tuple[str, ...] = ()
    email_claim: str = "email"
    email_verified_claim: str = "email_verified"
    name_claim: str = "name"
    pushed_requests: bool = False

    @property
    def may_be_plain(self) -> bool:
        """Whether HTTP without TLS is taken: only from this machine, for tests."""
        return urlsplit(self.issuer).hostname in LOOPBACK


PRESETS: dict[str, dict[str, Any]] = {
    "helseid": {
        "label": "HelseID",
        "issuer": "https://helseid-sts.nhn.no",
        "scopes": (
            "openid",
            "profile",
            "helseid://scopes/identity/security_level",
        ),
        "acr_values": ("Level4",),
        "level_claim": "helseid://claims/identity/security_level",
        "levels": ("4",),
        "email_claim": "",
        "email_verified_claim": "",
        "pushed_requests": True,
    },
    "idporten": {
        "label": "ID-porten",
        "issuer": "https://idporten.no",
        "scopes": ("openid",),
        "acr_values": ("idporten-loa-high",),
        "levels": ("idporten-loa-high",),
        "email_claim": "",
        "email_verified_claim": "",
    },
    "ansattporten": {
        "label": "Ansattporten",
        "issuer": "https://ansattporten.no",
        "scopes": ("openid",),
        "acr_values": ("high",),
        "levels": ("high",),
        "email_claim": "",
        "email_verified_claim": "",
    },
    # The address of an Entra account is what its own administrator wrote: only xms_edov says
    # that the domain's owner was checked. The issuer names the tenant and has no default.
    "entra": {
        "label": "Microsoft Entra ID",
        "scopes": ("openid", "profile", "email"),
        "email_verified_claim": "xms_edov",
    },
}


def read_providers(environment: Mapping[str, str]) -> dict[str, Provider]:
    """Return the configured providers by name, in the order in which they are shown."""
    providers = {}
    for name in _words(environment.get("OIDC_PROVIDERS", "")):
        if not NAME.fullmatch(name):
            raise ImproperlyConfigured(f"OIDC_PROVIDERS: {name!r} is no name (a-z, 0-9, -)")
        providers[name] = _read(name, environment)
    return providers


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def _read(name: str, environment: Mapping[str, str]) -> Provider:
    start = f"OIDC_{name.upper().replace('-', '_')}_"
    preset = environment.get(f"{start}PRESET", "")
    if preset and preset not in PRESETS:
        raise ImproperlyConfigured(f"{start}PRESET must be one of {', '.join(PRESETS)}")
    values: dict[str, Any] = {"label": name, **PRESETS.get(preset, {})}
    for column in fields(Provider):
        given = environment.get(f"{start}{column.name.upper()}")
        if given is None or column.name == "key":
            continue
        if column.name == "pushed_requests":
            values[column.name] = given.strip().lower() in {"1", "true", "yes", "on"}
        elif column.name in {"scopes", "acr_values", "levels"}:
            values[column.name] = _words(given)
        else:
            values[column.name] = given.strip()
    key_file = environment.get(f"{start}PRIVATE_KEY_FILE")
    if key_file:
        values["private_key"] = Path(key_file).read_text(encoding="utf-8")
    # Whoever changes what is asked for means what is accepted too, where that is the same thing.
    if f"{start}ACR_VALUES" in environment and f"{start}LEVELS" not in environment:
        if values.get("level_claim", "acr") != "acr":
            raise ImproperlyConfigured(f"{start}LEVELS must be set together with ACR_VALUES")
        values["levels"] = values["acr_values"]
    missing = [key.upper() for key in ("issuer", "client_id") if not values.get(key)]
    if missing:
        raise ImproperlyConfigured(f"{start}{missing[0]} is missing")
    provider = Provider(key=name, **values)
    _check(start, provider)
    return provider


def _check(start: str, provider: Provider) -> None:
    if not provider.issuer.startswith("https://") and not provider.may_be_plain:
        raise ImproperlyConfigured(f"{start}ISSUER must begin with https://")
    if len(provider.issuer) > MAX_ISSUER:
        raise ImproperlyConfigured(f"{start}ISSUER is longer than {MAX_ISSUER} characters")
    if bool(provider.client_secret) == bool(provider.private_key):
        raise ImproperlyConfigured(f"{start}: set CLIENT_SECRET or PRIVATE_KEY, one of them")
    if provider.algorithm not in ALGORITHMS:
        raise ImproperlyConfigured(f"{start}ALGORITHM must be one of {', '.join(ALGORITHMS)}")
    if "openid" not in provider.scopes:
        raise ImproperlyConfigured(f"{start}SCOPES must contain openid")
    if provider.acr_values and not provider.levels:
        raise ImproperlyConfigured(f"{start}LEVELS is empty: what is asked for must be checked")
