"""Start page and change of client."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from tenants.decorators import in_organisation, signed_in
from tenants.destinations import destinations_of
from tenants.models import Organisation
from tenants.navigation import clients_part, own_pages, part_named
from tenants.views.person import person_of
from videoportal.kit.http import is_fragment

SUGGESTIONS = 10


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Send the person to their first page, or let them choose among several."""
    destinations = destinations_of(person_of(request))
    if not destinations:
        return redirect(own_pages()[0].view)
    if len(destinations) == 1:
        return redirect(destinations[0].url)
    return render(request, "tenants/home.html", {"destinations": destinations})


@in_organisation("administer_clients")
def switch_client(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Go to the client whose name or number was typed; suggest names to a fragment request.

    ``page`` names the part of the portal to stay in (see ``tenants.navigation``).
    """
    typed = request.GET.get("q", "").replace("\x00", "").strip()[:150]
    clients = Organisation.objects.clients_of(organisation).active()
    if is_fragment(request):
        found = clients.matching(typed).by_name()[:SUGGESTIONS] if typed else clients.none()
        return render(request, "tenants/client_options.html", {"clients": found})
    all_clients = reverse(clients_part().view, args=[organisation.slug])
    if not typed:
        return redirect(all_clients)
    client = clients.meant_by(typed)
    if client is not None:
        return redirect(part_named(request.GET.get("page", "")).view, org=client.slug)
    if not clients.matching(typed).exists():
        messages.warning(request, _("No clients match “%(text)s”.") % {"text": typed})
    return redirect(f"{all_clients}?{urlencode({'q': typed})}")
