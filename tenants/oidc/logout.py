"""Signing out from the provider's side: OpenID Connect Back-Channel Logout 1.0.

Which of a person's sessions came from which session at a provider stands in allauth's row of
the session, as a digest: the portal has no use for the provider's own words.
"""

from __future__ import annotations

import time
from hashlib import sha256
from typing import Any

import jwt
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.http import HttpRequest

from tenants.actions import end_sessions_from_provider
from tenants.oidc.client import CLOCK_SKEW, decode
from tenants.oidc.configuration import Provider
from tenants.oidc.errors import Refused
from tenants.oidc.identity import uid_of

EVENT = "http://schemas.openid.net/event/backchannel-logout"
# So that no other token of the provider passes for one (RFC 8725, 3.11).
TYPES = {"logout+jwt", "application/logout+jwt"}
# A token is good for as long as it says, but never longer than this after it was made.
LONGEST_SECONDS = 600

_SID = "oidc_session"


def digest(text: str) -> str:
    """Return what is kept of a provider's name for a session."""
    return sha256(text.encode()).hexdigest()


def keep(request: HttpRequest, session: str) -> None:
    """Keep the provider's name for its session until the person is signed in here."""
    request.session[_SID] = digest(session) if session else ""


def remember(request: HttpRequest, provider: Provider) -> None:
    """Note that the session that begins now came from the provider, and from which of its own."""
    data = {"provider": provider.key, "sid": request.session.pop(_SID, "")}
    # Stored first: allauth deletes rows whose session is nobody's yet.
    request.session.save()
    UserSession.objects.create_from_request(request)
    UserSession.objects.filter(session_key=request.session.session_key).update(data=data)


def end_sessions(provider: Provider, token: str) -> int:
    """End the sessions that the logout token means, and return how many.

    Raises ``Refused`` for a token that does not hold.
    """
    rows = sessions_meant(provider, verify(provider, token))
    return end_sessions_from_provider(rows, provider=provider.label)


def verify(provider: Provider, token: str) -> dict[str, Any]:
    """Return the claims of a logout token that holds in every respect and was not used before.

    Raises ``Refused`` with the reason.
    """
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as fault:
        raise Refused(type(fault).__name__) from fault
    if header.get("typ") not in TYPES:
        raise Refused("type")
    claims = decode(provider, token, require=["iss", "aud", "exp", "iat", "jti"])
    if claims["iat"] < time.time() - LONGEST_SECONDS - CLOCK_SKEW:
        raise Refused("age")
    # Else the id_token of a sign-in could be sent here.
    if "nonce" in claims:
        raise Refused("nonce")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise Refused("events")
    if not any(isinstance(claims.get(name), str) and claims[name] for name in ("sub", "sid")):
        raise Refused("subject")
    if not isinstance(claims["jti"], str):
        raise Refused("jti")
    used = f"oidc:logout:{digest(f'{provider.issuer} {claims["jti"]}')}"
    if not cache.add(used, 1, LONGEST_SECONDS + 2 * CLOCK_SKEW):
        raise Refused("used before")
    return claims


def sessions_meant(provider: Provider, claims: dict[str, Any]) -> list[UserSession]:
    """Return the sessions to end: those from the provider's session, or all of its person's.

    Both where the token names both: a session means nothing for somebody else.
    """
    rows = UserSession.objects.filter(data__provider=provider.key).select_related("user")
    if subject := claims.get("sub"):
        uid = uid_of(provider, subject)
        people = SocialAccount.objects.filter(provider=provider.key, uid=uid)
        rows = rows.filter(user__in=people.values("user"))
    if session := claims.get("sid"):
        rows = rows.filter(data__sid=digest(session))
    return list(rows.order_by("pk"))
