"""How often somebody may try; counted in Valkey, so that a restart forgives nobody."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from tenants.models import User

APP = "allauth.account"

_SALT = "tenants.limits.known-browser"
_KNOWN_SECONDS = 180 * 24 * 3600


def consume(request: HttpRequest, action: str, *, key: str | None = None) -> Any:
    """Count one try of ``action``; answer 429 at once when there were too many.

    Returns what takes the try back with ``rollback()``.
    """
    usage = ratelimit.consume(request, app=APP, action=action, key=key)
    if usage is None:
        raise ImmediateHttpResponse(ratelimit.respond_429(request))
    return usage


def clear(request: HttpRequest, action: str, *, key: str) -> None:
    """Forget the tries of ``action``."""
    ratelimit.clear(request, app=APP, action=action, key=key)


def limit_codes(request: HttpRequest, user: User) -> Callable[[], None]:
    """Count one try of a person's codes; call the answer when the code was right."""
    key = f"code-of-{user.pk}"
    consume(request, "second_factor_code", key=key)
    return lambda: clear(request, "second_factor_code", key=key)


def limit_passwords(request: HttpRequest, address: str) -> list[ratelimit.RateLimitUsage]:
    """Count one try of a password for an address; return what takes it back when it was right.

    Few tries from one place to one account, and many more from everywhere to it, because the
    second limit is one that a stranger could fill to keep somebody out. A browser in which the
    person has signed in before is counted for itself instead (ADR 17).
    """
    place = ratelimit.get_ip(request)
    used = [
        consume(request, "login_failed"),
        consume(request, "login_failed_here", key=f"{place}|{address}"),
    ]
    if browser := _known_browser(request, address):
        used.append(consume(request, "login_failed_known", key=browser))
    else:
        used.append(consume(request, "login_failed_anywhere", key=address))
    return used


def remember_browser(request: HttpRequest, response: HttpResponseBase, address: str) -> None:
    """Leave a mark in the browser that this person has signed in with it."""
    if _known_browser(request, address):
        return
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE,
        signing.dumps([_digest(address), secrets.token_urlsafe(12)], salt=_SALT),
        max_age=_KNOWN_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known_browser(request: HttpRequest, address: str) -> str:
    """Return the key of the mark when it is this person's; empty otherwise."""
    try:
        whose, key = signing.loads(
            request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE, ""),
            salt=_SALT,
            max_age=_KNOWN_SECONDS,
        )
    except (signing.BadSignature, ValueError):
        return ""
    return str(key) if whose == _digest(address) else ""


def _digest(address: str) -> str:
    return hashlib.sha256(address.lower().encode()).hexdigest()
