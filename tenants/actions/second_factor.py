"""Setting up, changing and taking away second factors."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from tenants import audit, sessions
from tenants.access import Forbidden
from tenants.mail import post_mail
from tenants.models import User
from tenants.second_factor import Factors, factors_of, is_required_of

NAME_LENGTH = 80


class LastFactor(Forbidden):
    """The person's role demands a second factor, and this is the only one."""


def _own(person: User, by: User) -> User:
    """Return the person, locked; raise unless it is they who act."""
    if by.pk != person.pk:
        raise Forbidden(_("You can change only your own second factors."))
    return User.objects.select_for_update().get(pk=person.pk)


def _tell(person: User, event: str, **facts: Any) -> None:
    post_mail(
        "second_factor", to=person.email, user=person, context={"event": event, "facts": facts}
    )


def _record(action: str, person: User, by: User, **after: Any) -> None:
    audit.record(action, by=by, organisation=person.access.home_id, target=person, after=after)


def _recovery_codes_beside(person: User) -> bool:
    """Make recovery codes with the first factor; return whether there were none before."""
    if factors_of(person).recovery is not None:
        return False
    RecoveryCodes.activate(person)
    return True


@transaction.atomic
def add_authenticator_app(person: User, *, by: User, secret: str) -> tuple[Authenticator, bool]:
    """Make an authenticator app with this secret count; return it, and whether codes are new.

    The caller has seen a right code of it. An app that counted before is replaced.
    """
    locked = _own(person, by)
    before = factors_of(locked).app
    if before is not None:
        before.delete()
    app = TOTP.activate(locked, secret).instance
    codes = _recovery_codes_beside(locked)
    _record("tenants.second_factor.added", locked, by, factor="totp")
    _tell(locked, "app_added")
    return app, codes


@transaction.atomic
def add_passkey(
    person: User, *, by: User, name: str, credential: dict[str, Any]
) -> tuple[Authenticator, bool]:
    """Make a passkey count; return it, and whether recovery codes are new.

    The caller has verified the ``credential`` against the challenge.
    """
    locked = _own(person, by)
    name = name[:NAME_LENGTH] or _("Passkey %(number)s") % {
        "number": len(factors_of(locked).passkeys) + 1
    }
    passkey = WebAuthn.add(locked, name, credential).instance
    codes = _recovery_codes_beside(locked)
    _record("tenants.second_factor.added", locked, by, factor="webauthn", name=name)
    _tell(locked, "passkey_added", name=name)
    return passkey, codes


@transaction.atomic
def rename_passkey(person: User, factor_id: int, *, by: User, name: str) -> None:
    """Give one of the person's own passkeys another name."""
    passkey = _passkey(_own(person, by), factor_id)
    before = passkey.data["name"]
    name = name.strip()
    if not name or len(name) > NAME_LENGTH:
        raise ValidationError({"name": _("Enter a name of at most 80 characters.")})
    if name == before:
        return
    passkey.data["name"] = name
    passkey.save(update_fields=["data"])
    audit.record(
        "tenants.second_factor.renamed",
        by=by,
        organisation=by.access.home_id,
        target=person,
        before={"name": before},
        after={"name": name},
    )


def _passkey(person: User, factor_id: int) -> Authenticator:
    return next(f for f in factors_of(person).passkeys if f.pk == factor_id)


@transaction.atomic
def remove_factor(person: User, factor_id: int, *, by: User) -> None:
    """Take one of the person's own factors away, and with the last one the recovery codes.

    Raises :class:`LastFactor` where a role of theirs demands one.
    """
    locked = _own(person, by)
    factors = factors_of(locked)
    mine = (f for f in (*factors.passkeys, factors.app) if f and f.pk == factor_id)
    if (factor := next(mine, None)) is None:
        return  # the button was pressed twice
    if factors.only_one:
        if is_required_of(locked):
            raise LastFactor(_("Add another one first. Your access level needs a second factor."))
        if factors.recovery is not None:
            factors.recovery.delete()
    name = factor.data.get("name", "")
    kind = str(factor.type)
    factor.delete()
    _record("tenants.second_factor.removed", locked, by, factor=kind, name=name)
    _tell(locked, "app_removed" if kind == "totp" else "passkey_removed", name=name)


@transaction.atomic
def count_use_of_passkey(factor: Authenticator, times: int) -> bool:
    """Keep how often the passkey says that it was used; False when somebody has a copy of it.

    One that counts says more each time, and its copy does not know of that. Most passkeys that
    are shared between a person's devices do not count, and always say 0.
    """
    stored = Authenticator.objects.select_for_update().get(pk=factor.pk)
    before = stored.data.get("times", stored.wrap().authenticator_data.counter)
    if times <= before and (times or before):
        return False
    stored.data["times"] = times
    stored.save(update_fields=["data"])
    return True


@transaction.atomic
def renew_recovery_codes(person: User, *, by: User) -> None:
    """Replace all recovery codes of the person; those they had are worth nothing from now on."""
    locked = _own(person, by)
    factors = factors_of(locked)
    if not factors.any:
        raise Forbidden(_("Recovery codes stand in for another second factor. Add one first."))
    if factors.recovery is not None:
        factors.recovery.delete()
    RecoveryCodes.activate(locked)
    _record("tenants.second_factor.codes_renewed", locked, by)
    _tell(locked, "codes_renewed")


@transaction.atomic
def reset_second_factor(person: User, *, by: User, reason: str) -> Factors:
    """Take every second factor from somebody who has lost theirs, and end their sessions.

    For operators, and for whoever manages members where the person belongs and holds
    everything that the person holds anywhere: nobody opens a door above their own. The person
    is told by e-mail. Returns what they had.
    """
    _require_may_reset(person, by)
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": _("Say why.")})
    locked = User.objects.select_for_update().get(pk=person.pk)
    had = factors_of(locked)
    for factor in (*had.passkeys, had.app, had.recovery):
        if factor is not None:
            factor.delete()
    sessions.close_others(locked, None)
    _record("tenants.second_factor.reset", locked, by, reason=reason)
    _tell(locked, "reset", reason=reason, by=str(by))
    return had


def may_reset_second_factor(person: User, *, by: User) -> bool:
    """Return whether ``by`` may take the person's second factors away."""
    try:
        _require_may_reset(person, by)
    except Forbidden:
        return False
    return True


def _require_may_reset(person: User, by: User) -> None:
    if by.pk == person.pk:
        raise Forbidden(_("Somebody else must reset your own second factor."))
    if by.access.is_operator:
        return
    belongs = person.access.own_organisation_ids
    if not any(by.access.can("manage_members", pk) for pk in belongs):
        raise Forbidden(_("You do not have the access level that this needs."))
    if not all(by.access.can(capability, pk) for capability, pk in person.access.holdings):
        raise Forbidden(_("The person has an access level above your own."))
