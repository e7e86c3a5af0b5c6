"""Whether a platform's management API answers, and if not, why; nothing is changed there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests
import urllib3
from django.utils.translation import gettext_lazy as _

from rooms.platforms.models import Check, VideoPlatform
from rooms.platforms.pexip.adapter import client_of
from rooms.platforms.pexip.client import Missing
from rooms.platforms.pexip.tokens import TokenRefused, TokenUseless
from rooms.platforms.port import PlatformBusy, PlatformRefused, PlatformUnavailable

# Somebody waits before the screen: to connect, and for each of two answers, or three with OAuth2.
SECONDS = (2.0, 4.0)
LONGEST = 500

ADVICE: dict[str, Any] = {
    Check.PASSWORD: _("Type user name and password anew, letter by letter."),
    Check.FORBIDDEN: _("Give the account a role with the right to the configuration."),
    Check.NAME: _("Check the address, and whether this server can look names up."),
    Check.UNREACHABLE: _("Check address, port and firewall, and whether the platform is up."),
    Check.SILENT: _("The platform may be busy, or a firewall swallows the request. Try again."),
    Check.CERTIFICATE: _(
        "Let the platform have a certificate that this server trusts, for the name in the address."
    ),
    Check.OTHER: _("Enter the address of the management node, with nothing after the name."),
    Check.BUSY: _("The requests of this minute are used up. Try again in a minute."),
    Check.TOKEN: _(
        "Look over client ID and private key, whether OAuth2 is on in the platform, and whether "
        "the clocks of both agree."
    ),
    Check.USELESS: _("Look whether the client is in use in the platform, and has a role."),
    Check.FAULT: _("Show what the platform says to whoever runs it."),
}


@dataclass(frozen=True)
class Finding:
    """How a check went; ``words`` are the platform's own, for support."""

    result: Check
    words: str = ""


def probe(platform: VideoPlatform) -> Finding:
    """Ask what the platform has, then for a room, and return how that went."""
    client = client_of(platform, seconds=SECONDS)
    try:
        if "conference" not in client.resources():
            return Finding(Check.OTHER)
        client.first("configuration", "conference")
    except Missing as missing:
        return _finding(Check.OTHER, missing)
    except PlatformRefused as refusal:
        return _finding(Check.FAULT, refusal)
    except PlatformBusy as busy:
        return _finding(Check.BUSY, busy)
    except PlatformUnavailable as silence:
        return _finding(_reason(silence), silence)
    return Finding(Check.FINE)


def _finding(result: Check, error: Exception) -> Finding:
    return Finding(result, str(error)[:LONGEST])


def _reason(silence: PlatformUnavailable) -> Check:
    if isinstance(silence, TokenRefused):
        return Check.TOKEN
    if isinstance(silence, TokenUseless):
        return Check.USELESS
    if silence.status:
        return _by_status(silence.status)
    cause = silence.__cause__
    if isinstance(cause, requests.exceptions.SSLError):
        return Check.CERTIFICATE
    if isinstance(cause, requests.Timeout):
        return Check.SILENT
    if isinstance(cause, requests.RequestException) and not isinstance(
        cause, requests.exceptions.JSONDecodeError
    ):
        return Check.NAME if _unknown_name(cause) else Check.UNREACHABLE
    # It answered, and in no way that Pexip does.
    return Check.OTHER


def _by_status(status: int) -> Check:
    if status < 400:
        return Check.OTHER  # a redirect
    return {401: Check.PASSWORD, 403: Check.FORBIDDEN, 429: Check.BUSY}.get(status, Check.FAULT)


def _unknown_name(error: requests.RequestException) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), urllib3.exceptions.NameResolutionError)
