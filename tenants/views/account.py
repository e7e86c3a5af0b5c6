"""allauth's pages, with what is ours."""

from __future__ import annotations

from typing import Any

from allauth.account.views import EmailView, LoginView
from django.conf import settings
from django.http import HttpRequest
from django.utils.decorators import method_decorator

from tenants.decorators import recently_authenticated
from tenants.demo import shown_accounts
from videoportal.kit import resume


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


def _changes_addresses(request: HttpRequest) -> bool:
    return request.method == "POST" and "action_send" not in request.POST


@method_decorator(recently_authenticated(when=_changes_addresses), name="dispatch")
class AddressView(EmailView):
    """allauth's page of one's addresses; changing them asks again who is there.

    An address decides which rooms are one's own, and where a new password is sent.
    """

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        if not form.is_bound and (typed := resume.take(self.request)):
            resume.fill(form, typed)
        return form
