"""Writes to people and their profiles."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils.translation import gettext as _

from tenants import audit
from tenants.access import Forbidden, require_operator
from tenants.models import User


@transaction.atomic
def create_user(
    *,
    email: str,
    name: str,
    password: str | None = None,
    verified: bool = False,
    language: str = "",
) -> User:
    """Return a new person; with ``verified`` the address counts as proven from the start."""
    user = User(email=email.strip().lower(), name=name, language=language)
    user.set_password(password)
    user.full_clean(exclude=["password"])
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified)
    return user


@transaction.atomic
def change_profile(user: User, *, by: User, **changes: str) -> User:
    """Change the person's own name, language or colours; nothing happens when nothing differs."""
    if by.pk != user.pk:
        raise Forbidden(_("You can change only your own profile."))
    if unknown := changes.keys() - {"name", "language", "colour_scheme"}:
        raise ValueError(f"{sorted(unknown)} are not part of the profile")
    # The instance may have been through a form, so what is stored is asked for.
    stored = User.objects.select_for_update().get(pk=user.pk)
    before = {
        name: getattr(stored, name) for name in changes if getattr(stored, name) != changes[name]
    }
    changes = {name: changes[name] for name in before}
    if not changes:
        return user
    for name, value in changes.items():
        setattr(user, name, value)
    user.full_clean(exclude=["password"])
    user.save(update_fields=list(changes))
    audit.record(
        "tenants.profile.changed",
        by=by,
        # Others see the name; language and colours are nobody else's business.
        organisation=by.access.home_id if "name" in changes else None,
        target=user,
        before=before,
        after=changes,
    )
    return user


@transaction.atomic
def look_up_person(email: str, *, by: User, reason: str) -> User | None:
    """Return the person with this very address, for an operator with a reason.

    Any verified address finds them. That somebody looked stands in the log of the person's
    own organisation; that nobody was found stands in nobody's.
    """
    require_operator(by)
    found = User.objects.signing_in_with(email).first()
    if found is None:
        address = EmailAddress.objects.filter(email=email.lower(), verified=True).first()
        found = None if address is None else address.user
    audit.record(
        "tenants.person.looked_up",
        by=by,
        organisation=found.access.home_id if found is not None else None,
        target=found,
        label=email,
        after={"reason": reason},
    )
    return found
