"""How the person in a session signed in, where it was through a provider."""

from __future__ import annotations

from typing import Any

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest

from tenants.oidc.configuration import Provider


def provider_of(request: HttpRequest, user: Any = None) -> Provider | None:
    """Return the provider of the newest sign-in in this session, if it was through one."""
    records = get_authentication_records(request, user or request.user)
    newest = next((r for r in reversed(records) if r.get("method") == "socialaccount"), None)
    return settings.OIDC_PROVIDERS.get(newest.get("provider")) if newest else None


def counts_as_second_factor(request: HttpRequest, user: Any = None) -> bool:
    """Return whether the provider vouched for a level that the portal demands of it.

    Nobody comes in through a provider with levels below them, so having come in is the proof.
    A provider without configured levels proves one factor, whatever it did itself.
    """
    provider = provider_of(request, user)
    return provider is not None and bool(provider.levels)
