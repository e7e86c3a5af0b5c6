"""Pages of a table: how many rows there are, and the links between pages."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext

from videoportal.kit.formats import number
from videoportal.kit.querysets import AnyOf

PAGE_SIZES = (20, 50)
# Rows past this are reached by narrowing the search: an offset of 200,000 took 437 ms.
DEEPEST_ROW = 10_000


class Count(int):
    """A number of rows that prints grouped, or as ``more than 10 000`` when it was capped."""

    capped = False

    def __str__(self) -> str:
        if self.capped:
            return gettext("more than %(number)s") % {"number": number(DEEPEST_ROW)}
        return number(int(self))


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


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable at run time
    """A paginator that counts no further than :data:`DEEPEST_ROW` and offers no page past it.

    With ``known``, the number of rows, it asks nobody.
    """

    def __init__(self, rows: Any, per_page: int, *, known: int | None = None) -> None:
        super().__init__(rows, per_page)
        self.known = known

    @cached_property
    def counted(self) -> Count:
        rows: Any = self.object_list
        data = rows.data.data if hasattr(rows, "data") else rows
        if not isinstance(data, QuerySet):
            return Count(len(data))
        if self.known is None:
            found = Count(data.order_by().values("pk")[: DEEPEST_ROW + 1].count())
        else:
            found = Count(min(self.known, DEEPEST_ROW + 1))
        found.capped = found > DEEPEST_ROW
        return found

    @cached_property
    def count(self) -> int:
        return min(int(self.counted), DEEPEST_ROW)


def keys_in_order(rows: QuerySet[Any]) -> list[Any] | None:
    """Return the keys of all rows in their order, found in one go; None where there are too many.

    The server is not asked for the order: it might follow an index of it through everything. So
    it must be one of numbers and moments, which are the same here as there.
    """
    steps = [str(step) for step in rows.query.order_by]
    names = [step.lstrip("-") for step in steps]
    found = list(rows.order_by().values_list("pk", *names)[: DEEPEST_ROW + 1])
    if len(found) > DEEPEST_ROW:
        return None
    for place in reversed(range(len(steps))):
        found.sort(key=itemgetter(place + 1), reverse=steps[place].startswith("-"))
    return [key for key, *_values in found]


class FoundPaginator(CappedPaginator):
    """A paginator over rows whose keys are known: a page is fetched by its own."""

    def __init__(self, rows: Any, per_page: int, keys: list[Any]) -> None:
        super().__init__(rows, per_page, known=len(keys))
        self.keys = keys

    def page(self, number: Any) -> Any:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        rows: Any = self.object_list
        wanted = self.keys[start : start + self.per_page]
        rows.data.data = rows.data.data.filter(AnyOf("pk", tuple(wanted)))
        return Page(rows[: self.per_page], number, self)
