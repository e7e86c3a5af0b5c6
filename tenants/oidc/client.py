"""Talking with a provider: its description, its keys, and the portal proving who it is.

Every call has a time-out and no redirects; what is wrong is one of ``tenants.oidc.errors``.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import Any
from urllib.parse import quote, urlsplit

import jwt
import requests
import urllib3
from django.core.cache import cache

from tenants.oidc.configuration import ALGORITHMS, Provider
from tenants.oidc.errors import LevelTooLow, Refused, Unreachable

TIMEOUT = (3, 5)  # seconds to connect, and between bytes
DESCRIPTION_SECONDS = 3600
KEYS_SECONDS = 3600
# A key that nobody knows makes us ask again, but not more often than this.
REFETCH_SECONDS = 30
# So long a provider that gave no answer is not asked for its description and keys.
SILENT_SECONDS = 5
BODY_SECONDS = 10
CLOCK_SKEW = 30
ASSERTION_SECONDS = 60
MAX_BYTES = 256 * 1024

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def ask(method: str, url: str, **options: Any) -> dict[str, Any]:
    """Return the JSON object at the address; raise ``Unreachable`` when there is none."""
    try:
        with (
            requests.Session() as session,
            session.request(
                method, url, timeout=TIMEOUT, allow_redirects=False, stream=True, **options
            ) as response,
        ):
            body = _whole(response)
            status = response.status_code
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as fault:
        raise Unreachable from fault
    if status >= 500 or status in {404, 408, 429}:
        raise Unreachable
    if status not in {200, 201}:
        raise Refused("declined")
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise Unreachable from fault
    if not isinstance(answer, dict) or len(body) > MAX_BYTES:
        raise Unreachable
    return answer


def _whole(response: requests.Response) -> bytes:
    """Return the answer's body, or a little more than is taken of one; it must come in time."""
    until = time.monotonic() + BODY_SECONDS
    body = bytearray()
    while len(body) <= MAX_BYTES and (piece := response.raw.read1(65536, decode_content=True)):
        body += piece
        if time.monotonic() > until:
            raise Unreachable
    return bytes(body)


def _read(address: str) -> dict[str, Any]:
    """Return what the provider says there.

    One that gave no answer is left alone for a moment: whoever sends us tokens or opens
    sign-in again and again would else keep all of us waiting for it.
    """
    silent = f"oidc:silent:{address}"
    if cache.get(silent):
        raise Unreachable
    try:
        return ask("GET", address)
    except Unreachable:
        cache.set(silent, 1, SILENT_SECONDS)
        raise


def describe(provider: Provider) -> dict[str, Any]:
    """Return the provider's own description (discovery), kept for an hour."""
    address = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
    kept = f"oidc:description:{address}"
    found: dict[str, Any] | None = cache.get(kept)
    if found is None:
        found = _read(address)
        _check_description(provider, found)
        cache.set(kept, found, DESCRIPTION_SECONDS)
    return found


def _check_description(provider: Provider, found: dict[str, Any]) -> None:
    if found.get("issuer") != provider.issuer:
        raise Refused("issuer")
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    optional = ("userinfo_endpoint", "pushed_authorization_request_endpoint")
    for name in needed + tuple(name for name in optional if name in found):
        address = found.get(name)
        scheme = urlsplit(address).scheme if isinstance(address, str) else ""
        if scheme != "https" and not (scheme == "http" and provider.may_be_plain):
            raise Refused("description")


def signing_key(provider: Provider, key_id: str | None) -> jwt.PyJWK:
    """Return the provider's key of that id; unknown ones make us fetch the keys once more."""
    address = describe(provider)["jwks_uri"]
    kept = f"oidc:keys:{address}"
    keys = cache.get(kept)
    if keys is not None and (found := _pick(keys, key_id)):
        return found
    # Right after a fetch another one would bring the same: nobody makes us hammer the provider.
    if keys is None or cache.add(f"{kept}:again", 1, REFETCH_SECONDS):
        keys = _read(address)
        cache.set(kept, keys, KEYS_SECONDS)
        if found := _pick(keys, key_id):
            return found
    raise Refused("key")


