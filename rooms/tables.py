"""The list of rooms as a table, and the operator's of a platform's differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext_lazy, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from rooms.choices import Status
from rooms.models import OutboxEntry, PlatformDifference, RoomProduct
from rooms.platforms.events.shape import shape_of
from tenants.models import Organisation
from videoportal.kit import addresses
from videoportal.kit.formats import moment, roomno, short_date
from videoportal.kit.tables import BaseTable, Column, NameColumn, SelectColumn
from videoportal.kit.templatetags.kit import status as status_mark


class RoomSelect(SelectColumn):
    """Check boxes; all ticked and locked while everything that the filter finds is chosen."""

    def drawer(self, table: Any, name: str) -> Callable[[Any], str]:
        if not table.everything:
            return super().drawer(table, name)
        label = gettext("Choose %(name)s")

        def draw(room: Any) -> str:
            return (
                '<td class="tight"><label class="check"><span class="ds-sr-only">'
                f"{escape(label % {'name': room.name})}</span>"
                '<input class="ds-input" type="checkbox" checked disabled></label></td>'
            )

        return draw


class RoomTable(BaseTable):
    """An organisation's rooms.

    ``products`` are those of the rooms, by id; ``everything``: all that the filter finds is
    chosen for bulk.
    """

    reads = (
        "public_id",
        "number",
        "name",
        "product_id",
        "owner_name",
        "owner_email",
        "cost_centre",
        "bound_until",
        "terminated_on",
        "closed_at",
        "provisioning",
    )

    select = RoomSelect(field="room", key=lambda room: room.public_id, named=lambda room: room.name)
    name = NameColumn(_("Name"), order_by="name_order")
    number = Column(
        _("Number"),
        cell=lambda room: roomno(room.number),
        order_by="number",
        hide="narrow",
        nowrap=True,
        sorted_as=gettext_lazy("room number"),
    )
    product = Column(
        _("Room type"),
        order_by=("product__room_type__position", "-product__quality", "name_order"),
        hide="narrow",
        nowrap=True,
    )
    owner = Column(
        _("Owner"),
        cell=lambda room: room.owner_name or room.owner_email,
        order_by=("owner_order", "name_order"),
        hide="narrow",
        one_line="long",
    )
    cost_centre = Column(
        _("Cost centre"),
        order_by=("cost_centre_order", "name_order"),
        hide="narrow",
        one_line="short",
    )
    bound_until = Column(_("Bound until"), order_by="bound_until", hide="narrow", numeric=True)
    status = Column(_("Status"), order_by=("status_rank", "name_order"), nowrap=True)

    counted = ngettext_lazy("%(count)s meeting room", "%(count)s meeting rooms", "count")
    paged = gettext_lazy("Page through the meeting rooms")
    empty_icon = "door"
    empty_title = gettext_lazy("You have no meeting rooms yet")
    empty_help = gettext_lazy(
        "A meeting room has its own address and PIN codes. "
        "Order the first one, or import the rooms that you have."
    )
    unmatched_title = gettext_lazy("No meeting rooms match the search")

    class Meta(BaseTable.Meta):
        order_by = "name"

    def __init__(
        self,
        rooms: Any,
        *,
        organisation: Organisation,
        products: Mapping[int, RoomProduct],
        selectable: bool = False,
        everything: bool = False,
        **options: Any,
    ) -> None:
        self.everything = everything
        if not selectable:
            options["exclude"] = ("select",)
        super().__init__(rooms, **options)
        self._link(organisation, products)

    def tell_all_closed(self) -> None:
        """Say in the empty list that there are closed rooms to find."""
        self.empty_title = _("You have no open meeting rooms")
        self.empty_help = _("Choose another status above to see the closed ones.")

    def _link(self, organisation: Organisation, products: Mapping[int, RoomProduct]) -> None:
        """Give the columns what depends on the reader: addresses and words, each made once."""
        address = addresses.by_id("rooms:detail", organisation.slug)
        names: dict[int, str] = {}
        centres: dict[str, SafeString] = {}
        marks = {status.value: status_mark(status.value, status.label) for status in Status}
        missing = status_mark("attention", gettext("Missing"))
        without = gettext("no cost centre")
        bound = gettext("bound until %(date)s")

        def product(room: Any) -> str:
            if room.product_id not in names:
                names[room.product_id] = products[room.product_id].name
            return names[room.product_id]

        def cost_centre(room: Any) -> str:
            """Return what is cut when the column is narrow, whole for whoever points at it."""
            if not room.cost_centre:
                return missing
            if room.cost_centre not in centres:
                centres[room.cost_centre] = format_html(
                    '<span title="{0}">{0}</span>', room.cost_centre
                )
            return centres[room.cost_centre]

        def narrow(room: Any) -> Iterator[Any]:
            yield roomno(room.number)
            yield product(room)
            yield room.owner_name or room.owner_email
            yield room.cost_centre or without
            yield bound % {"date": short_date(room.bound_until)}

        columns: dict[str, Any] = {item.name: item.column for item in self.columns.iterall()}
        columns["name"].url = lambda room: address(room.public_id)
        columns["name"].narrow = narrow
        columns["product"].cell = product
        columns["cost_centre"].cell = cost_centre
        columns["status"].cell = lambda room: marks[Status.of(room)]


class MeetingTable(BaseTable):
    """Rooms in which somebody is now; rows are those of ``CallLegQuerySet.meetings``."""

    name = NameColumn(_("Meeting room"), accessor="room__name")
    number = Column(_("Number"), cell=lambda row: roomno(row["room__number"]), hide="narrow")
    people = Column(_("In the room"), numeric=True)
    waiting = Column(
        _("Waiting"), cell=lambda row: row["everybody"] - row["people"], numeric=True, hide="phone"
    )
    since = Column(
        _("Since"), cell=lambda row: moment(row["since"]), numeric=True, nowrap=True, hide="narrow"
    )

    counted = ngettext_lazy("%(count)s ongoing meeting", "%(count)s ongoing meetings", "count")
    paged = gettext_lazy("Page through the ongoing meetings")
    empty_icon = "door"
    empty_title = gettext_lazy("Nobody is in any of your rooms now")
    empty_help = gettext_lazy("A meeting appears here from the moment somebody calls a room.")
    caption_id = "meetings-caption"

    def __init__(self, meetings: Any, *, organisation: Organisation, **options: Any) -> None:
        super().__init__(list(meetings), **options)
        address = addresses.by_id("rooms:live", organisation.slug)
        columns: dict[str, Any] = {item.name: item.column for item in self.columns.iterall()}
        # By its id the link keeps the keyboard's place when the rows are fetched anew.
        columns["name"].cell = lambda row: format_html(
            '<a class="ds-link" id="meeting-{}" href="{}">{}</a>',
            row["room__number"],
            address(row["room__public_id"]),
            row["room__name"],
        )
        columns["name"].narrow = lambda row: [roomno(row["room__number"]), moment(row["since"])]


class DeliveryTable(BaseTable):
    """Deliveries of events that could not be read."""

    received_at = Column(_("Arrived"), cell=lambda one: moment(one.received_at), nowrap=True)
    parked_for = Column(
        _("What went wrong"),
        cell=lambda one: format_html('<span lang="en" class="breakable">{}</span>', one.parked_for),
        narrow=lambda one: [filesizeformat(one.size)],
    )
    size = Column(_("Size"), cell=lambda one: filesizeformat(one.size), numeric=True, hide="narrow")
    content = Column(
        _("Fields"),
        cell=lambda one: (
            format_html(
                '<span class="small mono breakable">{}</span>', shape_of(bytes(one.content)) or "–"
            )
            if one.content is not None
            else _("Too large to show")
        ),
        hide="narrow",
    )

    counted = ngettext_lazy("%(count)s delivery", "%(count)s deliveries", "count")
    paged = _("Page through the deliveries")
    empty_title = _("Nothing is kept aside")
    empty_help = _("Every delivery of events from the platform has been read.")
    caption_id = "parked-caption"


DIFFERENCE_SHAPES = {
    PlatformDifference.Kind.MISSING: "attention",
    PlatformDifference.Kind.CHANGED: "attention",
    PlatformDifference.Kind.LEFTOVER: "ending",
    PlatformDifference.Kind.DOUBLE: "attention",
    PlatformDifference.Kind.FOREIGN: "unused",
}


def _differing(one: PlatformDifference) -> list[str]:
    """Return names of the platform's fields; their values may be somebody's name."""
    return [
        *sorted(one.fields),
        *(["aliases"] if one.missing_aliases or one.foreign_aliases else []),
    ]


def _difference_name(one: PlatformDifference) -> Any:
    """Return the room's number, or the platform's own name of what is not the portal's.

    An endpoint's address may be somebody's name: it is called what it is.
    """
    if one.room is not None:
        return roomno(one.room.number)
    if one.thing == OutboxEntry.Kind.DEVICE and one.organisation:
        return gettext("Video endpoint")
    return one.name if one.kind == PlatformDifference.Kind.FOREIGN else one.tag or one.name


def _whose(one: PlatformDifference) -> str:
    if one.organisation:
        return one.organisation.name
    return gettext("Video endpoint") if one.thing == OutboxEntry.Kind.DEVICE else ""


class DifferenceTable(BaseTable):
    """What is not alike on a platform and in the portal."""

    name = NameColumn(
        pgettext_lazy("difference", "Room or endpoint"),
        cell=_difference_name,
        url=lambda one: (
            reverse("tenants:organisation_detail", args=[one.organisation.slug])
            if one.organisation
            else None
        ),
        sub=_whose,
        narrow=_differing,
    )
    kind = Column(
        _("Difference"),
        cell=lambda one: status_mark(DIFFERENCE_SHAPES[one.kind], one.get_kind_display()),
    )
    differing = Column(
        _("Fields on the platform"), cell=lambda one: ", ".join(_differing(one)), hide="narrow"
    )
    repaired_at = Column(_("Repaired"), numeric=True, hide="phone")

    counted = ngettext_lazy("%(count)s difference", "%(count)s differences", "count")
    paged = _("Page through the differences")
    unmatched_title = _("No differences of that kind")
