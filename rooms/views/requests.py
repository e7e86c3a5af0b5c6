"""Asking for a room, answering, and moving one's own rooms to another own address."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms.actions import NotPossible
from rooms.actions.requests import answer_room_request, ask_for_room
from rooms.actions.transfer import move_own_rooms
from rooms.forms.transfer import AskForm, OwnAddressForm
from rooms.models import Room, RoomRequest
from tenants.addresses import verified_addresses
from tenants.decorators import in_organisation, recently_authenticated, signed_in
from tenants.models import Organisation
from tenants.views.person import person_of
from videoportal.kit.formats import number
from videoportal.kit.http import form_page
from videoportal.kit.scope import everywhere


def _own_trail(here: str) -> list[dict[str, str]]:
    return [{"label": _("My meeting rooms"), "url": reverse("rooms:own_list")}, {"label": here}]


@signed_in
def own_ask(request: HttpRequest) -> HttpResponse:
    """Ask the customer administrators of a room to register it on one's own address."""
    user = person_of(request)
    form = AskForm(request.POST or None)
    if form.is_valid():
        try:
            with everywhere(reason="a room's number is known before its organisation is"):
                ask_for_room(
                    form.cleaned_data["number"], by=user, message=form.cleaned_data["message"]
                )
        except NotPossible as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request,
                _(
                    "If the number belongs to a room, its administrators have got your "
                    "question. You get an e-mail when they have answered."
                ),
            )
            return redirect("rooms:own_list")
    with everywhere(reason="the questions are the person's own, the rooms are not yet"):
        waiting = RoomRequest.objects.of(user).waiting().count()
    return form_page(
        request,
        form,
        "rooms/own_ask.html",
        heading=_("Ask for a room"),
        breadcrumbs=_own_trail(_("Ask for a room")),
        submit_label=_("Send the question"),
        cancel_url=reverse("rooms:own_list"),
        waiting=waiting,
        days=settings.REQUEST_UNDECIDED_DAYS,
    )


@in_organisation("manage_rooms")
def owner_requests(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """List who asks to have a room registered on their address."""
    return render(
        request,
        "rooms/owner_requests.html",
        {
            "organisation": organisation,
            "found": RoomRequest.objects.in_organisation(organisation).waiting().in_full(),
        },
    )


@in_organisation("manage_rooms")
def owner_request(request: HttpRequest, organisation: Organisation, asked_id: UUID) -> HttpResponse:
    """Show one such question, and answer it."""
    found = get_object_or_404(
        RoomRequest.objects.in_organisation(organisation).in_full(), public_id=asked_id
    )
    user = person_of(request)
    # Neither of the buttons is no answer, and must not decline.
    if request.method == "POST" and (answer := request.POST.get("answer")) in {"yes", "no"}:
        granted = answer == "yes"
        try:
            answer_room_request(found, by=user, granted=granted)
        except NotPossible as refusal:
            messages.warning(request, str(refusal))
        else:
            done = (
                _("%(room)s is registered on %(email)s. Both are told.")
                if granted
                else _("The question is declined. The person is told.")
            )
            messages.success(request, done % {"room": found.room.name, "email": found.person.email})
        return redirect("rooms:owner_requests", org=organisation.slug)
    return render(
        request,
        "rooms/owner_request.html",
        {
            "organisation": organisation,
            "found": found,
            "breadcrumbs": [
                {
                    "label": _("Questions about rooms"),
                    "url": reverse("rooms:owner_requests", args=[organisation.slug]),
                },
                {"label": found.room.name},
            ],
        },
    )


@signed_in
@recently_authenticated
def own_move(request: HttpRequest) -> HttpResponse:
    """Register one's own rooms on another address that one has confirmed."""
    user = person_of(request)
    rooms = list(Room.objects.own_of(user).for_listing().by_name())
    addresses = verified_addresses(user)
    form = OwnAddressForm(request.POST or None, addresses=addresses)
    form.fields["address"].initial = addresses[0] if addresses else None
    if form.is_valid():
        address = form.cleaned_data["address"]
        try:
            moved = move_own_rooms(address, by=user)
        except NotPossible as refusal:
            form.add_error("address", str(refusal))
        else:
            messages.success(
                request,
                ngettext(
                    "%(count)s meeting room is moved to %(email)s.",
                    "%(count)s meeting rooms are moved to %(email)s.",
                    moved,
                )
                % {"count": number(moved), "email": address},
            )
            return redirect("rooms:own_list")
    return form_page(
        request,
        form,
        "rooms/own_move.html",
        heading=_("Move my rooms to another address"),
        breadcrumbs=_own_trail(_("Move my rooms to another address")),
        submit_label=_("Move the rooms"),
        cancel_url=reverse("rooms:own_list"),
        rooms=rooms,
        can_move=len(addresses) > 1 and bool(rooms),
    )
