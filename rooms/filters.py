"""What a list of rooms can be narrowed by. One object serves the list, its export and bulk."""

from __future__ import annotations

from typing import Any, cast

import django_filters
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from rooms.models import OutboxEntry, PlatformDifference
from rooms.platforms.comparing.models import PlatformDifferenceQuerySet
from rooms.querysets import Facets, RoomQuerySet
from videoportal.kit.filters import Search, WordsFilter

# The value of "no cost centre" in the address; a cost centre of that name is not foreseen.
MISSING = "~"
STATUSES = (
    ("attention", _("Pending or failed")),
    ("terminated", _("Terminated")),
    ("closed", _("Closed")),
    ("all", _("All, closed too")),
)
# What a platform holds for the portal.
THINGS = (
    (OutboxEntry.Kind.ROOM, _("Meeting rooms")),
    (OutboxEntry.Kind.DEVICE, _("Video endpoints")),
)
# What a list's address may hold beside the filter.
NOT_FILTER = ("page", "sort", "rows", "chosen")


class RoomSearch(Search):
    """Words, room type, cost centre and status. Without a status only open rooms are found."""

    searched_in = _("name, room number and owner")

    q = WordsFilter(help_text=_("Name, room number or owner"))
    type = django_filters.ChoiceFilter(label=_("Room type"), method="by_type", empty_label=_("All"))
    cost_centre = django_filters.ChoiceFilter(
        label=_("Cost centre"), method="by_cost_centre", empty_label=_("All")
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"), method="by_status", choices=STATUSES, empty_label=_("All open")
    )

    def __init__(self, data: QueryDict, *, facets: Facets, **options: Any) -> None:
        self.facets = facets
        super().__init__(data, **options)

    def prepare(self) -> None:
        self.filters["type"].extra["choices"] = list(self.facets.room_types.items())
        missing = [(MISSING, _("Missing"))] if self.facets.lacks_cost_centre else []
        self.filters["cost_centre"].extra["choices"] = [
            *((value, value) for value in self.facets.cost_centres),
            *missing,
        ]

    def narrow(self, queryset: Any) -> Any:
        rooms = cast("RoomQuerySet", super().narrow(queryset))
        return rooms if self._understood.get("status") else rooms.open()

    def query(self) -> str:
        """Return the filter alone as a query string, for export and bulk."""
        kept = self.data.copy()
        for name in NOT_FILTER:
            kept.pop(name, None)
        return str(kept.urlencode())

    # Called by name, with the queryset, the filter's own name and its value.

    def by_type(self, rooms: RoomQuerySet, name: str, code: str) -> RoomQuerySet:
        return rooms.filter(product__room_type__code=code)

    def by_cost_centre(self, rooms: RoomQuerySet, name: str, value: str) -> RoomQuerySet:
        return rooms.filter(cost_centre="" if value == MISSING else value)

    def by_status(self, rooms: RoomQuerySet, name: str, status: str) -> RoomQuerySet:
        return {
            "attention": rooms.waiting_or_failed,
            "terminated": rooms.ending,
            "closed": rooms.closed,
            "all": rooms.all,
        }[status]()


class DifferenceSearch(Search):
    """What differs, and the kind of difference."""

    grow = "kind"

    thing = django_filters.ChoiceFilter(
        label=_("Of what"), method="by_thing", choices=THINGS, empty_label=_("All")
    )

    kind = django_filters.ChoiceFilter(
        label=_("Difference"),
        method="by_kind",
        choices=PlatformDifference.Kind.choices,
        empty_label=_("All"),
    )

    def by_thing(self, rows: PlatformDifferenceQuerySet, name: str, thing: str) -> Any:
        return rows.of_things(thing)

    def by_kind(self, rows: PlatformDifferenceQuerySet, name: str, kind: str) -> Any:
        return rows.of_kind(kind)
