"""What happens when somebody comes back from a provider: signed in, to be connected, or neither."""

from __future__ import annotations

from typing import Any

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthError
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tenants import audit
from tenants.oidc import logout, pending
from tenants.oidc.configuration import Provider
from tenants.oidc.errors import LevelTooLow, Refused, Unreachable

log = structlog.get_logger(__name__)

PROVIDER = "openid_connect"
# What a provider says in the address when it could not do as it was asked.
UNAVAILABLE = {"temporarily_unavailable", "server_error"}
UNMET = "unmet_authentication_requirements"


class SocialAdapter(DefaultSocialAccountAdapter):
    """Offers what the settings name, and never signs up, connects or tells by itself."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """Return the configured providers; allauth's table of them is not asked."""
        return [
            SocialApp(
                provider=PROVIDER,
                provider_id=found.key,
                name=found.label,
                client_id=found.client_id,
                settings={"server_url": found.issuer},
            )
            for found in settings.OIDC_PROVIDERS.values()
            if provider in {None, PROVIDER, found.key} and client_id in {None, found.client_id}
        ]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Answer no: an account is made on the portal's own page, with a confirmed address."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let a connected account in; let any other wait for its holder to connect it."""
        provider: Provider = settings.OIDC_PROVIDERS[sociallogin.account.provider]
        person = request.user
        if sociallogin.account.pk:
            if person.is_authenticated and sociallogin.user != person:
                messages.error(
                    request,
                    _("This account at %(provider)s is connected to somebody else here.")
                    % {"provider": provider.label},
                )
                raise ImmediateHttpResponse(redirect("tenants:connections"))
            pending.drop(request)
            logout.keep(request, sociallogin.identity.session)
            return
        pending.keep(
            request,
            provider,
            sociallogin.identity,
            begun_by=person.pk if person.is_authenticated else None,
        )
        raise ImmediateHttpResponse(redirect("tenants:connection_new"))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Answer with a page that says what to do; write down what went wrong, without claims."""
        configuration: Provider = provider.configuration
        begun = bool((extra_context or {}).get("state"))
        if error == AuthError.CANCELLED:
            messages.info(
                request,
                _("You did not sign in with %(provider)s.") % {"provider": configuration.label},
            )
            home = "tenants:connections" if request.user.is_authenticated else "account_login"
            raise ImmediateHttpResponse(redirect(home))
        fault = exception if isinstance(exception, Refused) else _fault_in(request, begun)
        log.warning("oidc_failed", provider=configuration.key, reason=fault.reason)
        # Only an errand that began here: nobody fills the log by opening addresses.
        if begun:
            audit.record(
                "tenants.session.refused_by_provider",
                by=None,
                organisation=None,
                label=configuration.label,
                after={"reason": fault.reason},
            )
        raise ImmediateHttpResponse(
            render(
                request,
                "tenants/oidc_failed.html",
                {"provider": configuration, "kind": _kind(fault)},
                status=503 if isinstance(fault, Unreachable) else 403,
            )
        )


def _fault_in(request: HttpRequest, begun: bool) -> Refused:
    said = request.GET.get("error", "")
    if not begun:
        return Refused("state")
    if said in UNAVAILABLE:
        return Unreachable()
    return LevelTooLow() if said == UNMET else Refused("provider error")


def _kind(fault: Refused) -> str:
    if isinstance(fault, Unreachable):
        return "unreachable"
    if isinstance(fault, LevelTooLow):
        return "level"
    return "stale" if fault.reason == "state" else "answer"
