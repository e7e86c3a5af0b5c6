"""Roles as data: each is a named set of capabilities held on one organisation."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    USER = "user", _("User")
    CUSTOMER_ADMIN = "customer_admin", _("Customer administrator")
    RESELLER = "reseller", _("Reseller")
    OPERATOR = "operator", _("Operator")


# Capabilities that exist, with the words an access list shows. Django's permissions on
# Organisation are made from this table.
CAPABILITIES = {
    "view_rooms": _("See all meeting rooms"),
    "manage_rooms": _("Order, change and terminate meeting rooms"),
    "view_endpoints": _("See video endpoints"),
    "manage_endpoints": _("Change video endpoints"),
    "manage_address_books": _("Change address books"),
    "manage_members": _("Manage members and access levels"),
    "view_statistics": _("See usage statistics"),
    "view_billing": _("See prices and the invoice basis"),
    "view_audit": _("See the change log"),
    "administer_clients": _("Administer client organisations"),
    "operate_platform": _("Operate the portal"),
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
