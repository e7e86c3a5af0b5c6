"""A reseller's clients with what each has."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms import actions
from rooms.clients import (
    ClientRow,
    ClientSearch,
    ClientTable,
    totals,
    with_members,
)
from tenants.decorators import in_organisation
from tenants.models import Organisation
from tenants.views.person import person_of
from videoportal.kit.http import list_page
from videoportal.kit.sheets import FORMATS, export_links, sheet_response


@in_organisation("administer_clients")
def client_list(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """List the reseller's clients with rooms, members, things to do and cost."""
    search = ClientSearch(request.GET)
    rows = _rows(request, organisation, search)
    return list_page(
        request,
        ClientTable(rows),
        search,
        "rooms/client_list.html",
        list_label=_("Clients"),
        organisation=organisation,
        meta=totals(rows),
        export_formats=export_links(
            lambda fmt: reverse("rooms:clients_export", args=[organisation.slug, fmt]),
            request.GET.urlencode(),
        ),
    )


@in_organisation("administer_clients")
def client_export(request: HttpRequest, organisation: Organisation, fmt: str) -> HttpResponseBase:
    """Return the clients that the list shows, in its order, as CSV or XLSX."""
    if fmt not in FORMATS:
        raise Http404
    found = _rows(request, organisation, ClientSearch(request.GET))
    table = ClientTable(with_members(found))
    table.configure(request)
    actions.note_clients_exported(organisation, by=person_of(request), fmt=fmt)
    header, *rows = table.as_values()
    return sheet_response(
        fmt,
        f"{_('Clients')} {organisation.name} {timezone.localdate():%Y-%m-%d}",
        title=_("Clients"),
        header=header,
        rows=rows,
    )


def _rows(
    request: HttpRequest, organisation: Organisation, search: ClientSearch
) -> list[ClientRow]:
    clients = Organisation.objects.clients_of(organisation).active()
    return search.rows(clients, now=timezone.now())
