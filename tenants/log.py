"""The audit log as pages and files read it: kinds of events, own trails, rows of an export.

An app names its kinds in ``<app>.audit_texts``: ``KINDS`` maps a key to a word and the
beginnings of the slugs that belong to it. Exports are one kind of their own, whatever was
exported. What a person may read about their own things in another app, that app tells in
``<app>.own_trail``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from html import unescape
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q
from django.utils.module_loading import module_has_submodule
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from tenants.audit_texts import describe, known_actions
from tenants.models import AuditEntry, User

if TYPE_CHECKING:
    from tenants.querysets import AuditEntryQuerySet

EXPORTS = "exports"
KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "access": (
        _("Members and access levels"),
        (
            "tenants.role.",
            "tenants.invitation.",
            "tenants.members.",
            "tenants.review.",
            "tenants.access_request.",
            "tenants.person.",
        ),
    ),
    "sign_in": (_("Sign-in"), ("tenants.session.", "tenants.sign_in.")),
    "account": (
        _("Accounts and profiles"),
        (
            "tenants.account.",
            "tenants.profile.",
            "tenants.password.",
            "tenants.address.",
            "tenants.second_factor.",
            "tenants.data.",
        ),
    ),
    "organisation": (
        _("The organisation and its reseller"),
        ("tenants.organisation.", "tenants.reseller."),
    ),
    "staff": (_("Support access"), ("tenants.staff.",)),
    "log": (_("The change log"), ("tenants.log.",)),
}
# What the provider reads of all organisations: who may administer what, and its own staff's
# stays. What happens inside an organisation is read there, in staff mode (ADR 24).
REGISTER = (
    "tenants.organisation.",
    "tenants.role.",
    "tenants.reseller.",
    "tenants.staff.started",
    "tenants.staff.ended",
    "tenants.access_request.",
    "tenants.account.kept_open",
    "tenants.person.",
    "tenants.second_factor.reset",
)
# Signed out or unknown people belong to no organisation; only their ways in are the provider's.
# An app adds what it has of the provider's own in the same name of its ``audit_texts``.
PLATFORM = ("tenants.session.", "tenants.log.")


@cache
def _platform() -> tuple[str, ...]:
    found = list(PLATFORM)
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "audit_texts"):
            found += getattr(import_module(f"{config.name}.audit_texts"), "PLATFORM", ())
    return tuple(found)


@cache
def _kinds() -> dict[str, tuple[Any, tuple[str, ...]]]:
    found = dict(KINDS)
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "audit_texts"):
            found |= getattr(import_module(f"{config.name}.audit_texts"), "KINDS", {})
    return found


def kinds() -> list[tuple[str, str]]:
    """Return the kinds of events with their words, for a choice."""
    return [(key, str(label)) for key, (label, _starts) in _kinds().items()] + [
        (EXPORTS, gettext("Exports"))
    ]


def kind_of(action: str) -> str:
    """Return the key of the kind that the slug belongs to; empty for none."""
    if action.endswith(".exported"):
        return EXPORTS
    fits = [key for key, (_label, starts) in _kinds().items() if action.startswith(starts)]
    return fits[0] if fits else ""


def slugs_of(kind: str) -> list[str]:
    """Return the slugs of one kind, in order."""
    return sorted(action for action in known_actions() if kind_of(action) == kind)


def slugs_that_start(starts: tuple[str, ...]) -> list[str]:
    """Return the slugs with one of these beginnings, in order."""
    return sorted(action for action in known_actions() if action.startswith(starts))


def of_the_platform() -> AuditEntryQuerySet:
    """Return what the provider reads: its own staff's doings and the register's changes."""
    entries: AuditEntryQuerySet = AuditEntry.objects.unscoped(
        reason="the provider reads the register's changes, nothing inside an organisation"
    )
    return entries.filter(
        Q(action__in=slugs_that_start(REGISTER))
        | Q(organisation__isnull=True, action__in=slugs_that_start(_platform()))
    )


def of_person(user: User) -> AuditEntryQuerySet:
    """Return what the person did, what was done to their account, and to what is their own."""
    entries: AuditEntryQuerySet = AuditEntry.objects.unscoped(
        reason="a person's own trail crosses the organisations that they belong to"
    )
    mine = Q(actor_key=str(user.pk)) | Q(
        target_type=User._meta.label_lower, target_key=str(user.pk)
    )
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "own_trail"):
            mine |= import_module(f"{config.name}.own_trail").own_trail(user)
    return entries.filter(mine)


@cache
def _hidden() -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "own_trail"):
            found |= import_module(f"{config.name}.own_trail").HIDDEN_BEFORE
    return found


def for_holder(entry: AuditEntry, holder: User) -> AuditEntry:
    """Return the entry without who had a thing before it became the holder's own."""
    if entry.actor_key != str(holder.pk):
        entry.before = {
            name: value for name, value in entry.before.items() if name not in _hidden()
        }
    return entry


def kept_for() -> str:
    """Return how long entries are kept, in words."""
    return duration(settings.AUDIT_RETENTION_DAYS)


def duration(days: int) -> str:
    """Return a number of days in words, as years where it is whole years."""
    years, rest = divmod(days, 365)
    if years and not rest:
        return ngettext("%(count)s year", "%(count)s years", years) % {"count": years}
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def header() -> list[str]:
    """Return the head of an exported log."""
    return [
        gettext("Date"),
        gettext("Time"),
        gettext("What happened"),
        gettext("Who"),
        gettext("Reseller"),
        gettext("Reason for support access"),
        gettext("Organisation"),
        gettext("Object"),
        gettext("Kind"),
        gettext("Action"),
        gettext("Before"),
        gettext("After"),
        gettext("Request"),
    ]


def rows(entries: Iterable[AuditEntry], viewer: User, *, own: bool = False) -> Iterator[list[Any]]:
    """Give the rows of an exported log, in words for ``viewer``; ``own`` as in LogTable."""
    words = dict(kinds())
    for entry in entries:
        if own:
            for_holder(entry, viewer)
        at = localtime(entry.at)
        yield [
            at.date(),
            f"{at:%H:%M:%S}",
            unescape(describe(entry, viewer)),
            entry.actor_label,
            entry.reseller_label,
            entry.staff_reason,
            str(entry.organisation) if entry.organisation_id and entry.organisation else "",
            entry.target_label,
            words.get(kind_of(entry.action), ""),
            entry.action,
            _as_text(entry.before),
            _as_text(entry.after),
            entry.request_id,
        ]


def _as_text(values: dict[str, Any]) -> str:
    return json.dumps(values, cls=DjangoJSONEncoder, ensure_ascii=False) if values else ""
