"""Which e-mail addresses a person has shown to be theirs."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from tenants.models import User


def verified_addresses(user: User) -> list[str]:
    """Return the addresses that the person has confirmed, the one they sign in with first."""
    found = EmailAddress.objects.filter(user=user, verified=True)
    return list(found.order_by("-primary", "pk").values_list("email", flat=True))


def has_verified(user: User, address: str) -> bool:
    """Return whether the person has confirmed this address, whatever its case."""
    found = EmailAddress.objects.filter(user=user, verified=True, email=address.lower())
    return bool(address) and found.exists()


def is_first_of_account(address: EmailAddress) -> bool:
    """Return whether nothing of the account is confirmed yet: it begins with this address."""
    return not EmailAddress.objects.filter(user=address.user_id, verified=True).exists()


def addresses_of(user: User) -> list[EmailAddress]:
    """Return all of the person's addresses, the confirmed ones first."""
    return list(EmailAddress.objects.filter(user=user).order_by("-verified", "email"))
