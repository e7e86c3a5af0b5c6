"""The uploaded file between its preview and its end."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from rooms.imports.checking import Plan, make_plan
from rooms.imports.reading import read_sheet
from rooms.models import RoomImport
from tenants.access import require
from tenants.models import Organisation, User

KEPT_FOR = timedelta(hours=24)


def _packed(content: bytes) -> str:
    return base64.b85encode(zlib.compress(content)).decode()


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b85decode(text))


@transaction.atomic
def receive_file(
    organisation: Organisation, content: bytes, *, by: User, file_name: str
) -> RoomImport:
    """Return the uploaded file, kept encrypted for its preview. It must have been read already."""
    require(by, "manage_rooms", organisation)
    return RoomImport.objects.create(
        organisation=organisation,
        uploaded_by=by,
        file_name=file_name[:200],
        content=_packed(content),
        digest=hashlib.sha256(content).hexdigest(),
    )


def plan_of(room_import: RoomImport) -> Plan:
    """Return what the kept file would do now. Raises :class:`Unreadable`."""
    sheet = read_sheet(_unpacked(str(room_import.content)))
    return make_plan(sheet, room_import.organisation, choices=room_import.choices)


@transaction.atomic
def choose_types(room_import: RoomImport, choices: Mapping[str, str], *, by: User) -> RoomImport:
    """Keep which room type each group of rows gets."""
    require(by, "manage_rooms", room_import.organisation_id)
    found = locked_import(room_import.pk)
    if found is None or found.finished_at is not None:
        return room_import
    found.choices = dict(choices)
    found.save(update_fields=["choices"])
    return found


def locked_import(import_id: int) -> RoomImport | None:
    return (
        RoomImport.objects.unscoped(reason="a task is given the import's id and nothing else")
        .select_related("organisation__reseller", "job__started_by")
        .select_for_update(of=("self",))
        .filter(pk=import_id)
        .first()
    )


def drop_old_contents() -> int:
    """Delete the kept files that are a day old, for they hold PINs; return how many."""
    return (
        RoomImport.objects.unscoped(reason="the schedule serves every tenant")
        .kept_since_before(timezone.now() - KEPT_FOR)
        .update(content="")
    )
