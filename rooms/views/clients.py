"""A reseller's clients with what each has."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.clients import ClientSearch, ClientTable, totals
from tenants.decorators import in_organisation
from tenants.models import Organisation
from videoportal.kit.http import list_page


@in_organisation("administer_clients")
def client_list(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """List the reseller's clients with rooms, members, things to do and cost."""
    search = ClientSearch(request.GET)
    clients = Organisation.objects.clients_of(organisation).active()
    rows = search.rows(clients, now=timezone.now())
    return list_page(
        request,
        ClientTable(rows),
        search,
        "rooms/client_list.html",
        list_label=_("Clients"),
        organisation=organisation,
        meta=totals(rows),
        query=request.GET.urlencode(),
    )


@in_organisation("administer_clients")
def client_export(request: HttpRequest, organisation: Organisation, fmt: str) -> HttpResponse:
    return HttpResponse(status=501)
