"""Second factors: who must have one, who has which, and whether this session gave one."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.authentication import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
)
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from tenants.models import User

_VOUCHED = "second_factor_vouched"
# A code of an authenticator app is good in its own half minute and in the one on each side.
_CODE_SECONDS = 120


@dataclass(frozen=True)
class Factors:
    """What a person may prove themselves with beside the password."""

    passkeys: tuple[Authenticator, ...] = ()
    app: Authenticator | None = None
    recovery: Authenticator | None = None

    @property
    def any(self) -> bool:
        """Whether sign-in asks for one. Recovery codes only stand in for another."""
        return bool(self.passkeys or self.app)

    @property
    def only_one(self) -> bool:
        return len(self.passkeys) + (self.app is not None) == 1

    @property
    def codes_left(self) -> int:
        return len(self.recovery.wrap().get_unused_codes()) if self.recovery else 0


def factors_of(user: User) -> Factors:
    """Return the person's second factors. One query."""
    mine = list(Authenticator.objects.filter(user_id=user.pk).order_by("pk"))
    by_type = {factor.type: factor for factor in mine}
    return Factors(
        passkeys=tuple(f for f in mine if f.type == Authenticator.Type.WEBAUTHN),
        app=by_type.get(Authenticator.Type.TOTP),
        recovery=by_type.get(Authenticator.Type.RECOVERY_CODES),
    )


def is_required_of(user: User) -> bool:
    """Return whether a role of the person demands a second factor."""
    return bool(settings.SECOND_FACTOR_REQUIRED_FOR) and not user.access.roles.isdisjoint(
        settings.SECOND_FACTOR_REQUIRED_FOR
    )


def is_proven(request: HttpRequest) -> bool:
    """Return whether a second factor was given in this session, here or where they signed in."""
    if request.session.get(_VOUCHED):
        return True
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


def note_proven(request: HttpRequest, user: User, factor: Authenticator) -> None:
    """Count the factor as given in this session: it was made in it a moment ago."""
    record_authentication(request, user, "mfa", id=factor.pk, type=factor.type)


def forget_proof(request: HttpRequest) -> None:
    """Count the session as opened by password alone: there is no second factor any more."""
    records = get_authentication_records(request, request.user)
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        record for record in records if record.get("method") != "mfa"
    ]


def vouch(request: HttpRequest, provider: str) -> None:
    """Count the session as strong: an identity provider asked for two factors and told so.

    Call it after sign-in, only when the assurance level (``acr``) was demanded and checked.
    """
    request.session[_VOUCHED] = provider


def first_use_of_code(user: User, code: str) -> bool:
    """Return whether a right code of the authenticator app is seen for the first time.

    allauth remembers it for half a minute, which is shorter than it stays good.
    """
    digits = "".join(filter(str.isalnum, code)).lower()
    return bool(cache.add(f"second-factor-code:{user.pk}:{digits}", 1, _CODE_SECONDS))
