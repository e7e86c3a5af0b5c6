"""The floor: bare views that loop over the same rows in a plain template.

They run under the same middleware and session, and do nothing else: no rights, no frame, no
search, no sorting, no translations, no page links. No Django page can be much faster.
"""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from rooms.models import Room
from tenants.models import AuditEntry, Organisation
from videoportal.kit.sorting import NorwegianOrder

WHY = "the floor asks for nobody's rights"
ROWS = 50


def rooms(request: HttpRequest, org: str) -> HttpResponse:
    """Return the first rows of an organisation's open rooms by name."""
    organisation = get_object_or_404(Organisation.objects.unscoped(reason=WHY), slug=org)
    found = (
        Room.objects.in_organisation(organisation)
        .open()
        .select_related("product__room_type")
        .defer("host_pin", "guest_pin")
        .order_by(NorwegianOrder("name"), "pk")
    )
    return _page(request, "benchmarks/rooms.html", found)


def own(request: HttpRequest) -> HttpResponse:
    """Return the rooms that the person holds."""
    found = (
        Room.objects.unscoped(reason=WHY)
        .filter(user_grants__user=request.user.pk)
        .select_related("product__room_type")
        .defer("host_pin", "guest_pin")
        .order_by(NorwegianOrder("name"), "pk")
    )
    return _page(request, "benchmarks/rooms.html", found)


def room(request: HttpRequest, room_id: Any) -> HttpResponse:
    """Return one room's fields."""
    found = get_object_or_404(
        Room.objects.unscoped(reason=WHY).select_related("organisation", "product__room_type"),
        public_id=room_id,
    )
    return render(request, "benchmarks/room.html", {"room": found})


def clients(request: HttpRequest, org: str) -> HttpResponse:
    """Return the first clients of a reseller, each with the count of its open rooms."""
    reseller = get_object_or_404(Organisation.objects.unscoped(reason=WHY), slug=org)
    found = (
        Organisation.objects.clients_of(reseller)
        .annotate(open_rooms=Count("rooms", filter=Q(rooms__closed_at__isnull=True)))
        .order_by(NorwegianOrder("name"), "pk")
    )
    return _page(request, "benchmarks/clients.html", found)


def log(request: HttpRequest, org: str = "") -> HttpResponse:
    """Return the newest entries of an organisation's log, or of all of a reseller's clients."""
    found = AuditEntry.objects.unscoped(reason=WHY).select_related("organisation")
    if org:
        organisation = get_object_or_404(Organisation.objects.unscoped(reason=WHY), slug=org)
        whose = Organisation.objects.unscoped(reason=WHY).filter(
            Q(pk=organisation.pk, kind=Organisation.Kind.CUSTOMER) | Q(reseller=organisation)
        )
        found = found.filter(organisation__in=list(whose.values_list("pk", flat=True)))
    return _page(request, "benchmarks/log.html", found.order_by("-at", "-pk"))


def _page(request: HttpRequest, template: str, found: Any) -> HttpResponse:
    return render(request, template, {"page": Paginator(found, ROWS).get_page(1)})
