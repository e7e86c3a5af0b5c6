"""The list of rooms as a file, in the columns that the import page reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.columns import columns_for
from rooms.models import RoomProduct
from rooms.platforms.models import VideoPlatform
from rooms.querysets import RoomQuerySet
from tenants.models import Organisation
from videoportal.kit.sheets import Cell, sheet_response


def rooms_file(
    rooms: RoomQuerySet, organisation: Organisation, *, fmt: str, with_pins: bool
) -> HttpResponseBase:
    """Return the rooms, in their order, as a streamed CSV or XLSX.

    Log it first (:func:`rooms.actions.note_rooms_exported`): this only writes.
    """
    columns = columns_for(with_pins=with_pins)
    return sheet_response(
        fmt,
        f"{_('Meeting rooms')} {organisation.name} {timezone.localdate():%Y-%m-%d}",
        title=_("Meeting rooms"),
        header=[str(column.label) for column in columns],
        rows=_rows(rooms.for_export(with_pins=with_pins), [column.written for column in columns]),
    )


def _rows(rooms: RoomQuerySet, written: Sequence[Any]) -> Iterator[list[Cell]]:
    products = {product.pk: product for product in RoomProduct.objects.select_related("room_type")}
    platforms = VideoPlatform.objects.in_bulk()
    for room in rooms.iterator(chunk_size=2000):
        room.product = products[room.product_id]
        room.platform = platforms[room.platform_id]
        yield [write(room) for write in written]
