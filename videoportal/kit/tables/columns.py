"""Columns: each is compiled once per page to a function from record to markup."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from html import escape
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Self

import django_tables2 as tables
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from videoportal.kit.formats import number, short_date, when

if TYPE_CHECKING:
    from videoportal.kit.tables.table import BaseTable

type Reader = Callable[[Any], Any]

NOTHING = "–"


def as_html(value: Any) -> str:
    """Return markup for one value: escaped, with dates and numbers in the reader's form."""
    kind = type(value)
    if kind is SafeString:
        return str(value)
    if kind is str:
        return escape(value) or NOTHING
    if value is None:
        return NOTHING
    if kind is bool:
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, int | Decimal):
        return number(value)
    if isinstance(value, dt.datetime):
        return escape(when(value))
    if isinstance(value, dt.date):
        return short_date(value)
    return conditional_escape(value) or NOTHING


def reader(path: str, *, mapping: bool) -> Reader:
    """Return a function that follows ``path`` and gives ``None`` where a link is missing."""
    steps = path.replace("__", ".").split(".")
    if mapping:

        def read_mapping(record: Any) -> Any:
            for step in steps:
                record = None if record is None else record.get(step)
            return record

        return read_mapping
    if len(steps) == 1:
        return attrgetter(steps[0])

    def read_chain(record: Any) -> Any:
        for step in steps:
            record = None if record is None else getattr(record, step)
        return record

    return read_chain


class Column(tables.Column):
    """A column.

    ``cell(record)`` gives what stands in the cell, as text or safe markup; without it the
    accessor is read. ``url(record)`` makes it a link, ``sub(record)`` adds a line under it and
    ``narrow(record)`` gives the parts of the line that shows on narrow screens what the hidden
    columns hold. ``one_line`` (``"long"`` or ``"short"``) cuts
    what is too long. ``hide`` is ``"narrow"`` or ``"phone"``. ``value(record)`` is what an export
    gets; without it the accessor is read. A column sorts only when ``orderable`` or
    ``order_by`` says so: an index or annotation must stand behind it.
    """

    row_header = False

    def __init__(
        self,
        verbose_name: Any = None,
        *,
        cell: Reader | None = None,
        url: Callable[[Any], str | None] | None = None,
        sub: Reader | None = None,
        narrow: Callable[[Any], Iterable[Any]] | None = None,
        value: Reader | None = None,
        numeric: bool = False,
        nowrap: bool = False,
        one_line: str = "",
        tight: bool = False,
        mono: bool = False,
        hide: str = "",
        hidden_label: bool = False,
        sorted_as: Any = None,
        orderable: bool | None = None,
        order_by: Any = None,
        **extra: Any,
    ) -> None:
        sortable = bool(order_by) if orderable is None else orderable
        super().__init__(verbose_name, orderable=sortable, order_by=order_by, **extra)
        self.cell = cell
        self.url = url
        self.sub = sub
        self.narrow = narrow
        self.value_of = value
        self.hidden_label = hidden_label
        self.sorted_as = sorted_as
        classes = [
            "n" if numeric else "",
            "nowrap" if nowrap else "",
            f"one-line-{one_line}" if one_line else "",
            "tight" if tight else "",
            f"hide-{hide}" if hide else "",
        ]
        self.head_class = " ".join(filter(None, classes))
        self.cell_class = " ".join(filter(None, [*classes, "mono" if mono else ""]))

    def __deepcopy__(self, memo: Any) -> Self:
        """Give each table columns of its own; what they hold is replaced, never changed.

        django-tables2 copies them deeply, down to each translated word, for every page.
        """
        return copy.copy(self)

    def reader(self, name: str, *, mapping: bool) -> Reader:
        return self.cell or reader(str(self.accessor or name), mapping=mapping)

    def exporter(self, name: str, *, mapping: bool) -> Reader:
        """Return a function from record to the value an export writes."""
        return self.value_of or reader(str(self.accessor or name), mapping=mapping)

    def drawer(self, table: BaseTable, name: str) -> Callable[[Any], str]:
        """Return a function from record to the whole ``<td>``, compiled once per page."""
        read = self.reader(name, mapping=table.holds_mappings)
        tag = 'th scope="row"' if self.row_header else "td"
        css = f' class="{escape(self.cell_class)}"' if self.cell_class else ""
        start, end = f"<{tag}{css}>", f"</{tag[:2]}>"
        url, sub, narrow = self.url, self.sub, self.narrow
        if url is None and sub is None and narrow is None:
            return lambda record: start + as_html(read(record)) + end

        def draw(record: Any) -> str:
            body = as_html(read(record))
            if url is not None and (href := url(record)):
                body = f'<a class="ds-link" href="{escape(href)}">{body}</a>'
            if sub is not None and (line := sub(record)):
                body += f'<span class="sub">{as_html(line)}</span>'
            if narrow is not None:
                parts = " · ".join(
                    as_html(part) for part in narrow(record) if part not in (None, "")
                )
                body += f'<span class="sub only-narrow">{parts}</span>'
            return start + body + end

        return draw


class NameColumn(Column):
    """The row header: the name, normally a link to the record."""

    row_header = True


class SelectColumn(Column):
    """Check boxes for bulk actions.

    ``field`` names the posted values, ``key(record)`` gives each, ``named(record)`` is what a
    screen reader hears after "Choose"; ``form`` is the id of the form they belong to.
    """

    def __init__(
        self,
        *,
        field: str,
        key: Reader,
        named: Reader,
        form: str = "bulk",
    ) -> None:
        super().__init__(
            gettext_lazy("Choose row"),
            tight=True,
            hidden_label=True,
            exclude_from_export=True,
            empty_values=(),
        )
        self.field, self.key, self.named, self.form = field, key, named, form

    def drawer(self, table: BaseTable, name: str) -> Callable[[Any], str]:
        chosen = table.chosen
        label = gettext("Choose %(name)s")
        start = '<td class="tight"><label class="check"><span class="ds-sr-only">'
        control = (
            '</span><input class="ds-input" type="checkbox"'
            f' form="{escape(self.form)}" name="{escape(self.field)}" value="'
        )

        def draw(record: Any) -> str:
            key = str(self.key(record))
            named = escape(label % {"name": self.named(record)})
            checked = " checked" if key in chosen else ""
            return f'{start}{named}{control}{escape(key)}"{checked}></label></td>'

        return draw


class ActionColumn(Column):
    """A last column of buttons; its head is for screen readers only and it is not exported.

    ``cell(record)`` gives safe markup; a table may set it when it knows its addresses.
    """

    def __init__(
        self, *, cell: Reader | None = None, verbose_name: Any = None, **extra: Any
    ) -> None:
        extra.setdefault("numeric", True)
        super().__init__(
            verbose_name or gettext_lazy("Action"),
            cell=cell,
            hidden_label=True,
            exclude_from_export=True,
            empty_values=(),
            **extra,
        )
