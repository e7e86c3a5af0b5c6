"""Sign-in events of Django and allauth, written to the audit log."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import (
    user_logged_in,
    user_logged_out,
    user_login_failed,
)
from django.dispatch import receiver

from tenants import audit


@receiver(user_logged_in)
def log_sign_in(sender: Any, user: Any, **kwargs: Any) -> None:
    audit.record("tenants.session.started", by=user, organisation=_home(user), target=user)


@receiver(user_logged_out)
def log_sign_out(sender: Any, user: Any, **kwargs: Any) -> None:
    if user is not None:
        audit.record("tenants.session.ended", by=user, organisation=_home(user), target=user)


@receiver(user_login_failed)
def log_failed_sign_in(sender: Any, credentials: dict[str, Any], **kwargs: Any) -> None:
    # The address that was typed, never the password. It may not belong to anybody.
    address = str(credentials.get("email") or credentials.get("username") or "")
    audit.record("tenants.session.refused", by=None, organisation=None, label=address)


def _home(user: Any) -> int | None:
    own = user.access.own_organisation_ids
    return min(own) if own else None
