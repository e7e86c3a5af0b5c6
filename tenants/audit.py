"""Writing the audit log. Actions call ``record`` inside their own transaction."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog
from django.db import models
from django.utils import timezone

from tenants.models import AuditEntry, Organisation, User
from videoportal.kit import scope
from videoportal.kit.scope import everywhere

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "••••"
SECRET_FIELDS = frozenset(
    {
        "host_pin", "guest_pin", "password", "management_password", "management_key", "secret",
        "token",
    }
)  # fmt: skip

# The organisation that the current request acts in as a reseller's employee: its label
# is the reseller's name. Set by AuditContextMiddleware.
acting_reseller: ContextVar[str] = ContextVar("acting_reseller", default="")

# When what is being recorded happened, if not now: set while demo history is told.
happened_at: ContextVar[datetime | None] = ContextVar("happened_at", default=None)


def snapshot(instance: models.Model, fields: Iterable[str]) -> dict[str, Any]:
    """Return the stored value of each field; take it before a form or action changes it."""
    return {name: _plain(instance, name) for name in fields}


def _plain(instance: models.Model, name: str) -> Any:
    field = instance._meta.get_field(name)
    if isinstance(field, models.ForeignKey):
        related = getattr(instance, name)
        return None if related is None else str(related)
    return getattr(instance, name)


def _masked(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: (MASK if value else "") if name in SECRET_FIELDS else value
        for name, value in values.items()
    }


def record(
    action: str,
    *,
    by: User | None,
    organisation: Organisation | int | None,
    target: models.Model | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    label: str = "",
) -> AuditEntry:
    """Write one entry and return it.

    ``before`` and ``after`` may hold more than what changed: equal values are left out,
    secrets are masked by field name. ``by`` is None for what the system does by itself.
    """
    columns = _columns(action, by, organisation, target, before or {}, after or {}, label)
    with _log_in_view([columns["organisation_id"]]):
        return AuditEntry.objects.create(**columns)


def record_many(rows: Iterable[dict[str, Any]]) -> int:
    """Write many entries at once; each row holds the arguments of :func:`record`."""
    entries = [
        AuditEntry(
            **_columns(
                row["action"],
                row["by"],
                row["organisation"],
                row.get("target"),
                row.get("before") or {},
                row.get("after") or {},
                row.get("label", ""),
            )
        )
        for row in rows
    ]
    with _log_in_view({entry.organisation_id for entry in entries}):
        AuditEntry.objects.bulk_create(entries, batch_size=1000)
    return len(entries)


def _log_in_view(organisation_ids: Iterable[int | None]) -> AbstractContextManager[None]:
    """Let an entry be written whoever's it is: also nobody's, and by somebody not signed in."""
    now = scope.current()
    if all(now.covers(organisation_id) for organisation_id in organisation_ids):
        return nullcontext()
    return everywhere(reason="the log takes what happens outside of anybody's scope too")


def _columns(
    action: str,
    by: User | None,
    organisation: Organisation | int | None,
    target: models.Model | None,
    before: dict[str, Any],
    after: dict[str, Any],
    label: str,
) -> dict[str, Any]:
    changed = {
        name
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name) or name not in before or name not in after
    }
    organisation_id = organisation.pk if isinstance(organisation, Organisation) else organisation
    on_behalf = by is not None and by.access.acts_on_behalf(organisation_id)
    session = by.access.staff_session if by is not None else None
    in_staff_mode = session is not None and session.organisation_id == organisation_id
    return {
        "at": happened_at.get() or timezone.now(),
        "actor_key": str(by.pk) if by else "",
        "actor_label": str(by)[:254] if by else "",
        "organisation_id": organisation_id,
        "on_behalf": on_behalf,
        "reseller_label": acting_reseller.get() if on_behalf else "",
        "staff_reason": session.purpose if session is not None and in_staff_mode else "",
        "action": action,
        "target_type": target._meta.label_lower if target is not None else "",
        "target_key": str(target.pk) if target is not None else "",
        "target_label": (label or (str(target) if target is not None else ""))[:254],
        "before": _masked({name: before[name] for name in before if name in changed}),
        "after": _masked({name: after[name] for name in after if name in changed}),
        "request_id": str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64],
    }
