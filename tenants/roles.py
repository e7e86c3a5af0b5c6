"""Roles as data: each is a named set of capabilities held on one organisation."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class Role(models.TextChoices):
    USER = "user", _("User")
    CUSTOMER_ADMIN = "customer_admin", _("Customer administrator")
    RESELLER = "reseller", _("Reseller")
    OPERATOR = "operator", _("Operator")


# Capabilities that exist, with the words an access list shows. Django's permissions on
# Organisation are made from this table, so the words are the untranslated ones; pages
# translate them when they show them.
CAPABILITIES: dict[str, str] = {
    "view_rooms": gettext_noop("See all meeting rooms"),
    "manage_rooms": gettext_noop("Order, change and terminate meeting rooms"),
    "view_endpoints": gettext_noop("See video endpoints"),
    "manage_endpoints": gettext_noop("Change video endpoints"),
    "manage_address_books": gettext_noop("Change address books"),
    "manage_members": gettext_noop("Manage members and access levels"),
    "view_statistics": gettext_noop("See usage statistics"),
    "view_billing": gettext_noop("See prices and the invoice basis"),
    "view_audit": gettext_noop("See the change log"),
    "administer_clients": gettext_noop("Administer client organisations"),
    "operate_platform": gettext_noop("Operate the portal"),
}

CUSTOMER_CAPABILITIES = frozenset(
    {
        "view_rooms",
        "manage_rooms",
        "view_endpoints",
        "manage_endpoints",
        "manage_address_books",
        "manage_members",
        "view_statistics",
        "view_billing",
        "view_audit",
    }
)

ROLE_CAPABILITIES: dict[str, frozenset[str]] = {
    # A user holds nothing on the organisation: own rooms come from grants on each room.
    Role.USER: frozenset(),
    Role.CUSTOMER_ADMIN: CUSTOMER_CAPABILITIES,
    # Held on the reseller's own organisation; what it gives on each client is
    # CUSTOMER_CAPABILITIES, found through Organisation.reseller (see access.py).
    Role.RESELLER: frozenset({"administer_clients", "manage_members", "view_audit"}),
    Role.OPERATOR: frozenset({"operate_platform"}),
}
