"""Whose a thing on a platform is, by the tag that the portal gave it, and what waits for it."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from rooms.platforms.outbox.models import OutboxEntry
from rooms.platforms.pexip.rooms import is_ours
from tenants.models import Organisation


def parts_of(tag: str) -> tuple[int, UUID] | None:
    """Return whose thing a tag of ours names, and which; None for anybody else's."""
    if not is_ours(tag):
        return None
    organisation, _colon, key = tag.partition(":")
    try:
        return int(organisation), UUID(key)
    except ValueError:
        return None


def waiting(kind: str, keys: Collection[UUID]) -> set[UUID]:
    """Return which of these things are on their way to their platform."""
    entries = OutboxEntry.objects.unscoped(reason="a platform has every tenant's things").waiting()
    return set(entries.filter(kind=kind, key__in=keys).values_list("key", flat=True))


def known_organisations(ids: Collection[int]) -> set[int]:
    """Return which of these ids belong to an organisation."""
    known = Organisation.objects.unscoped(reason="a platform has every tenant's things").filter(
        pk__in=ids
    )
    return set(known.values_list("pk", flat=True))
