"""The rooms registered on one's own address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from rooms.decorators import own_room
from rooms.links import RoomLinks
from rooms.models import Room
from rooms.views import room as pages
from tenants.addresses import addresses_of
from tenants.decorators import signed_in
from tenants.views.person import person_of


@signed_in
def own_list(request: HttpRequest) -> HttpResponse:
    """The person's rooms; without any, the rule and the person's addresses."""
    user = person_of(request)
    rooms = [
        RoomLinks(room, own=True) for room in Room.objects.own_of(user).for_listing().by_name()
    ]
    elsewhere = {links.room.owner_email.lower() for links in rooms} - {user.email.lower()}
    return render(
        request,
        "rooms/own_list.html",
        {
            "rooms": rooms,
            "other_address": bool(elsewhere),
            "addresses": [] if rooms else addresses_of(user),
        },
    )


@own_room
def own_detail(request: HttpRequest, room: Room) -> HttpResponse:
    user = person_of(request)
    others = [
        RoomLinks(other, own=True)
        for other in Room.objects.own_of(user).for_listing().by_name()
        if other.pk != room.pk
    ]
    return pages.show(request, RoomLinks(room, own=True), others=others)


@own_room
def own_edit(request: HttpRequest, room: Room) -> HttpResponse:
    return pages.edit(request, RoomLinks(room, own=True))


@own_room
def own_history(request: HttpRequest, room: Room) -> HttpResponse:
    return pages.history(request, RoomLinks(room, own=True))


@never_cache
@own_room
def own_pin_reveal(request: HttpRequest, room: Room, which: str) -> HttpResponse:
    return pages.reveal(request, RoomLinks(room, own=True), which)


@never_cache
@own_room
def own_pin_renew(request: HttpRequest, room: Room, which: str) -> HttpResponse:
    return pages.renew(request, RoomLinks(room, own=True), which)


@never_cache
@own_room
def own_invitation(request: HttpRequest, room: Room) -> HttpResponse:
    return pages.invitation(request, RoomLinks(room, own=True))


@own_room
def own_qr(request: HttpRequest, room: Room) -> HttpResponse:
    return pages.qr(RoomLinks(room, own=True))


@never_cache
@own_room
def own_handout(request: HttpRequest, room: Room) -> HttpResponse:
    return pages.handout(request, RoomLinks(room, own=True))


@own_room
def own_calendar(request: HttpRequest, room: Room) -> HttpResponse:
    return pages.calendar(request, RoomLinks(room, own=True))
