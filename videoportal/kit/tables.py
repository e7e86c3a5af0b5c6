"""Tables: columns, ordering and paging by django-tables2, rows drawn by ourselves.

django-tables2 inspects a signature for every cell and compiles a template for some, which is
most of its time. Here every column is compiled once per page to one function from record to
markup, and the rows are joined in Python. Everything is escaped unless it is marked safe.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from operator import attrgetter
from typing import Any

import django_tables2 as tables
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.functional import cached_property
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy, ngettext_lazy

from videoportal.kit.formats import number, short_date, when

type Reader = Callable[[Any], Any]

PAGE_SIZES = (20, 50)
# Rows past this are reached by narrowing the search: an offset of 200,000 took 437 ms.
DEEPEST_ROW = 10_000
NOTHING = "–"


class Count(int):
    """A number of rows that prints grouped, or as ``more than 10 000`` when it was capped."""

    capped = False

    def __str__(self) -> str:
        if self.capped:
            return gettext("more than %(number)s") % {"number": number(DEEPEST_ROW)}
        return number(int(self))


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


def _reader(path: str, *, mapping: bool) -> Reader:
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
    columns hold. ``hide`` is ``"narrow"`` or ``"phone"``. ``value(record)`` is what an export
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
            "tight" if tight else "",
            f"hide-{hide}" if hide else "",
        ]
        self.head_class = " ".join(filter(None, classes))
        self.cell_class = " ".join(filter(None, [*classes, "mono" if mono else ""]))

    def reader(self, name: str, *, mapping: bool) -> Reader:
        return self.cell or _reader(str(self.accessor or name), mapping=mapping)

    def exporter(self, name: str, *, mapping: bool) -> Reader:
        """Return a function from record to the value an export writes."""
        return self.value_of or _reader(str(self.accessor or name), mapping=mapping)

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

        def draw(record: Any) -> str:
            key = str(self.key(record))
            return format_html(
                '<td class="tight"><label class="check"><span class="ds-sr-only">{}</span>'
                '<input class="ds-input" type="checkbox" form="{}" name="{}" value="{}"{}>'
                "</label></td>",
                label % {"name": self.named(record)},
                self.form,
                self.field,
                key,
                SafeString(" checked") if key in chosen else "",
            )

        return draw


class ActionColumn(Column):
    """A last column of buttons; its head is for screen readers only and it is not exported.

    ``cell(record)`` gives safe markup.
    """

    def __init__(self, *, cell: Reader, verbose_name: Any = None, **extra: Any) -> None:
        extra.setdefault("numeric", True)
        super().__init__(
            verbose_name or gettext_lazy("Action"),
            cell=cell,
            hidden_label=True,
            exclude_from_export=True,
            empty_values=(),
            **extra,
        )


@dataclass(frozen=True)
class PageLink:
    """One place in the pager; ``url`` is empty for a gap or a step that leads nowhere."""

    label: str
    url: str = ""
    current: bool = False


@dataclass(frozen=True)
class SizeLink:
    rows: int
    url: str


@dataclass(frozen=True)
class Head:
    """A column head as the template needs it."""

    label: Any
    css: str
    hidden: bool
    sort: str
    aria_sort: str


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable at run time
    """A paginator that counts no further than :data:`DEEPEST_ROW` and offers no page past it."""

    @cached_property
    def counted(self) -> Count:
        rows: Any = self.object_list
        data = rows.data.data if hasattr(rows, "data") else rows
        if not isinstance(data, QuerySet):
            return Count(len(data))
        found = Count(data.order_by().values("pk")[: DEEPEST_ROW + 1].count())
        found.capped = found > DEEPEST_ROW
        return found

    @cached_property
    def count(self) -> int:
        return min(int(self.counted), DEEPEST_ROW)


class BaseTable(tables.Table):
    """A list's table: caption, sort heads, rows, pager and empty states.

    Subclasses set ``counted`` (lazy plural with ``%(count)s``), ``paged`` (the pager's name)
    and the texts of both empty states. ``selected`` values come from ``chosen``.
    """

    counted: Any = ngettext_lazy("%(count)s row", "%(count)s rows", "count")
    paged: Any = gettext_lazy("Page through the rows")
    empty_title: Any = gettext_lazy("There is nothing here yet")
    empty_help: Any = ""
    empty_icon = "folder"
    unmatched_title: Any = gettext_lazy("Nothing matches the search")
    caption_id = "table-caption"
    sort_form = "filters"

    search: Any = None
    page: Any
    paginator: CappedPaginator

    class Meta:
        template_name = "components/table.html"
        order_by_field = "sort"
        page_field = "page"
        per_page_field = "rows"
        per_page = PAGE_SIZES[0]
        orderable = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let every table have our Meta under its own, which django-tables2 does not inherit."""
        super().__init_subclass__(**kwargs)
        if not issubclass(cls.Meta, BaseTable.Meta):
            cls.Meta = type("Meta", (cls.Meta, BaseTable.Meta), {})  # type: ignore[assignment,misc]  # a class, made here
        cls._meta = type(cls._meta)(cls.Meta, cls.__name__)

    def __init__(self, data: Any, *, chosen: Iterable[object] = (), **options: Any) -> None:
        self.chosen = {str(key) for key in chosen}
        self.query: QueryDict = QueryDict(mutable=True)
        super().__init__(data, **options)
        if not self.order_by:
            self._break_ties()

    # Ordering

    @property
    def order_by(self) -> Any:
        return self._order_by

    @order_by.setter
    def order_by(self, value: Any) -> None:
        tables.Table.order_by.fset(self, value)
        self._break_ties()

    def _break_ties(self) -> None:
        """Append the primary key, so that two pages never share a row."""
        rows = self.data.data
        if not isinstance(rows, QuerySet):
            return
        ordering = [*(rows.query.order_by or rows.model._meta.ordering)]
        if not any(str(step).lstrip("-") in {"pk", "id"} for step in ordering):
            self.data.data = rows.order_by(*ordering, "pk")

    def order_as(self, wanted: str) -> None:
        """Order by the column that a query string names; keep the order for an unknown name."""
        kept = self.order_by
        if wanted:
            self.order_by = wanted
            if not self.order_by:
                self.order_by = kept

    # Set-up from the request

    def configure(self, request: HttpRequest) -> None:
        """Order and cut to a page as the query string says; what is not understood is ignored."""
        self.query = request.GET.copy()
        self.query.pop(self.prefixed_page_field, None)
        self.order_as(request.GET.get(self.prefixed_order_by_field, ""))
        size = request.GET.get(self.prefixed_per_page_field, "")
        sizes = [str(option) for option in PAGE_SIZES]
        per_page = int(size) if size in sizes else PAGE_SIZES[0]
        wanted_page = request.GET.get(self.prefixed_page_field, "1")
        self.paginator = CappedPaginator(self.rows, per_page)
        self.page = self.paginator.get_page(
            int(wanted_page) if wanted_page.isascii() and wanted_page.isdigit() else 1
        )

    @property
    def total(self) -> Count:
        """Number of rows that match, over all pages."""
        if hasattr(self, "page"):
            return self.paginator.counted
        return Count(len(self.records))

    @property
    def counted_total(self) -> str:
        """Number of rows in words: ``48 meeting rooms``."""
        return str(self.counted % {"count": self.total})

    # Drawing

    @cached_property
    def records(self) -> list[Any]:
        """The records of this page, fetched once."""
        rows = self.page.object_list if hasattr(self, "page") else self.rows
        return list(rows.data)

    @property
    def holds_mappings(self) -> bool:
        return bool(self.records) and isinstance(self.records[0], Mapping)

    def row_attributes(self, record: Any) -> str:
        """Return safe attributes for the record's ``<tr>``, with a leading space."""
        return ""

    def drawn_rows(self) -> SafeString:
        """Return the ``<tr>`` elements of this page."""
        shown = [column for column in self.columns if column.visible]
        drawers = [column.column.drawer(self, column.name) for column in shown]
        select = next((c.column for c in shown if isinstance(c.column, SelectColumn)), None)
        parts: list[str] = []
        for record in self.records:
            attributes = self.row_attributes(record)
            if select is not None and self.chosen and str(select.key(record)) in self.chosen:
                attributes += " data-selected"
            parts.append(f"<tr{attributes}>")
            parts.extend([draw(record) for draw in drawers])
            parts.append("</tr>")
        return mark_safe("".join(parts))  # noqa: S308 - each drawer escapes what it is given

    def heads(self) -> Iterator[Head]:
        """Give the column heads in order."""
        for bound in self.columns:
            if not bound.visible:
                continue
            column = bound.column
            aria_sort = ""
            if bound.orderable:
                direction = {True: "descending", False: "ascending"}
                aria_sort = (
                    direction[bound.order_by_alias.is_descending] if bound.is_ordered else "none"
                )
            yield Head(
                label=bound.header,
                css=column.head_class,
                hidden=column.hidden_label,
                sort=str(bound.order_by_alias.next) if bound.orderable else "",
                aria_sort=aria_sort,
            )

    def caption(self) -> SafeString:
        """Return «Rad 1–20 av 48 møterom, sortert etter navn» in the reader's language."""
        values = {
            "first": number(self.page.start_index()) if hasattr(self, "page") else 1,
            "last": number(self.page.end_index()) if hasattr(self, "page") else len(self.records),
            "counted": escape(str(self.counted % {"count": self.total})),
        }
        alias = str(self.order_by[0]) if self.order_by else ""
        bound = self.columns[alias.lstrip("-")] if alias else None
        if bound is None:
            text = gettext("<b>Rows %(first)s–%(last)s of %(counted)s</b>")
        else:
            text = gettext("<b>Rows %(first)s–%(last)s of %(counted)s</b>, sorted by %(column)s")
            name = str(bound.column.sorted_as or bound.header)
            values["column"] = escape(
                str(bound.column.sorted_as)
                if bound.column.sorted_as
                else name[:1].lower() + name[1:]
            )
        return mark_safe(text % values)  # noqa: S308 - message is ours, values are escaped

    def announcement(self) -> str:
        """Return the sentence a screen reader hears when the rows have changed."""
        if not self.total:
            return str(self.unmatched_title if self.filtered else self.empty_title)
        return gettext("The list shows %(counted)s.") % {
            "counted": self.counted % {"count": self.total}
        }

    @property
    def filtered(self) -> bool:
        """True when a search narrows the rows."""
        return bool(self.search is not None and self.search.active)

    # Pager

    def _url(self, **changes: object) -> str:
        query = self.query.copy()
        for name, value in changes.items():
            query[name] = str(value)
        return f"?{query.urlencode()}"

    def _page_url(self, page: int) -> str:
        return self._url(**{self.prefixed_page_field: page})

    @property
    def previous(self) -> str:
        return self._page_url(self.page.number - 1) if self.page.has_previous() else ""

    @property
    def next(self) -> str:
        return self._page_url(self.page.number + 1) if self.page.has_next() else ""

    def page_links(self) -> list[PageLink]:
        """Return first, last, current and its neighbours, with gaps between."""
        last, current = self.paginator.num_pages, self.page.number
        links: list[PageLink] = []
        before = 0
        for page in sorted({1, last, *range(max(1, current - 1), min(last, current + 1) + 1)}):
            if page - before == 2:
                links.append(PageLink(number(page - 1), self._page_url(page - 1)))
            elif page - before > 2:
                links.append(PageLink("…"))
            links.append(PageLink(number(page), self._page_url(page), page == current))
            before = page
        return links

    @property
    def per_page(self) -> int:
        return self.paginator.per_page

    def size_links(self) -> list[SizeLink]:
        """Return the other page sizes, where they would make a difference."""
        return [
            SizeLink(size, self._url(**{self.prefixed_per_page_field: size}))
            for size in PAGE_SIZES
            if size != self.per_page and self.total > min(PAGE_SIZES)
        ]

    @property
    def paged_out(self) -> bool:
        """True when rows exist past the deepest page."""
        return self.total.capped

    def kept_query(self) -> list[tuple[str, str]]:
        """Return sort and page size as hidden values for the filter form."""
        names = (self.prefixed_order_by_field, self.prefixed_per_page_field)
        return [(name, str(self.query[name])) for name in names if name in self.query]

    # Export

    def export_columns(self) -> list[Any]:
        return [c for c in self.columns.iterall() if not c.column.exclude_from_export]

    def as_values(self, exclude_columns: Iterable[str] | None = None) -> Iterator[list[Any]]:
        """Give the header row and then one row of plain values per record, all pages."""
        left_out = set(exclude_columns or ())
        columns = [c for c in self.export_columns() if c.name not in left_out]
        yield [str(column.header) for column in columns]
        rows = self.data.data
        records = rows.iterator(chunk_size=2000) if isinstance(rows, QuerySet) else iter(rows)
        readers: list[Reader] | None = None
        for record in records:
            if readers is None:
                mapping = isinstance(record, Mapping)
                readers = [c.column.exporter(c.name, mapping=mapping) for c in columns]
            yield [read(record) for read in readers]
