"""The table: its rows in order, cut to a page, drawn and exported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.functional import cached_property
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy, ngettext_lazy
from django_tables2.data import TableListData

from videoportal.kit.formats import number
from videoportal.kit.tables.columns import Reader, SelectColumn, reader
from videoportal.kit.tables.paging import (
    PAGE_SIZES,
    CappedPaginator,
    Count,
    FoundPaginator,
    PageLink,
    SizeLink,
    keys_in_order,
)
from videoportal.kit.text import whole


def _nothing_first(read: Reader) -> Reader:
    def key(record: Any) -> tuple[bool, Any]:
        value = read(record)
        return value is not None, value

    return key


class ListData(TableListData):
    """Rows in memory, sorted by their attributes.

    django-tables2 compares each pair through its accessors, twenty times as slowly.
    """

    def order_by(self, aliases: Iterable[str]) -> None:
        steps: list[str] = []
        for alias in aliases:
            bound = self.table.columns[str(alias).lstrip("-")]
            turned = str(alias)[0] != str(bound.order_by_alias)[0]
            steps += bound.order_by.opposite if turned else bound.order_by
        mapping = bool(self.data) and isinstance(self.data[0], Mapping)
        for step in reversed(steps):
            read = reader(str(step).lstrip("-"), mapping=mapping)
            self.data.sort(key=_nothing_first(read), reverse=str(step).startswith("-"))


class BaseTable(tables.Table):
    """A list's table: caption, sort heads, rows, pager and empty states.

    Subclasses set ``counted`` (lazy plural with ``%(count)s``), ``paged`` (the pager's name)
    and the texts of both empty states. ``selected`` values come from ``chosen``. ``reads``
    names the fields that a row shows: the rows of a queryset are then fetched as named tuples
    of just these, which takes a third of the time that whole objects take.
    ``known_total`` is the number of rows where somebody has counted them already;
    ``found_dearly`` says that finding them costs more than fetching them, as with words inside
    a text: they are then looked for once, not for the number and again for the page.
    """

    reads: tuple[str, ...] = ()

    counted: Any = ngettext_lazy("%(count)s row", "%(count)s rows", "count")
    paged: Any = gettext_lazy("Page through the rows")
    empty_title: Any = gettext_lazy("There is nothing here yet")
    empty_help: Any = ""
    empty_icon = "folder"
    unmatched_title: Any = gettext_lazy("Nothing matches the search")
    caption_id = "table-caption"
    sort_form = "filters"

    search: Any = None
    known_total: int | None = None
    found_dearly = False
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
        super().__init__(ListData(data) if isinstance(data, list) else data, **options)
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
        if re.fullmatch(r"-?\w+", wanted):
            self.order_by = wanted
            if not self.order_by:
                self.order_by = kept

    # Set-up from the request

    def configure(self, request: HttpRequest) -> None:
        """Order and cut to a page as the query string says; what is not understood is ignored."""
        self.query = request.GET.copy()
        self.query.pop(self.prefixed_page_field, None)
        self.order_as(request.GET.get(self.prefixed_order_by_field, ""))
        if self.reads and isinstance(self.data.data, QuerySet):
            self.data.data = self.data.data.values_list(*self.reads, named=True)
        size = request.GET.get(self.prefixed_per_page_field, "")
        sizes = [str(option) for option in PAGE_SIZES]
        per_page = int(size) if size in sizes else PAGE_SIZES[0]
        wanted_page = request.GET.get(self.prefixed_page_field, "1")
        self.paginator = self._paginator(per_page)
        page = whole(wanted_page)
        self.page = self.paginator.get_page(1 if page is None else page)

    def _paginator(self, per_page: int) -> CappedPaginator:
        rows = self.data.data
        if self.found_dearly and isinstance(rows, QuerySet):
            keys = keys_in_order(rows)
            if keys is not None:
                return FoundPaginator(self.rows, per_page, keys)
        return CappedPaginator(self.rows, per_page, known=self.known_total)

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

    def drawn_heads(self) -> SafeString:
        """Return the ``<th>`` elements; those of sortable columns hold a button."""
        ordered = {str(alias).lstrip("-"): str(alias) for alias in self.order_by or ()}
        button = f'form="{escape(self.sort_form)}" name="{escape(self.prefixed_order_by_field)}"'
        parts = []
        shown = (bound for bound in self.columns if bound.visible)
        for place, bound in enumerate(shown, 1):
            column, name, aria = bound.column, bound.name, ""
            body = str(conditional_escape(bound.header))
            if column.hidden_label:
                body = f'<span class="ds-sr-only">{body}</span>'
            if bound.orderable:
                alias = ordered.get(name, "")
                turned = f"-{name}" if alias == name else name
                direction = {"": "none", name: "ascending"}.get(alias, "descending")
                aria = f' aria-sort="{direction}"'
                body = (
                    f'<button type="submit" id="sort-{place}" {button} value="{escape(turned)}">'
                    f"{body}</button>"
                )
            css = f' class="{escape(column.head_class)}"' if column.head_class else ""
            parts.append(f'<th scope="col"{aria}{css}>{body}</th>')
        return mark_safe("".join(parts))  # noqa: S308 - labels are escaped, the rest is ours

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

    @cached_property
    def _before_page(self) -> str:
        """The address of a page up to its number."""
        query = self.query.copy()
        query.pop(self.prefixed_page_field, None)
        start = f"?{query.urlencode()}&" if query else "?"
        return f"{start}{self.prefixed_page_field}="

    def _page_url(self, page: int) -> str:
        return f"{self._before_page}{page}"

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
