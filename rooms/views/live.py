"""Meetings that go on: in one room, and in all rooms of an organisation."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from rooms import actions
from rooms.decorators import own_room, room_in_organisation
from rooms.links import RoomLinks
from rooms.live import meeting_in
from rooms.models import Room
from rooms.platforms.models import CallLeg
from rooms.tables import MeetingTable
from tenants.decorators import in_organisation
from tenants.models import Organisation
from tenants.views.person import person_of
from videoportal.kit.http import is_fragment, list_page

DONE: dict[str, Any] = {
    "lock": lambda: _("The room is locked. Nobody comes in before you let them."),
    "unlock": lambda: _("The room is open again."),
    "mute_guests": lambda: _("The guests are muted."),
    "unmute_guests": lambda: _("The guests can be heard again."),
    "disconnect": lambda: _("The meeting is ended for everybody."),
}

# Ids that ask for the list of meetings without the reader having asked for other rows: the
# caption says what has changed, once.
UPDATING = ("meetings", "updating")


def show(request: HttpRequest, links: RoomLinks) -> HttpResponse:
    """Return the page, or to htmx the panel alone; it asks again every few seconds."""
    user = person_of(request)
    room = links.room
    template = "rooms/room_live.html"
    asked_by_itself = is_fragment(request)
    where = str(request.htmx.current_url_abs_path) if asked_by_itself else links.live  # type: ignore[attr-defined]  # django-htmx
    response = render(
        request,
        f"{template}#panel" if asked_by_itself else template,
        {
            "room": room,
            "links": links,
            "meeting": meeting_in(room),
            "may_control": actions.may_edit(user, room),
            "embedded": where.partition("?")[0] != links.live,
        },
    )
    patch_vary_headers(response, ["HX-Request", "HX-Current-URL"])
    return response


def command(request: HttpRequest, links: RoomLinks, what: str) -> HttpResponse:
    """Give the meeting a command, say how it went, and show the page again."""
    if what not in actions.MEETING_COMMANDS:
        raise Http404
    user = person_of(request)
    try:
        actions.command_meeting(links.room, what, by=user)
    except actions.NotPossible as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, DONE[what]())
    return redirect(links.live)


def disconnect(request: HttpRequest, links: RoomLinks) -> HttpResponse:
    """End one participant's call."""
    user = person_of(request)
    try:
        actions.disconnect_person(links.room, request.POST.get("person", ""), by=user)
    except actions.NotPossible as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("The participant is disconnected."))
    return redirect(links.live)


@never_cache
@room_in_organisation("view_rooms")
def room_live(request: HttpRequest, room: Room) -> HttpResponse:
    return show(request, RoomLinks(room))


@room_in_organisation("manage_rooms")
@require_POST
def room_command(request: HttpRequest, room: Room, what: str) -> HttpResponse:
    return command(request, RoomLinks(room), what)


@room_in_organisation("manage_rooms")
@require_POST
def room_disconnect(request: HttpRequest, room: Room) -> HttpResponse:
    return disconnect(request, RoomLinks(room))


@never_cache
@own_room
def own_live(request: HttpRequest, room: Room) -> HttpResponse:
    return show(request, RoomLinks(room, own=True))


@own_room
@require_POST
def own_command(request: HttpRequest, room: Room, what: str) -> HttpResponse:
    return command(request, RoomLinks(room, own=True), what)


@own_room
@require_POST
def own_disconnect(request: HttpRequest, room: Room) -> HttpResponse:
    return disconnect(request, RoomLinks(room, own=True))


@never_cache
@in_organisation("view_rooms")
def meeting_list(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """List the rooms in which somebody is now; the list asks again every few seconds."""
    table = MeetingTable(
        CallLeg.objects.in_organisation(organisation).meetings(), organisation=organisation
    )
    return list_page(
        request,
        table,
        None,
        "rooms/meeting_list.html",
        organisation=organisation,
        list_label=_("Ongoing meetings"),
        announced=not is_fragment(request) or request.htmx.trigger not in UPDATING,  # type: ignore[attr-defined]  # django-htmx
    )
