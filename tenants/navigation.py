"""What stands in the navigation.

Each app names its pages in ``<app>.navigation``: ``PARTS`` of an organisation, ``OPERATION``
for the provider's staff and ``OWN`` for everybody. Nothing here knows an app by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Protocol

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tenants import belongings
from tenants.access import Access
from tenants.models import AccessRequest, Organisation

CLIENTS = "administer_clients"


@dataclass(frozen=True)
class Part:
    """A part of the portal that every organisation has, and the right that opens it.

    ``view`` is its first page, at ``o/<org>/…``; ``covers`` are beginnings of the view names
    that belong to it, for marking it in the navigation and for staying in it when a reseller
    changes client; of several that fit, the longest counts. Parts stand by ``position``.
    """

    label: Any
    view: str
    capability: str
    covers: tuple[str, ...]
    position: int


class Waiting(Protocol):
    """Counts what waits for somebody on a page, and says it in words."""

    def __call__(self) -> tuple[int, str]: ...


@dataclass(frozen=True)
class Page:
    """A page outside the organisations: of the provider's staff, or one's own.

    ``waiting`` tells the provider's first page how many things wait there.
    """

    label: Any
    view: str
    covers: tuple[str, ...]
    position: int
    note: Any = ""
    waiting: Waiting | None = None
    # Some pages exist in the demo only.
    only_in_demo: bool = False


# The pages of tenants itself; the others stand in their apps.
MEMBERS = Part(
    _("Members"),
    "tenants:member_list",
    "manage_members",
    ("tenants:member_", "tenants:invite", "tenants:invitation_"),
    70,
)
PARTS = (
    MEMBERS,
    Part(_("Change log"), "tenants:log", "view_audit", ("tenants:log", "tenants:client_log"), 80),
)


@cache
def _collected(name: str) -> tuple[Any, ...]:
    found: list[Any] = []
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "navigation"):
            found += getattr(import_module(f"{config.name}.navigation"), name, ())
    return tuple(sorted(found, key=lambda entry: entry.position))


def parts() -> tuple[Part, ...]:
    """Return the parts of an organisation in order, the list of clients not among them."""
    return tuple(part for part in _collected("PARTS") if part.capability != CLIENTS)


def clients_part() -> Part:
    """Return the list of clients, where a reseller starts."""
    return next(part for part in _collected("PARTS") if part.capability == CLIENTS)


def operation_pages() -> tuple[Page, ...]:
    """Return the pages of the provider's staff in order."""
    pages = _collected("OPERATION")
    return tuple(page for page in pages if settings.DEMO or not page.only_in_demo)


def own_pages() -> tuple[Page, ...]:
    """Return the pages with one's own things in order; the first is where a user starts."""
    return _collected("OWN")


def account_pages() -> tuple[Page, ...]:
    """Return the pages of the person's account in order; the first tells who they are here."""
    pages = _collected("ACCOUNT")
    # Without a provider nothing can be connected.
    return tuple(
        page for page in pages if settings.OIDC_PROVIDERS or page.view != "tenants:connections"
    )


def account_page(view_name: str) -> Page | None:
    """Return the page of the account that the view belongs to; None for all other views."""
    return next((page for page in account_pages() if view_name.startswith(page.covers)), None)


def open_entry(view_name: str) -> Part | Page | None:
    """Return the part or page that the view belongs to; None for those outside all."""
    if any(view_name == kind.hand_over for kind in belongings.kinds()):
        return MEMBERS  # an app's page, reached from a member and left to one
    entries = [*_collected("PARTS"), *operation_pages(), *own_pages()]
    fits = [
        (len(start), entry)
        for entry in entries
        for start in entry.covers
        if view_name.startswith(start)
    ]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None


def part_of(view_name: str) -> Part:
    """Return the part that the view belongs to; the first part for everything outside them."""
    entry = open_entry(view_name)
    return entry if entry in parts() else parts()[0]


def part_named(view: str) -> Part:
    """Return the part with this first page; the first part when there is none."""
    return next((part for part in parts() if part.view == view), parts()[0])


def first_part(access: Access, organisation: Organisation | int) -> Part | None:
    """Return where the person starts in the organisation: their clients, else the first part."""
    if access.can(CLIENTS, organisation):
        return clients_part()
    return next((part for part in parts() if access.can(part.capability, organisation)), None)


def _requests_waiting() -> tuple[int, str]:
    count = AccessRequest.objects.everybodys().to_decide().count()
    words = ngettext(
        "%(count)s request waits for approval", "%(count)s requests wait for approval", count
    )
    return count, words % {"count": count}


OPERATION = (
    Page(
        _("Operation"),
        "tenants:operation",
        ("tenants:operation",),
        0,
        note=_("What waits for the provider"),
    ),
    Page(
        _("Access requests"),
        "tenants:queue",
        ("tenants:queue",),
        10,
        note=_("Who asks to become customer administrator"),
        waiting=_requests_waiting,
    ),
    Page(
        _("Organisations"),
        "tenants:organisations",
        (
            "tenants:organisation",
            "tenants:reseller_connect",
            "tenants:reseller_end",
            "tenants:staff_start",
        ),
        20,
        note=_("Customers, resellers and their administrators"),
    ),
    Page(
        _("Resellers"),
        "tenants:resellers",
        ("tenants:reseller",),
        30,
        note=_("Who serves which clients"),
    ),
    Page(
        _("People"),
        "tenants:people",
        ("tenants:people", "tenants:reset_second_factor"),
        40,
        note=_("Find one person by e-mail address"),
    ),
    Page(
        _("Change log"),
        "tenants:platform_log",
        ("tenants:platform_log",),
        50,
        note=_("Changes of organisations, rights and support access"),
    ),
    Page(
        _("Sent mail"),
        "tenants:mail_list",
        ("tenants:mail_",),
        90,
        note=_("What the demo has written"),
        only_in_demo=True,
    ),
)
OWN = (
    Page(
        _("Access requests"),
        "tenants:requests",
        ("tenants:request",),
        50,
    ),
    Page(_("My change log"), "tenants:my_log", ("tenants:my_log",), 60),
    Page(_("My data"), "tenants:my_data", ("tenants:my_data",), 70),
)
# The person's own account. They stand in the menu under the person's name, where an
# administrator finds OWN too; the row of navigation is for the organisation.
ACCOUNT = (
    Page(_("Profile and display"), "tenants:profile", ("tenants:profile",), 0),
    Page(_("Other ways to sign in"), "tenants:connections", ("tenants:connection",), 10),
    Page(_("E-mail addresses"), "account_email", ("account_email",), 20),
    Page(
        _("Change password"),
        "account_change_password",
        ("account_change_password", "account_set_password"),
        30,
    ),
    Page(
        _("Two-step sign-in"),
        "tenants:second_factor",
        (
            "tenants:second_factor",
            "tenants:add_app",
            "tenants:add_passkey",
            "tenants:rename_passkey",
            "tenants:remove_factor",
            "tenants:recovery_codes",
            "tenants:renew_codes",
        ),
        40,
    ),
    Page(_("Where you are signed in"), "tenants:sessions", ("tenants:sessions",), 50),
)
