"""Reading: which providers are offered, and which accounts there open one's own."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.urls import reverse

from tenants.models import User


@dataclass(frozen=True)
class Offer:
    """A provider and the address that leads to it."""

    label: str
    url: str


def offers(*, next_url: str = "") -> list[Offer]:
    """Return the configured providers; ``next_url`` is where the person goes afterwards."""
    tail = f"?{urlencode({REDIRECT_FIELD_NAME: next_url})}" if next_url else ""
    return [
        Offer(provider.label, reverse("tenants:oidc_start", args=[provider.key]) + tail)
        for provider in settings.OIDC_PROVIDERS.values()
    ]


def label_of(link: SocialAccount) -> str:
    """Return the provider's name; the key of one that is no longer configured."""
    provider = settings.OIDC_PROVIDERS.get(link.provider)
    return provider.label if provider else str(link.provider)


def links_of(user: User) -> list[SocialAccount]:
    """Return the person's connections, oldest first, each with ``label``."""
    found = list(SocialAccount.objects.filter(user_id=user.pk).order_by("pk"))
    for link in found:
        link.label = label_of(link)
    return found
