"""Browser sessions that are ready to use."""

from __future__ import annotations

import time

from django.test import Client

from tenants.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def start(user: User, *, minutes_ago: float = 0) -> Client:
    """Return a client in which the person has signed in with their password."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    signed_in_at(client, user, minutes_ago=minutes_ago)
    return client


def signed_in_at(client: Client, user: User, *, minutes_ago: float) -> None:
    """Move the moment at which the person in the session showed who they are."""
    session = client.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time() - minutes_ago * 60}
    ]
    session.save()
