"""Sign-in events of Django and allauth, written to the audit log."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.signals import (
    authentication_step_completed,
    email_added,
    email_changed,
    email_confirmed,
    email_removed,
    password_changed,
    password_reset,
    password_set,
    user_signed_up,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_used
from django.contrib.auth.signals import (
    user_logged_in,
    user_logged_out,
    user_login_failed,
)
from django.dispatch import receiver

from tenants import audit, second_factor, sessions
from tenants.actions import forget_warnings
from tenants.mail import post_mail
from tenants.models import User
from tenants.oidc import logout
from tenants.oidc.assurance import counts_as_second_factor, provider_of
from tenants.reach import enter_reach_of


@receiver(user_logged_in)
def log_sign_in(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    enter_reach_of(user)
    forget_warnings(user)
    sessions.begin(request.session)
    request.signed_in_address = user.email
    provider = provider_of(request, user)
    if provider and counts_as_second_factor(request, user):
        second_factor.vouch(request, provider.key)
    if provider:
        logout.remember(request, provider)
    audit.record(
        "tenants.session.started_by_provider" if provider else "tenants.session.started",
        by=user,
        organisation=user.access.home_id,
        target=user,
        after={"provider": provider.label} if provider else None,
    )


@receiver(user_logged_out)
def log_sign_out(sender: Any, user: Any, **kwargs: Any) -> None:
    if user is not None:
        audit.record(
            "tenants.session.ended", by=user, organisation=user.access.home_id, target=user
        )


@receiver(user_login_failed)
def log_failed_sign_in(sender: Any, credentials: dict[str, Any], **kwargs: Any) -> None:
    # The address that was typed, never the password. Where it is somebody's, their own
    # organisation can see that it was tried.
    address = str(credentials.get("email") or credentials.get("username") or "")
    person = User.objects.signing_in_with(address).first() if address else None
    audit.record(
        "tenants.session.refused",
        by=None,
        organisation=person.access.home_id if person else None,
        label=address,
    )


def _record_own(action: str, user: User, **after: str) -> None:
    audit.record(action, by=user, organisation=user.access.home_id, target=user, after=after)


@receiver(user_signed_up)
def log_sign_up(sender: Any, user: User, **kwargs: Any) -> None:
    _record_own("tenants.account.created", user)


@receiver(password_changed)
@receiver(password_set)
def log_password_change(sender: Any, request: Any, user: User, **kwargs: Any) -> None:
    _record_own("tenants.password.changed", user)
    # Django no longer takes them for signed in; here they also leave the list.
    sessions.close_others(user, request.session.session_key)


@receiver(password_reset)
def log_password_reset(sender: Any, request: Any, user: User, **kwargs: Any) -> None:
    _record_own("tenants.password.reset", user)
    sessions.close_others(user, None)


@receiver(email_added)
def log_added_address(sender: Any, user: User, email_address: Any, **kwargs: Any) -> None:
    _record_own("tenants.address.added", user, email=email_address.email)


@receiver(email_confirmed)
def log_confirmed_address(sender: Any, email_address: Any, **kwargs: Any) -> None:
    _record_own("tenants.address.confirmed", email_address.user, email=email_address.email)


@receiver(email_removed)
def log_removed_address(sender: Any, user: User, email_address: Any, **kwargs: Any) -> None:
    _record_own("tenants.address.removed", user, email=email_address.email)


@receiver(email_changed)
def log_primary_address(sender: Any, user: User, to_email_address: Any, **kwargs: Any) -> None:
    _record_own("tenants.address.made_primary", user, email=to_email_address.email)


@receiver(authentication_step_completed)
def log_confirmation(sender: Any, user: User, method: str, **kwargs: Any) -> None:
    if kwargs.get("reauthenticated"):
        _record_own("tenants.session.confirmed", user, method=kwargs.get("type") or method)


@receiver(authenticator_used)
def log_recovery_code(sender: Any, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        return
    # allauth marked the code as used on a row of its own.
    authenticator.refresh_from_db()
    left = len(authenticator.wrap().get_unused_codes())
    audit.record(
        "tenants.second_factor.code_used",
        by=user,
        organisation=user.access.home_id,
        target=user,
        after={"left": left},
    )
    facts = {"event": "code_used", "facts": {"left": left}}
    post_mail("second_factor", to=user.email, user=user, context=facts)


@receiver(authentication_failed)
def log_refused_code(sender: Any, request: Any, user: User, **kwargs: Any) -> None:
    audit.record(
        "tenants.second_factor.refused",
        by=None,
        organisation=user.access.home_id,
        target=user,
        after={"address": get_adapter().get_client_ip(request)},
    )
