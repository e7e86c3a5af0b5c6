"""Browser sessions that are ready to use."""

from __future__ import annotations

import time

from allauth.usersessions.models import UserSession
from django.test import Client

from tenants.models import User

BACKEND = "tenants.backends.SignInBackend"


def start(user: User, *, minutes_ago: float = 0, second_factor: bool = True) -> Client:
    """Return a client in which the person has signed in with password and second factor.

    Both are noted in the session as allauth notes them, so that the compulsory second factor
    and ``recently_authenticated`` stand in nobody's way who does not test them.
    """
    client = Client()
    client.force_login(user, backend=BACKEND)
    # allauth lists the session when somebody signs in through its pages.
    UserSession.objects.create(
        user=user,
        session_key=client.session.session_key,
        ip="127.0.0.1",
        user_agent="Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36",
    )
    signed_in_at(client, user, minutes_ago=minutes_ago, second_factor=second_factor)
    return client


def signed_in_at(
    client: Client, user: User, *, minutes_ago: float, second_factor: bool = True
) -> None:
    """Move the moment at which the person in the session showed who they are."""
    at = time.time() - minutes_ago * 60
    records: list[dict[str, object]] = [{"method": "password", "at": at}]
    if second_factor:
        records.append({"method": "mfa", "at": at, "type": "totp"})
    session = client.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = records
    session.save()
