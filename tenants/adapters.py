"""How allauth writes mail and logs sign-ins for us."""

from __future__ import annotations

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError as BrokerUnreachable

from tenants.models import User
from tenants.tasks import seal, send_mail

log = structlog.get_logger(__name__)


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
        language = self._language_of(email, context)
        with translation.override(language):
            message = self.render_mail(
                template_prefix,
                email,
                {**context, "email": email, "product_name": settings.PRODUCT_NAME},
            )
            html = render_to_string(
                "mail/message.html",
                {"language": language, "subject": message.subject, "text": message.body},
            )
        sealed = seal(to=email, subject=message.subject, text=str(message.body), html=html)
        transaction.on_commit(lambda: self._post(sealed))

    @staticmethod
    def _language_of(email: str, context: dict[str, Any]) -> str:
        reader = context.get("user") or User.objects.filter(email__iexact=email).first()
        own = getattr(reader, "language", "")
        return own or translation.get_language() or settings.LANGUAGE_CODE

    @staticmethod
    def _post(sealed: str) -> None:
        try:
            send_mail.delay(sealed=sealed)
        except BrokerUnreachable:
            # Somebody waits for this message: without the broker it is sent here and now.
            log.warning("mail_sent_without_broker")
            send_mail.apply(kwargs={"sealed": sealed}, throw=True)
