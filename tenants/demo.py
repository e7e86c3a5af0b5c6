"""The demo accounts, as data: who to sign in as to see each role. Everybody here is invented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from tenants.roles import Role


@dataclass(frozen=True)
class DemoAccount:
    """A person to sign in as. ``role`` is a :class:`Role`, so its label is translated."""

    name: str
    email: str
    role: Role
    organisation: str

    @property
    def role_label(self) -> Any:
        """The role in the reader's language."""
        return self.role.label


DEMO_ACCOUNTS = (
    DemoAccount(
        "Maja Lindåsen", "maja.lindasen@solvfjord.example", Role.USER, "Sølvfjord helseforetak"
    ),
    DemoAccount(
        "Ingrid Hætta Solberg",
        "ingrid.solberg@solvfjord.example",
        Role.CUSTOMER_ADMIN,
        "Sølvfjord helseforetak",
    ),
    DemoAccount(
        "Karoline Sæther",
        "karoline.saether@solvfjord.example",
        Role.CUSTOMER_ADMIN,
        "Sølvfjord helseforetak",
    ),
    DemoAccount(
        "Tor-Åge Myhre", "tor-age.myhre@nordlys.example", Role.RESELLER, "Nordlys Videopartner AS"
    ),
    DemoAccount(
        "Randi Hovde", "randi.hovde@fjelltun.example", Role.OPERATOR, "Fjelltun Helsevideo"
    ),
)


def shown_accounts() -> tuple[DemoAccount, ...]:
    """Return the accounts to show on the sign-in page: none unless the setting DEMO is on."""
    return DEMO_ACCOUNTS if settings.DEMO and settings.DEMO_PASSWORD else ()
