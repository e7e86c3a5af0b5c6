"""The second step of signing in, left out for whom a provider has vouched for."""

from __future__ import annotations

from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest

from tenants.oidc.assurance import counts_as_second_factor


class SecondStepStage(AuthenticateStage):
    """allauth's question for a code or passkey; not after a sign-in at the level we demand."""

    def _should_handle(self, request: HttpRequest) -> bool:
        asked: bool = super()._should_handle(request)
        return asked and not counts_as_second_factor(request, self.login.user)
