"""Asking to have a room registered on one's own address, and the answer."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.actions.editing import NotPossible
from rooms.actions.own import require_owner_address
from rooms.actions.settings import change_room
from rooms.models import Room, RoomRequest
from tenants import audit
from tenants.access import require
from tenants.addresses import verified_addresses
from tenants.mail import post_mail
from tenants.models import User

# As many may wait at a time: the answer never tells whether a number is in use.
MOST_WAITING = 5


@transaction.atomic
def ask_for_room(number: str, *, by: User, message: str = "") -> None:
    """Ask the room's administrators to register it on the person's address.

    Nothing tells the asker whether the number is a room's. Raises :class:`NotPossible` for
    somebody without a confirmed address or with one that is too long for a room, and for too
    many requests waiting.
    """
    # The person's row is the lock: two tabs cannot ask past the limit.
    User.objects.select_for_update().get(pk=by.pk)
    if not verified_addresses(by):
        raise NotPossible(_("Confirm your e-mail address first."))
    require_owner_address(by.email)
    waiting = RoomRequest.objects.of(by).waiting()
    if waiting.count() >= MOST_WAITING:
        raise NotPossible(
            _("You have %(count)s questions that wait for an answer. Wait for those first.")
            % {"count": MOST_WAITING}
        )
    rooms = Room.objects.unscoped(reason="a number is known before its organisation is")
    room = rooms.open().with_numbers([number]).select_related("organisation").first()
    if room is None or waiting.filter(room=room).exists():
        return
    request = RoomRequest.objects.create(
        organisation=room.organisation, room=room, person=by, message=message
    )
    audit.record(
        "rooms.request.sent",
        by=by,
        organisation=room.organisation,
        target=room,
        after={"number": room.number},
    )
    path = reverse("rooms:owner_request", args=[room.organisation.slug, request.public_id])
    for administrator in User.objects.administrators_of(room.organisation):
        post_mail(
            "room_requested",
            to=administrator.email,
            context={
                "person": str(by),
                "email": by.email,
                "room": f"{room.name} ({room.number})",
                "message": message,
                "path": path,
            },
            user=administrator,
        )


@transaction.atomic
def answer_room_request(request: RoomRequest, *, by: User, granted: bool) -> None:
    """Register the room on the asker's address, or decline; the asker is told either way.

    Raises :class:`NotPossible` when it is answered already, the room is closed or the
    asker's address has become too long for a room.
    """
    require(by, "manage_rooms", request.organisation_id)
    locked = (
        RoomRequest.objects.in_organisation(request.organisation_id)
        .select_for_update(of=("self",))
        .select_related("room__organisation", "person")
        .get(pk=request.pk)
    )
    if locked.answered_at is not None:
        raise NotPossible(_("Somebody has answered this already."))
    room, person = locked.room, locked.person
    moves = granted and room.owner_email.lower() != person.email.lower()
    if granted:
        require_owner_address(person.email)
        change_room(room, by=by, owner_name=person.name, owner_email=person.email)
    locked.answered_at, locked.granted = timezone.now(), granted
    locked.save(update_fields=["answered_at", "granted"])
    audit.record(
        "rooms.request.granted" if granted else "rooms.request.declined",
        by=by,
        organisation=locked.organisation_id,
        target=room,
        after={"person": str(person)},
    )
    if not moves:
        # Else the change of owner has told both.
        context = {
            "organisation": room.organisation.name,
            "room": f"{room.name} ({room.number})",
            "granted": granted,
            "by": str(by),
        }
        post_mail("room_request_answered", to=person.email, context=context, user=person)