def _pick(keys: dict[str, Any], key_id: str | None) -> jwt.PyJWK | None:
    try:
        usable = [
            key
            for key in jwt.PyJWKSet.from_dict(keys).keys
            if key.public_key_use in {None, "sig"} and key.key_type in {"RSA", "EC"}
        ]
    except (jwt.PyJWTError, AttributeError, TypeError, ValueError):
        return None
    if key_id is None:
        return usable[0] if len(usable) == 1 else None
    return next((key for key in usable if key.key_id == key_id), None)


def decode(provider: Provider, token: str, *, require: list[str]) -> dict[str, Any]:
    """Return the claims of a token that the provider has signed for the portal.

    Signature, issuer, audience and times are judged, and that the required claims are there.
    """
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise Refused("algorithm")
        claims: dict[str, Any] = jwt.decode(
            token,
            key=signing_key(provider, header.get("kid")),
            algorithms=[header["alg"]],
            audience=provider.client_id,
            issuer=provider.issuer,
            leeway=CLOCK_SKEW,
            options={"require": require},
        )
    except jwt.PyJWTError as fault:
        raise Refused(type(fault).__name__) from fault
    return claims


def verify(provider: Provider, id_token: str, *, nonce: str) -> dict[str, Any]:
    """Return the claims of an id_token that holds in every respect, the level included."""
    claims = decode(provider, id_token, require=["iss", "aud", "exp", "iat", "sub"])
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != provider.client_id:
        raise Refused("audience")
    if not nonce or not secrets.compare_digest(
        str(claims.get("nonce", "")).encode(), nonce.encode()
    ):
        raise Refused("nonce")
    if provider.levels and str(claims.get(provider.level_claim, "")) not in provider.levels:
        raise LevelTooLow
    return claims


def authenticate(provider: Provider) -> tuple[dict[str, str], tuple[str, str] | None]:
    """Return form fields, and name and secret for HTTP Basic, that prove who the portal is."""
    if provider.private_key:
        return {
            "client_id": provider.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": _assertion(provider),
        }, None
    methods = describe(provider).get("token_endpoint_auth_methods_supported")
    # Left out means Basic (OpenID Connect Discovery, section 3).
    if methods is None or "client_secret_basic" in methods:
        # RFC 6749, 2.3.1: both are form-encoded before they are joined.
        return {}, (quote(provider.client_id, safe=""), quote(provider.client_secret, safe=""))
    return {"client_id": provider.client_id, "client_secret": provider.client_secret}, None


def _assertion(provider: Provider) -> str:
    now = int(time.time())
    text = provider.private_key.strip()
    headers = {"kid": provider.key_id} if provider.key_id else {}
    if text.startswith("{"):
        described = json.loads(text)
        key: Any = jwt.PyJWK.from_dict(described, algorithm=provider.algorithm).key
        if "kid" in described:
            headers.setdefault("kid", described["kid"])
    else:
        key = text.replace("\\n", "\n")
    return jwt.encode(
        {
            "iss": provider.client_id,
            "sub": provider.client_id,
            "aud": provider.issuer,
            "jti": secrets.token_urlsafe(24),
            "iat": now,
            "nbf": now,
            "exp": now + ASSERTION_SECONDS,
        },
        key,
        algorithm=provider.algorithm,
        headers=headers,
    )


def fetch_tokens(provider: Provider, form: dict[str, str]) -> dict[str, Any]:
    """Return what the code is worth at the token endpoint."""
    proof, basic = authenticate(provider)
    return ask("POST", describe(provider)["token_endpoint"], data={**form, **proof}, auth=basic)


def push(provider: Provider, parameters: dict[str, str]) -> dict[str, str]:
    """Hand the request over behind the browser's back (PAR) and return what the browser carries."""
    address = describe(provider).get("pushed_authorization_request_endpoint")
    if not address:
        raise Refused("description")
    proof, basic = authenticate(provider)
    answer = ask("POST", address, data={**parameters, **proof}, auth=basic)
    request_uri = answer.get("request_uri")
    if not isinstance(request_uri, str):
        raise Refused("pushed")
    return {"client_id": provider.client_id, "request_uri": request_uri}


def fetch_person(provider: Provider, access_token: str, *, subject: str) -> dict[str, Any]:
    """Return what userinfo says of this subject; nothing where the provider has no userinfo."""
    address = describe(provider).get("userinfo_endpoint")
    if not address:
        return {}
    answer = ask("GET", address, headers={"Authorization": f"Bearer {access_token}"})
    if answer.get("sub") != subject:
        raise Refused("userinfo")
    return answer
