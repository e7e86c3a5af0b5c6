"""The whole way from a sheet to a plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from django.utils import timezone

from rooms.imports.checking.building import build_rooms
from rooms.imports.checking.catalogue import Catalogue
from rooms.imports.checking.matching import find_rooms
from rooms.imports.checking.plans import Plan
from rooms.imports.checking.repeats import compare_rows
from rooms.imports.checking.types import choose_types
from rooms.imports.rows import read_table

if TYPE_CHECKING:
    from rooms.imports.reading import Sheet
    from rooms.platforms.models import VideoPlatform
    from tenants.models import Organisation


def make_plan(
    sheet: Sheet,
    organisation: Organisation,
    *,
    choices: Mapping[str, str] | None = None,
    today: date | None = None,
    earliest_order: date | None = None,
    platform: VideoPlatform | None = None,
) -> Plan:
    """Return what importing the file would do to the organisation's rooms.

    ``choices`` gives the room type's code for a group of rows that do not say theirs.
    ``earliest_order`` is how far back the file may date an order, today unless the provider
    carries over old ones: the binding runs from the order. New rooms are made on ``platform``,
    else on the usual one. Raises :class:`rooms.imports.faults.Unreadable` when the file cannot
    be read as rooms.
    """
    today = today or timezone.localdate()
    catalogue = Catalogue(today, platform)
    table = read_table(sheet, catalogue.types)
    plan = Plan(organisation, today, earliest_order or today, table, sheet.encoding)
    compare_rows(plan, catalogue)
    find_rooms(plan)
    choose_types(plan, catalogue, choices or {})
    build_rooms(plan, catalogue)
    return plan
