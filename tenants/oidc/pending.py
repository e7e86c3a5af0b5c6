"""A provider account that somebody has shown, and that no account here is connected to yet.

It waits in the session, for half an hour, until its holder has signed in here as well and said
yes. Until then it opens nothing.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass

from django.conf import settings
from django.http import HttpRequest

from tenants.oidc.configuration import Provider
from tenants.oidc.identity import Identity, uid_of

_KEY = "oidc_pending"
SECONDS = 1800


@dataclass(frozen=True)
class Pending:
    """What waits. ``begun_by`` is who was signed in when it began; ``email`` is verified."""

    provider: str
    uid: str
    email: str
    shown: str
    begun_by: int | None
    at: float

    @property
    def label(self) -> str:
        found: Provider = settings.OIDC_PROVIDERS[self.provider]
        return found.label


def keep(
    request: HttpRequest, provider: Provider, identity: Identity, *, begun_by: int | None
) -> None:
    """Let the account wait in the session; a newer one takes the place of an older one."""
    request.session[_KEY] = asdict(
        Pending(
            provider=provider.key,
            uid=uid_of(provider, identity.subject),
            email=identity.email,
            shown=identity.shown,
            begun_by=begun_by,
            at=time.time(),
        )
    )


def current(request: HttpRequest) -> Pending | None:
    """Return what waits, or None."""
    kept = request.session.get(_KEY)
    if kept is None:
        return None
    pending = Pending(**kept)
    if time.time() - pending.at > SECONDS or pending.provider not in settings.OIDC_PROVIDERS:
        drop(request)
        return None
    return pending


def drop(request: HttpRequest) -> None:
    """Let nothing wait any more."""
    request.session.pop(_KEY, None)
