"""How allauth writes mail and logs sign-ins for us."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.internal.httpkit import get_client_ip
from allauth.core.internal.ratelimit import RateLimitUsage
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from tenants import limits, reauthentication, second_factor
from tenants.mail import button_of, language_of, post_text
from videoportal.kit.fields import decrypt, encrypt
from videoportal.kit.links import absolute

# A request that came through a socket has no address; such requests count as one place.
NOWHERE = "0.0.0.0"  # noqa: S104 - nothing listens on it


class AccountAdapter(DefaultAccountAdapter):
    """Sends allauth's mail through our own task, so that a slow mail server delays nobody."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("The account is closed."),
        "cannot_remove_primary_email": _("You sign in with this address."),
        "duplicate_email": _("The address is already yours."),
        "email_password_mismatch": _(
            "The e-mail address and the password do not match. Try again, or make a new password."
        ),
        "email_taken": _("Another account has this address."),
        "enter_current_password": _("This is not the password you have now."),
        "incorrect_password": _("The password is wrong."),
        "passkey_refused": _("The passkey could not be used. Try again, or choose another way."),
        "max_email_addresses": _("You can have at most %d addresses."),
        "too_many_login_attempts": _(
            "There have been too many attempts. Wait a few minutes and try again."
        ),
        "unverified_primary_email": _("Confirm the address before you sign in with it."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return True

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        user.name = form.cleaned_data.get("name", "")
        return super().save_user(request, user, form, commit)

    def get_login_stages(self) -> list[str]:
        ours = {"allauth.mfa.stages.AuthenticateStage": "tenants.oidc.stages.SecondStepStage"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def get_client_ip(self, request: HttpRequest) -> str:
        return get_client_ip(request) or NOWHERE

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        tries = limits.limit_passwords(request, self._address(**credentials))
        self._login_failed_rl_usage = RateLimitUsage(
            usage=[single for usage in tries for single in usage.usage]
        )

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        # A new password by e-mail: whoever has the mailbox may come in from anywhere.
        limits.clear(request, "login_failed_anywhere", key=self._address(**credentials))

    @staticmethod
    def _address(**credentials: Any) -> str:
        return str(credentials.get("email") or credentials.get("username") or "").lower()

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Answer as ``recently_authenticated`` does: having just signed in counts."""
        return not reauthentication.is_recent(context.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return the ways to confirm who one is; only the second factor where that is owed."""
        words = {
            "reauthenticate": _("Use the password"),
            "mfa_reauthenticate": _("Use a code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        methods = [
            {**method, "description": words[method["id"]]}
            for method in super().get_reauthentication_methods(user)
        ]
        password = reverse("account_reauthenticate")
        beside = [method for method in methods if method["url"] != password]
        owed = beside and not second_factor.is_proven(context.request)
        return beside if owed and second_factor.is_required_of(user) else methods

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the message in its reader's language and hand it to the worker after commit."""
        with translation.override(language_of(email, user=context.get("user"))):
            message = self.render_mail(
                template_prefix,
                email,
                {
                    **{name: _at_home(name, value) for name, value in context.items()},
                    "email": email,
                    "product_name": settings.PRODUCT_NAME,
                },
            )
            post_text(
                to=email,
                subject=message.subject,
                text=str(message.body),
                button=button_of(template_prefix),
            )


def _at_home(name: str, value: Any) -> Any:
    """Return a link with the portal's own address, whatever host the request named."""
    if not (name.endswith("_url") and isinstance(value, str)):
        return value
    return absolute(urlsplit(value)._replace(scheme="", netloc="").geturl())


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keeps secrets encrypted, and says things in the portal's words."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("The code is wrong, or was used before."),
    }

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.PRODUCT_NAME}
