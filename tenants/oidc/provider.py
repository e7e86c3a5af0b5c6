"""allauth's OpenID Connect provider, with the checks that it leaves out.

allauth keeps ``state`` and the PKCE verifier, finds the person by the subject and signs them
in. Added here: a nonce, the signature and level of the id_token, ``private_key_jwt``, pushed
requests, and that nothing in the portal's own address changes what is asked of the provider.
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode

from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.utils import build_absolute_uri
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language

from tenants.oidc import client as provider_client
from tenants.oidc.configuration import Provider
from tenants.oidc.errors import Refused
from tenants.oidc.identity import Identity, pick, uid_of


class PortalAdapter(OpenIDConnectOAuth2Adapter):
    """Fetches and verifies what the provider says about one sign-in."""

    # What was kept when the person left for the provider; set by CallbackView.
    state: dict[str, Any] = {}

    @property
    def configuration(self) -> Provider:
        found: Provider = settings.OIDC_PROVIDERS[self.provider_id]
        return found

    @property
    def openid_config(self) -> dict[str, Any]:
        return provider_client.describe(self.configuration)

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        address = reverse("tenants:oidc_callback", args=[self.provider_id])
        return str(build_absolute_uri(request, address, self.redirect_uri_protocol))

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        # Another provider's answer (RFC 9207), or another person's errand.
        if request.GET.get("iss", self.configuration.issuer) != self.configuration.issuer:
            raise Refused("issuer")
        if self.state.get("begun_by") != request.user.pk:
            raise Refused("other person")
        if not pkce_code_verifier:
            raise Refused("verifier")
        return provider_client.fetch_tokens(
            self.configuration,
            {
                "grant_type": "authorization_code",
                "code": request.GET["code"],
                "redirect_uri": client.callback_url,
                "code_verifier": pkce_code_verifier,
            },
        )

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        # The portal asks nothing on the person's behalf: no token is kept.
        return SocialToken(token="")

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        tokens = kwargs["response"]
        if not isinstance(tokens.get("id_token"), str):
            raise Refused("no id_token")
        claims = provider_client.verify(
            self.configuration, tokens["id_token"], nonce=self.state.get("nonce", "")
        )
        identity = pick(self.configuration, self._with_person(claims, tokens))
        login = self.get_provider().sociallogin_from_response(request, identity)
        login.identity = identity
        return login

    def _with_person(self, claims: dict[str, Any], tokens: dict[str, Any]) -> dict[str, Any]:
        """Add name and address from userinfo where the id_token has no address; never the level."""
        wanted = self.configuration.email_claim
        if not wanted or wanted in claims or "access_token" not in tokens:
            return claims
        person = provider_client.fetch_person(
            self.configuration, tokens["access_token"], subject=claims["sub"]
        )
        configuration = self.configuration
        names = (wanted, configuration.email_verified_claim, configuration.name_claim)
        return {**{name: person[name] for name in names if name in person}, **claims}


class PortalProvider(OpenIDConnectProvider):
    """One configured provider."""

    oauth2_adapter_class = PortalAdapter

    @property
    def configuration(self) -> Provider:
        found: Provider = settings.OIDC_PROVIDERS[self.app.provider_id]
        return found

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        url = reverse("tenants:oidc_start", args=[self.app.provider_id])
        return f"{url}?{urlencode(kwargs)}" if kwargs else url

    def get_callback_url(self) -> str:
        return reverse("tenants:oidc_callback", args=[self.app.provider_id])

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        # allauth would also take scope, process and any parameter from the address.
        asked = super().get_redirect_from_request_kwargs(request)
        return {"process": AuthProcess.LOGIN, "next_url": asked.get("next_url")}

    def redirect(
        self,
        request: HttpRequest,
        process: str,
        next_url: str | None = None,
        data: Any = None,
        **kwargs: Any,
    ) -> HttpResponse:
        """Send the browser to the provider with everything that the answer is held against."""
        adapter = self.get_oauth2_adapter(request)
        configuration = self.configuration
        proof = generate_code_challenge()
        nonce = secrets.token_urlsafe(32)
        try:
            description = adapter.openid_config
            state = self.stash_redirect_state(
                request,
                process,
                next_url,
                data,
                state_id=secrets.token_urlsafe(32),
                pkce_code_verifier=proof["code_verifier"],
                nonce=nonce,
                begun_by=request.user.pk,
            )
            parameters = {
                "client_id": configuration.client_id,
                "redirect_uri": adapter.get_callback_url(request, self.app),
                "response_type": "code",
                "scope": " ".join(configuration.scopes),
                "state": state,
                "nonce": nonce,
                "code_challenge": proof["code_challenge"].decode("ascii"),
                "code_challenge_method": proof["code_challenge_method"],
                "ui_locales": get_language() or "nb",
            }
            if configuration.acr_values:
                parameters["acr_values"] = " ".join(configuration.acr_values)
            if configuration.pushed_requests:
                parameters = provider_client.push(configuration, parameters)
        except Refused as fault:
            return render_authentication_error(request, self, exception=fault)
        address = description["authorization_endpoint"]
        joint = "&" if "?" in address else "?"
        return HttpResponseRedirect(f"{address}{joint}{urlencode(parameters)}")

    def extract_uid(self, data: Identity) -> str:
        return uid_of(self.configuration, data.subject)

    def extract_extra_data(self, data: Identity) -> dict[str, Any]:
        """Keep none of the provider's claims."""
        return {}

    def extract_common_fields(self, data: Identity) -> dict[str, Any]:
        return {}

    def extract_email_addresses(self, data: Identity) -> list[Any]:
        return []


class StartView(OAuth2LoginView):
    """Leads to the provider."""


class CallbackView(OAuth2CallbackView):
    """Takes the provider's answer, and gives the adapter what the answer must fit."""

    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        state, response = super()._get_state(request, provider)
        self.adapter.state = state or {}
        return state, response
