"""The plan of an import as a page shows it: faults by cell, rows in a table, changes in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext, gettext_lazy, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from rooms import columns
from rooms.choices import Layout, Quality, Theme
from rooms.imports.checking import Plan
from rooms.imports.faults import Fault
from rooms.imports.rows import PIN_FIELDS, SHAPE_CODES, Draft
from rooms.models import Room
from tenants.audit import MASK
from videoportal.kit.formats import number, roomno
from videoportal.kit.tables import PAGE_SIZES, BaseTable, Column
from videoportal.kit.templatetags.kit import status as status_mark

# Lines of a summary before it refers to the list to download.
LISTED = 60
LONGEST_SHOWN = 60
# Left out on narrow screens, where a line under the name says the same.
WIDE_COLUMNS = ("number", "room_type", "owner", *PIN_FIELDS)
_LABELS = {column.key: column.label for column in columns.COLUMNS}


@dataclass(frozen=True)
class Line:
    """One line of a summary: the sentence, and the address of its cell."""

    text: str
    url: str


class PreviewColumn(Column):
    """A cell that shows what is wrong with it. ``fields`` are the Room fields it stands for."""

    def __init__(self, verbose_name: Any, *, fields: tuple[str, ...] = (), **extra: Any) -> None:
        self.fields = fields
        super().__init__(verbose_name, **extra)

    def drawer(self, table: Any, name: str) -> Callable[[Any], str]:
        read = self.cell or _nothing
        header = name == "name"
        start, end = ('<th scope="row"', "</th>") if header else ("<td", "</td>")
        css, narrow = self.cell_class, self.narrow

        def draw(draft: Draft) -> str:
            faults = table.faults_of(draft, name)
            body = as_cell(read(draft))
            if faults:
                for fault in faults:
                    body += f'<span class="sub">{escape(table.sentence(fault, name))}</span>'
                attributes = (
                    f' class="{escape(f"cell-fault {css}".replace(" nowrap", "").strip())}"'
                    f' id="r{draft.row}-{name}" tabindex="-1"'
                )
            else:
                attributes = f' class="{escape(css)}"' if css else ""
            if header:
                body += table.changes_of(draft)
            if narrow is not None:
                parts = " · ".join(as_cell(part) for part in narrow(draft) if part)
                body += f'<span class="sub only-narrow">{parts}</span>' if parts else ""
            return f"{start}{attributes}>{body}{end}"

        return draw


def _nothing(_draft: Draft) -> str:
    return ""


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def as_cell(value: Any) -> str:
    return str(value) if hasattr(value, "__html__") else escape(str(value or "–"))


class PreviewTable(BaseTable):
    """The rows of the file as they were read."""

    row = PreviewColumn(_("Row"), numeric=True, tight=True, cell=lambda draft: str(draft.row))
    name = PreviewColumn(_("Name"), fields=("name",), cell=lambda draft: _short(draft.name))
    number = PreviewColumn(_("Number"), fields=("number",), nowrap=True)
    room_type = PreviewColumn(_("Room type"), fields=("product", "participant_limit", "quality"))
    owner = PreviewColumn(_("Owner"), fields=("owner_email",))
    host_pin = PreviewColumn(_("PIN for the host"), fields=("host_pin",), nowrap=True)
    guest_pin = PreviewColumn(_("PIN for guests"), fields=("guest_pin",), nowrap=True)
    result = PreviewColumn(_("Result"))

    counted = ngettext_lazy("%(count)s row", "%(count)s rows", "count")
    paged = gettext_lazy("Page through the rows")

    def __init__(self, preview: Preview, drafts: list[Draft], **options: Any) -> None:
        self.preview = preview
        super().__init__(drafts, **options)
        drawn: dict[str, Any] = {item.name: item.column for item in self.columns.iterall()}
        drawn["number"].cell = self._number
        drawn["room_type"].cell = self._room_type
        drawn["owner"].cell = self._owner
        for name in PIN_FIELDS:
            drawn[name].cell = lambda draft, name=name: self._pin(draft, name)
        drawn["result"].cell = self._result
        if preview.show != "faults":
            for name in WIDE_COLUMNS:
                drawn[name].head_class += " hide-narrow"
                drawn[name].cell_class += " hide-narrow"
            drawn["name"].narrow = self._narrow

    def faults_of(self, draft: Draft, name: str) -> list[Fault]:
        return [f for f in draft.faults if self.preview.cell_of(f) == name]

    def sentence(self, fault: Fault, name: str) -> str:
        if name != "result" or not fault.column:
            return fault.message
        return gettext("%(label)s: %(message)s") % {
            "label": self.preview.label(fault.column),
            "message": fault.message,
        }

    def changes_of(self, draft: Draft) -> str:
        return "".join(
            f'<span class="sub">{escape(sentence)}</span>' for sentence in change_lines(draft)
        )

    def _number(self, draft: Draft) -> Any:
        column = self.preview.plan.table.fields["number"]
        if "number" in draft.bad:
            return _short(draft.shown.get(column, ""))
        if draft.number:
            return roomno(draft.number)
        if draft.further_of or draft.faults:
            return ""
        if not draft.is_new and draft.room_number:
            return roomno(draft.room_number)
        return gettext("drawn by us")

    def _narrow(self, draft: Draft) -> list[Any]:
        host, guest = (self._pin(draft, name) for name in PIN_FIELDS)
        return [
            self._number(draft),
            self._room_type(draft),
            self._owner(draft),
            gettext("PIN for the host: %(pin)s") % {"pin": host},
            gettext("PIN for guests: %(pin)s") % {"pin": guest},
        ]

    def _room_type(self, draft: Draft) -> str:
        fields = self.preview.plan.table.fields
        for name in ("product", "participant_limit"):
            if name in draft.bad and draft.shown.get(fields[name]):
                return _short(draft.shown[fields[name]])
        if draft.product_name:
            return draft.product_name
        return draft.room_type.name if draft.room_type is not None else ""

    def _owner(self, draft: Draft) -> str:
        column = self.preview.plan.table.fields["owner_email"]
        if "owner_email" in draft.bad:
            return _short(draft.shown.get(column, ""))
        return draft.values.get("owner_name", "") or draft.shown.get(column, "")

    def _pin(self, draft: Draft, name: str) -> str:
        """Return the PIN masked; in clear only where it is none, so that it can be mended."""
        column = self.preview.plan.table.fields[name]
        typed = draft.shown.get(column, "")
        if any(f.column == column and f.code in SHAPE_CODES for f in draft.faults):
            return typed
        if name == "host_pin" and draft.makes_pin and draft.is_new:
            return gettext("made by us")
        return MASK if typed else gettext("none")

    def _result(self, draft: Draft) -> Any:
        found = len(draft.faults)
        if found:
            words = ngettext("%(count)s fault", "%(count)s faults", found) % {"count": found}
            return status_mark("failed", words)
        if draft.warnings:
            return status_mark("attention", self.preview.outcome_words[draft.outcome])
        return status_mark("ready", self.preview.outcome_words[draft.outcome])


class Preview:
    """What the page shows of a plan ``without_rooms``; ``show`` is ``all``, ``faults`` …"""

    def __init__(self, plan: Plan, show: str = "") -> None:
        self.plan = plan
        self.outcome_words = {
            "new": gettext("New"),
            "changed": gettext("Changed"),
            "same": gettext("Unchanged"),
            "alias": gettext("Further address"),
            "fault": gettext("Fault"),
        }
        self._cells = {
            plan.table.fields[name]: key
            for key, column in PreviewTable.base_columns.items()
            for name in column.fields
            if name in plan.table.fields
        }
        kinds = [kind for kind, _label, drafts in self._kinds if drafts]
        default = "faults" if plan.faults else "all"
        self.show = show if show in kinds else default

    @cached_property
    def _kinds(self) -> list[tuple[str, str, list[Draft]]]:
        plan = self.plan
        warned = [draft for draft in plan.drafts if draft.warnings]
        return [
            ("all", gettext("All"), plan.drafts),
            ("faults", gettext("With faults"), plan.by_outcome["fault"]),
            ("new", gettext("New"), plan.new),
            ("changes", gettext("Changed"), plan.changed),
            ("warnings", gettext("With remarks"), warned),
        ]

    def tabs(self) -> list[dict[str, Any]]:
        """Return the choices of rows: words, address, whether it is shown now."""
        return [
            {
                "label": f"{label} ({number(len(drafts))})",
                "url": f"?show={kind}",
                "current": kind == self.show,
            }
            for kind, label, drafts in self._kinds
            if drafts
        ]

    def drafts(self) -> list[Draft]:
        return next(drafts for kind, _label, drafts in self._kinds if kind == self.show)

    def label(self, column: str) -> str:
        """Return the column as the file's reader knows it."""
        if self.plan.table.dialect == "own":
            return str(_LABELS.get(column, column))
        return column

    def cell_of(self, fault: Fault) -> str:
        """Return the table's column that shows the fault."""
        return self._cells.get(fault.column, "result")

    def heading(self) -> str:
        """Return how much is wrong: «4 feil i 3 av 12 rader. Ingenting er opprettet.»"""
        plan = self.plan
        return ngettext(
            "%(faults)s fault in %(rows)s of %(total)s rows. Nothing has been created.",
            "%(faults)s faults in %(rows)s of %(total)s rows. Nothing has been created.",
            len(plan.faults),
        ) % {
            "faults": number(len(plan.faults)),
            "rows": number(len(plan.by_outcome["fault"])),
            "total": number(len(plan.drafts)),
        }

    def _line(self, fault: Fault, kind: str, places: dict[int, int]) -> Line:
        page = places[fault.row] // PAGE_SIZES[0] + 1
        where = f"?show={kind}" + (f"&page={page}" if page > 1 else "")
        here = kind == self.show
        address = where if page > 1 or not here else ""
        return Line(self.sentence(fault), f"{address}#r{fault.row}-{self.cell_of(fault)}")

    def sentence(self, fault: Fault) -> str:
        """Return the fault with its place: «Rad 4, pin: …»."""
        if not fault.column:
            return gettext("Row %(row)s: %(message)s") % {
                "row": number(fault.row),
                "message": fault.message,
            }
        return gettext("Row %(row)s, %(column)s: %(message)s") % {
            "row": number(fault.row),
            "column": self.label(fault.column),
            "message": fault.message,
        }

    def fault_lines(self) -> list[Line]:
        """Return the first faults, each with a link to its cell on the page where it stands."""
        places = {draft.row: place for place, draft in enumerate(self.plan.by_outcome["fault"])}
        return [self._line(fault, "faults", places) for fault in self.plan.faults[:LISTED]]

    @property
    def faults_left_out(self) -> int:
        return max(0, len(self.plan.faults) - LISTED)

    def warning_lines(self) -> list[str]:
        return [self.sentence(warning) for warning in self.plan.warnings[:LISTED]]

    @property
    def warnings_left_out(self) -> int:
        return max(0, len(self.plan.warnings) - LISTED)

    def fault_rows(self) -> Iterator[list[Any]]:
        """Give the rows of the list to download: row, column, what is wrong. No PINs."""
        for fault in self.plan.faults:
            yield [fault.row, self.label(fault.column), fault.message]

    def mapped_example(self) -> Draft | None:
        """Return a row whose number came from an address on the file's own domain."""
        return next((d for d in self.plan.drafts if d.number and d.domain), None)


def change_lines(draft: Draft) -> list[str]:
    """Return a sentence per change of a standing room; PINs are never shown."""
    if draft.faults:
        return []
    return [
        gettext("%(field)s: %(before)s → %(after)s")
        % {"field": _field_name(name), "before": _word(name, old), "after": _word(name, new)}
        for name, (old, new) in draft.changes.items()
    ]


def _field_name(name: str) -> str:
    try:
        words = str(Room._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # columns have names
    except FieldDoesNotExist:
        return name
    return words[:1].upper() + words[1:]


def _word(name: str, value: Any) -> str:
    if name in PIN_FIELDS:
        return MASK if value else gettext("none")
    if isinstance(value, bool):
        return columns.write_boolean(value)
    for field, choices in (("layout", Layout), ("theme", Theme), ("quality", Quality)):
        if name == field:
            return str(choices(value).label)
    return str(value) if value not in ("", None) else gettext("none")
