"""The plan that a preview shows, kept while somebody pages through it.

Making a plan of 5,000 rows takes the better part of a second, opening a kept one some
hundredths. Only pages read a kept plan: what is carried out is planned anew, and the digest
tells when that is no longer what was shown.
"""

from __future__ import annotations

import pickle
import zlib
from dataclasses import fields

from cryptography.fernet import InvalidToken
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import get_language

from rooms.imports.checking import Plan
from rooms.imports.rows import Draft
from rooms.imports.writing.files import plan_of
from rooms.models import Room, RoomImport
from videoportal.kit.fields import cipher

KEPT_SECONDS = 15 * 60
# A plan kept by an older release has other fields, and is not opened.
_SHAPE = zlib.crc32(repr([field.name for kind in (Plan, Draft) for field in fields(kind)]).encode())


def shown_plan(room_import: RoomImport) -> Plan:
    """Return the plan for a page, without the rooms themselves. Raises :class:`Unreadable`.

    It is made anew when one of the organisation's rooms, the chosen types, the language or
    the day is another.
    """
    key = plan_key(room_import)
    kept = cache.get(key)
    if kept is not None and (plan := _opened(kept)):
        return plan
    plan = plan_of(room_import).without_rooms()
    cache.set(key, _sealed(plan), KEPT_SECONDS)
    return plan


def keep_shown(room_import: RoomImport, plan: Plan) -> None:
    """Let the page show this plan, which was made just now; it loses its rooms."""
    cache.set(plan_key(room_import), _sealed(plan.without_rooms()), KEPT_SECONDS)


def plan_key(room_import: RoomImport) -> str:
    """Return where the plan is kept: another place once it would be another plan."""
    rooms = Room.objects.in_organisation(room_import.organisation).stamp()
    choices = zlib.crc32(repr(sorted(room_import.choices.items())).encode())
    when = f"{get_language()}:{timezone.localdate()}"
    return f"import:{room_import.pk}:{_SHAPE}:{choices}:{rooms}:{when}"


def _sealed(plan: Plan) -> bytes:
    return cipher().encrypt(zlib.compress(pickle.dumps(plan), 1))


def _opened(token: bytes) -> Plan | None:
    try:
        packed = cipher().decrypt(token)
    except InvalidToken:
        return None
    # The cipher has vouched for it: only this portal's own keys write such a token.
    plan: Plan = pickle.loads(zlib.decompress(packed))  # noqa: S301
    return plan
