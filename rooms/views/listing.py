"""The list of rooms and its export."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms import actions
from rooms.choices import BulkAction
from rooms.exports import rooms_file
from rooms.filters import RoomSearch
from rooms.models import Room
from rooms.querysets import Facets
from rooms.tables import RoomTable
from tenants.decorators import in_organisation, recently_authenticated
from tenants.models import Organisation
from tenants.views.person import person_of
from videoportal.kit.formats import money, number
from videoportal.kit.http import list_page, referring_page
from videoportal.kit.sheets import FORMATS, export_links


def _found(data: QueryDict, organisation: Organisation, facets: Facets) -> tuple[RoomSearch, Any]:
    """Return the search and the rooms it finds: the same for the list, its export and bulk."""
    search = RoomSearch(data, organisation=organisation, facets=facets)
    return search, search.narrow(Room.objects.in_organisation(organisation).for_listing())


@in_organisation("view_rooms")
def room_list(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    access = person_of(request).access
    may_manage = access.can("manage_rooms", organisation)
    facets = Room.objects.in_organisation(organisation).facets()
    search, rooms = _found(request.GET, organisation, facets)
    everything = may_manage and request.GET.get("chosen") == "all"
    table = RoomTable(
        rooms,
        organisation=organisation,
        products=facets.products,
        selectable=may_manage,
        everything=everything,
    )
    if not search.active:
        table.known_total = facets.open_rooms
    if facets.rooms and not facets.open_rooms:
        table.tell_all_closed()
    return list_page(
        request,
        table,
        search,
        "rooms/room_list.html",
        organisation=organisation,
        list_label=_("Meeting rooms"),
        may_manage=may_manage,
        has_rooms=bool(facets.rooms),
        meta=_summary(facets, with_cost=access.can("view_billing", organisation)),
        export_formats=_export_formats(request, search, organisation, with_pins=may_manage),
        bulk_actions=BulkAction.choices if may_manage else (),
        everything=everything,
        filter_query=search.query(),
    )


def _summary(facets: Facets, *, with_cost: bool) -> list[str]:
    rooms = ngettext("%(count)s meeting room", "%(count)s meeting rooms", facets.open_rooms) % {
        "count": number(facets.open_rooms)
    }
    if not with_cost or not facets.open_rooms:
        return [rooms]
    return [
        rooms,
        _("%(price)s a month excl. VAT") % {"price": money(facets.monthly_cost)},
    ]


def _export_formats(
    request: HttpRequest, search: RoomSearch, organisation: Organisation, *, with_pins: bool
) -> list[dict[str, str]]:
    query = QueryDict(search.query(), mutable=True)
    if sort := request.GET.get("sort"):
        query["sort"] = sort

    def address(fmt: str) -> str:
        return reverse("rooms:export", args=[organisation.slug, fmt])

    links = export_links(address, query.urlencode())
    if with_pins:
        query["pins"] = "1"
        labels = {"xlsx": _("Excel with PIN codes"), "csv": _("CSV with PIN codes")}
        links += [
            {"label": label, "url": f"{address(fmt)}?{query.urlencode()}"}
            for fmt, label in labels.items()
        ]
    return links


def _asks_for_pins(request: HttpRequest) -> bool:
    return request.GET.get("pins") == "1"


@in_organisation("view_rooms")
@recently_authenticated(when=_asks_for_pins, back_to=referring_page)
def room_export(request: HttpRequest, organisation: Organisation, fmt: str) -> HttpResponseBase:
    if fmt not in FORMATS:
        raise Http404
    facets = Room.objects.in_organisation(organisation).facets()
    search, rooms = _found(request.GET, organisation, facets)
    table = RoomTable(rooms, organisation=organisation, products=facets.products)
    table.order_as(request.GET.get("sort", ""))
    ordered = table.data.data
    with_pins = _asks_for_pins(request)
    actions.note_rooms_exported(
        ordered,
        organisation,
        by=person_of(request),
        fmt=fmt,
        with_pins=with_pins,
        query=search.query(),
    )
    return rooms_file(ordered, organisation, fmt=fmt, with_pins=with_pins)
