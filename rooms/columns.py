"""The portal's own file of rooms: its columns, how each is written and how it is read again.

One list serves export and import, so that an exported file can be imported as it is. A column
is known by its English key and by its label in any of the portal's languages, whatever the
case. Cells are text, except whole numbers and dates in a workbook.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Choices
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from rooms.choices import Layout, Quality, Status, Theme
from videoportal.kit.sheets import unprotected

if TYPE_CHECKING:
    from rooms.models import Room, RoomType

type Written = str | int | dt.date | None


class NotUnderstood(ValueError):
    """A cell holds something else than its column takes; ``str()`` is the sentence for it."""


@dataclass(frozen=True)
class RoomColumn:
    """One column. ``written(room)`` gives its cell; only ``imported`` ones are read again.

    ``secret`` columns hold PINs and are left out of a file unless they are asked for.
    """

    key: str
    label: Any
    written: Callable[[Room], Written]
    imported: bool = True
    secret: bool = False


def _yes_no(name: str) -> Callable[[Room], str]:
    return lambda room: write_boolean(getattr(room, name))


COLUMNS: tuple[RoomColumn, ...] = (
    RoomColumn("number", _("Room number"), attrgetter("number")),
    RoomColumn("name", _("Name"), attrgetter("name")),
    RoomColumn("description", _("Description"), attrgetter("description")),
    RoomColumn("room_type", _("Room type"), attrgetter("product.room_type.code")),
    RoomColumn("quality", _("Resolution"), attrgetter("product.quality")),
    RoomColumn("owner_name", _("Owner's name"), attrgetter("owner_name")),
    RoomColumn("owner_email", _("Owner's e-mail"), attrgetter("owner_email")),
    RoomColumn("department", _("Department"), attrgetter("department")),
    RoomColumn("cost_centre", _("Cost centre"), attrgetter("cost_centre")),
    RoomColumn("reference", _("Reference"), attrgetter("reference")),
    RoomColumn("guests_allowed", _("Guests may join"), _yes_no("guests_allowed")),
    RoomColumn("host_pin", _("PIN for the host"), lambda room: str(room.host_pin), secret=True),
    RoomColumn("guest_pin", _("PIN for guests"), lambda room: str(room.guest_pin), secret=True),
    RoomColumn("autolock", _("Autolock"), _yes_no("autolock")),
    RoomColumn("layout", _("Layout"), lambda room: str(Layout(room.layout).label)),
    RoomColumn("theme", _("Theme"), lambda room: str(Theme(room.theme).label)),
    RoomColumn("chat", _("Chat"), _yes_no("chat")),
    RoomColumn(
        "guests_may_present", _("Guests may share their screen"), _yes_no("guests_may_present")
    ),
    RoomColumn("show_names", _("Show names in the picture"), _yes_no("show_names")),
    RoomColumn("capacity", _("Capacity"), attrgetter("participant_limit")),
    RoomColumn("ordered_on", _("Ordered on"), attrgetter("ordered_on"), imported=False),
    RoomColumn("bound_until", _("Bound until"), attrgetter("bound_until"), imported=False),
    RoomColumn("status", _("Status"), lambda room: str(Status(room.status).label), imported=False),
    RoomColumn("web_address", _("Web address"), attrgetter("web_address"), imported=False),
    RoomColumn("sip_address", _("SIP address"), attrgetter("sip_address"), imported=False),
)

# Where the column's key and the model's field have different names.
FIELDS = {"capacity": "participant_limit"}


def columns_for(*, with_pins: bool) -> tuple[RoomColumn, ...]:
    """Return the columns of a file, in order."""
    return tuple(column for column in COLUMNS if with_pins or not column.secret)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).replace("\ufeff", "").casefold().split())


def _in_every_language(text: Callable[[], object]) -> set[str]:
    words = set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            words.add(_folded(str(text())))
    return words


@cache
def _headers() -> dict[str, str]:
    known = {}
    for column in COLUMNS:
        for word in _in_every_language(lambda column=column: column.label):  # type: ignore[misc]  # bound now
            known[word] = column.key
    return known | {column.key: column.key for column in COLUMNS}


def column_key(header: str) -> str | None:
    """Return the key of the column with this header (key or label in any language), or None."""
    return _headers().get(_folded(unprotected(header)))


# Reading cells. Blank cells give None: the importer decides what that means.

_TRUE = {"ja", "yes", "true", "sann", "1"}
_FALSE = {"nei", "no", "false", "usann", "0"}


def read_text(cell: object) -> str:
    """Return the cell as text: without the protecting apostrophe, numbers without decimals."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return write_boolean(cell)
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return unprotected(str(cell)).strip()


def write_boolean(value: bool) -> str:
    """Return yes or no in the active language."""
    return gettext("Yes") if value else gettext("No")


def read_boolean(cell: object) -> bool | None:
    """Return what ja/nei, yes/no, true/false or 1/0 says. Raises :class:`NotUnderstood`."""
    if isinstance(cell, bool):
        return cell
    word = _folded(read_text(cell))
    if not word:
        return None
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise NotUnderstood(_("Write yes or no."))


def read_date(cell: object) -> dt.date | None:
    """Return the day of ``22.11.2026``, ``2026-11-22`` or a workbook's date."""
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    text = read_text(cell).rstrip(".")
    if not text:
        return None
    for form in ("%d.%m.%Y", "%Y-%m-%d", "%d.%m.%y"):
        try:
            return dt.datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise NotUnderstood(_("Enter the date as day.month.year, for example 22.11.2026."))


def read_whole_number(cell: object) -> int | None:
    """Return a whole number without sign. Raises :class:`NotUnderstood`."""
    text = read_text(cell)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise NotUnderstood(_("Write a whole number."))
    return int(text)


def _read_choice(choices: type[Choices], cell: object, sentence: Any) -> Any:
    word = _folded(read_text(cell))
    if not word:
        return None
    for member in choices:
        if word == _folded(str(member.value)) or word in _choice_words(member):
            return member
    raise NotUnderstood(sentence % {"value": read_text(cell)})


@cache
def _choice_words(member: Any) -> set[str]:
    return _in_every_language(lambda: member.label)


def read_layout(cell: object) -> Layout | None:
    """Return the layout by the platform's name or by its label in any language."""
    return _read_choice(Layout, cell, _("There is no layout called “%(value)s”."))


def read_theme(cell: object) -> Theme | None:
    """Return the theme by its name in any language."""
    return _read_choice(Theme, cell, _("There is no theme called “%(value)s”."))


def read_quality(cell: object) -> Quality | None:
    """Return HD or Full HD, by code or label."""
    return _read_choice(Quality, cell, _("The resolution is HD or Full HD, not “%(value)s”."))


def read_room_type(cell: object, room_types: Iterable[RoomType]) -> RoomType | None:
    """Return the room type by its code or by its name in any language."""
    word = _folded(read_text(cell))
    if not word:
        return None
    for room_type in room_types:
        names = (room_type.code, room_type.name_nb, room_type.name_nn, room_type.name_en)
        if word in {_folded(name) for name in names}:
            return room_type
    raise NotUnderstood(_("There is no room type called “%(value)s”.") % {"value": read_text(cell)})
