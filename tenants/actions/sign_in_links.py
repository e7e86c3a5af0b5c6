"""Which accounts at identity providers open which account here."""

from __future__ import annotations

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from tenants import audit
from tenants.addresses import has_verified
from tenants.mail import post_mail
from tenants.models import User


class NotTheirs(Exception):
    """The provider's account may not be connected to this person."""


class AlreadyConnected(Exception):
    """The provider's account is connected to somebody already."""


class LastWayIn(Exception):
    """Without the connection the person could not sign in any more."""


def may_connect(person: User, *, email: str, begun_by: int | None) -> bool:
    """Return whether an account at a provider may be connected to this person.

    ``email`` is an address that the provider has verified, ``begun_by`` who was signed in here
    when they left for the provider: one of the two must be the person's own.
    """
    if begun_by is not None:
        return begun_by == person.pk
    return has_verified(person, email)


@transaction.atomic
def connect_sign_in(
    *, by: User, provider: str, uid: str, label: str, email: str, begun_by: int | None
) -> SocialAccount:
    """Let the provider's account open the account of ``by``, where :func:`may_connect` says so."""
    person = User.objects.select_for_update().get(pk=by.pk)
    if not may_connect(person, email=email, begun_by=begun_by):
        raise NotTheirs
    link, is_new = SocialAccount.objects.get_or_create(
        provider=provider, uid=uid, defaults={"user": person}
    )
    if not is_new:
        raise AlreadyConnected
    _record("tenants.sign_in.connected", person, label)
    return link


@transaction.atomic
def disconnect_sign_in(*, by: User, link: SocialAccount, label: str) -> None:
    """Let the provider's account open nothing here any more; never the last way in."""
    person = User.objects.select_for_update().get(pk=by.pk)
    if link.user_id != person.pk:
        raise NotTheirs
    if not person.has_usable_password():
        raise LastWayIn
    link.delete()
    _record("tenants.sign_in.disconnected", person, label)


def _record(action: str, person: User, label: str) -> None:
    audit.record(
        action,
        by=person,
        organisation=person.access.home_id,
        target=person,
        after={"provider": label},
    )
    event = action.rpartition(".")[2]
    post_mail(
        "sign_in_link", to=person.email, user=person, context={"event": event, "provider": label}
    )
