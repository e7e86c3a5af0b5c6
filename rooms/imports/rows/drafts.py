"""A row on its way to becoming a room, and the table of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rooms.imports.faults import Fault
from rooms.models import Room

if TYPE_CHECKING:
    from rooms.choices import Quality
    from rooms.models import RoomType


@dataclass
class Draft:
    """One row on its way to becoming a room.

    ``shown`` has the cells as text by column; ``values`` what was understood, by field of
    Room; ``bad`` the fields that were not. ``domain`` is that of the address the number was
    taken from. The rest is filled in by ``checking``.
    """

    row: int
    shown: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    number: str = ""
    alias: str = ""
    domain: str = ""
    room_type: RoomType | None = None
    quality: Quality | None = None
    ordered_on: dt.date | None = None
    makes_pin: bool = False
    key: str = ""
    group: str = ""
    room: Room | None = None
    # Of the room, for pages; see Plan.without_rooms.
    room_number: str = ""
    product_name: str = ""
    is_new: bool = False
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    further_of: int = 0
    type_says_no: bool = False

    @property
    def name(self) -> str:
        return self.shown.get("name", "")

    @property
    def outcome(self) -> str:
        """``fault``, ``new``, ``changed``, ``same`` or ``alias`` (of an earlier row)."""
        if self.faults:
            return "fault"
        if self.further_of:
            return "alias"
        if self.is_new:
            return "new"
        return "changed" if self.changes else "same"


@dataclass(frozen=True)
class Table:
    """The drafts of a file. ``fields`` leads from a field of Room to the column it stands in."""

    dialect: str
    drafts: list[Draft]
    fields: dict[str, str]
    columns: tuple[str, ...]
    header_row: int
