"""Who is signed in."""

from __future__ import annotations

from django.http import HttpRequest

from tenants.models import User


def person_of(request: HttpRequest) -> User:
    """Return who is signed in; the middleware has let nobody else through."""
    person = request.user
    assert isinstance(person, User)  # noqa: S101 - tells the type, the middleware decides
    return person
