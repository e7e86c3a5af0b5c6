"""How allauth writes mail and logs sign-ins for us."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from tenants.mail import language_of, post_text


class AccountAdapter(DefaultAccountAdapter):
    """Sends allauth's mail through our own task, so that a slow mail server delays nobody."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("The account is closed."),
        "cannot_remove_primary_email": _("You sign in with this address."),
        "duplicate_email": _("The address is already yours."),
        "email_password_mismatch": _(
            "The e-mail address and the password do not fit together. "
            "Try again, or make a new password."
        ),
        "email_taken": _("Another account has this address."),
        "enter_current_password": _("This is not the password you have now."),
        "incorrect_password": _("The password is wrong."),
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

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the message in its reader's language and hand it to the worker after commit."""
        with translation.override(language_of(email, user=context.get("user"))):
            message = self.render_mail(
                template_prefix,
                email,
                {**context, "email": email, "product_name": settings.PRODUCT_NAME},
            )
            post_text(to=email, subject=message.subject, text=str(message.body))
