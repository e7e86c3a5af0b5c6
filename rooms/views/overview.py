"""The first page of an organisation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from rooms.models import Room, RoomSubscription
from rooms.overview import tasks_of
from rooms.querysets import RoomFigures
from tenants import audit_texts
from tenants.decorators import in_organisation
from tenants.models import AuditEntry, Organisation
from tenants.overview import told_by_apps
from tenants.views.person import person_of

LATEST = 5


@in_organisation("view_rooms")
def overview(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show what to decide on, what changed lately and what a month costs today."""
    now = timezone.now()
    person = person_of(request)
    access = person.access
    rooms = Room.objects.in_organisation(organisation)
    figures = rooms.figures(now=now).get(organisation.pk, RoomFigures())
    context = {"organisation": organisation, "figures": figures, "now": now}
    entries = []
    if access.can("view_audit", organisation):
        entries = list(AuditEntry.objects.in_organisation(organisation).changes().newest(LATEST))
    keys = [entry.target_key for entry in entries if entry.target_type == "rooms.room"]
    mentioned = list(rooms.on_overview(now=now, keys=keys))
    for room in mentioned:
        room.organisation = organisation
    told = told_by_apps(organisation, person)
    context["tasks"] = [*tasks_of(organisation, figures, mentioned), *told.tasks]
    context["counts"] = told.counts
    context["log"] = audit_texts.lines(
        entries,
        person,
        urls={
            ("rooms.room", str(room.pk)): reverse(
                "rooms:detail", args=[organisation.slug, room.public_id]
            )
            for room in mentioned
        },
    )
    if access.can("view_billing", organisation):
        today = timezone.localdate(now)
        subscriptions = RoomSubscription.objects.in_organisation(organisation)
        context["cost"] = subscriptions.monthly_cost(today)
    return render(request, "rooms/overview.html", context)
