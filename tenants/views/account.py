"""allauth's pages, with what is ours."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings

from tenants.demo import shown_accounts


class SignInView(LoginView):
    """allauth's sign-in; a demo portal lists whom to sign in as."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        accounts = shown_accounts()
        if accounts:
            context["demo_password"] = settings.DEMO_PASSWORD
            context["demo_accounts"] = [
                {
                    "name": account.name,
                    "email": account.email,
                    "role": account.role_label,
                    "description": f"{account.role_label}, {account.organisation}",
                }
                for account in accounts
            ]
        return context
