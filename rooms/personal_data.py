"""What the rooms keep about people, for ``tenants.personal``."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from rooms.models import Room, RoomImport, RoomRequest, RoomUserGrant
from tenants.models import User
from tenants.personal import Record, Section


def _own_rooms(user: User) -> Iterator[Record]:
    rooms = Room.objects.unscoped(reason="the grant on each room is the scope")
    ids = user.access.object_ids(RoomUserGrant)
    for room in rooms.filter(pk__in=ids).select_related("organisation").order_by("pk"):
        yield {
            "number": room.number,
            "name": room.name,
            "organisation": room.organisation.name,
            "owner_name": room.owner_name,
            "owner_email": room.owner_email,
            "department": room.department,
        }


def _requests(user: User) -> Iterator[Record]:
    requests = RoomRequest.objects.unscoped(reason="a person is shown what they asked for")
    for request in requests.filter(person=user).select_related("organisation").order_by("-pk"):
        yield {"organisation": request.organisation.name, "message": request.message}


def _imports(user: User) -> Iterator[Record]:
    files = RoomImport.objects.unscoped(reason="a person is shown what they uploaded")
    for file in files.filter(uploaded_by=user).select_related("organisation").order_by("-pk"):
        yield {"organisation": file.organisation.name, "file": file.file_name}


SECTIONS = (
    Section(
        "own_rooms",
        _("Meeting rooms registered on you"),
        _("The registration is your organisation’s, and stays when you close the account."),
        {
            "number": _("Number"),
            "name": _("Name"),
            "organisation": _("Organisation"),
            "owner_name": _("Owner"),
            "owner_email": _("Owner’s e-mail address"),
        },
        _own_rooms,
    ),
    Section(
        "room_requests",
        _("Meeting rooms that you asked for"),
        _("So that your administrator can answer."),
        {"organisation": _("Organisation"), "message": _("Message")},
        _requests,
    ),
    Section(
        "imports",
        _("Files that you imported"),
        _("Kept until the import is done with."),
        {"file": _("File"), "organisation": _("Organisation")},
        _imports,
    ),
)

_PLATFORM = "what the video platform told of a call; names of participants are not stored"
SHOWN = {
    "rooms.Room.owner_name": "own_rooms",
    "rooms.Room.owner_email": "own_rooms",
    "rooms.Room.number": "own_rooms",
    "rooms.Room.name": "own_rooms",
    "rooms.Room.department": "own_rooms",
    "rooms.RoomRequest.person": "room_requests",
    "rooms.RoomRequest.message": "room_requests",
    "rooms.RoomImport.uploaded_by": "imports",
    "rooms.RoomImport.file_name": "imports",
}
_SETTING = "about the room, not the person"
LEFT_OUT = {
    "rooms.RoomType": "the catalogue",
    "rooms.RoomProduct": "the catalogue",
    "rooms.ProductPrice": "the catalogue",
    "rooms.NumberRange": "about numbers",
    "rooms.NumberAllocation": "about numbers",
    "rooms.VideoPlatform": "about the platform",
    "rooms.SinkDelivery": "raw until it is read, which takes seconds, or parked",
    "rooms.OddEvent": "what could not be understood, for the operator",
    "rooms.LiveConference": _PLATFORM,
    "rooms.CallLeg": _PLATFORM,
    "rooms.OutboxEntry": "what a platform is to be told of a room",
    "rooms.PlatformContact": "when a platform last answered",
    "rooms.PlatformComparison": "a comparison; who started it stands in the log",
    "rooms.PlatformDifference": "how a room stands on a platform, deleted with its comparison",
    "rooms.RoomSubscription": "what the organisation pays for",
    "rooms.RoomUserGrant": "the other half of the section own_rooms",
    "rooms.RoomGroupGrant": "kept empty",
    **dict.fromkeys(
        (
            f"rooms.Room.{name}"
            for name in (
                "description", "product", "platform", "cost_centre", "reference", "layout",
                "theme", "next_product", "provisioning", "provisioning_error", "order_key",
            )
        ),
        _SETTING,
    ),
    "rooms.Room.host_pin": "a secret; the holder sees it on the room's page",
    "rooms.Room.guest_pin": "a secret; the holder sees it on the room's page",
    "rooms.RoomRequest.room": _SETTING,
    "rooms.RoomImport.job": "the section jobs",
    "rooms.RoomImport.content": "the organisation's rooms and their owners, not the uploader",
    "rooms.RoomImport.digest": "a fingerprint of the file",
    "rooms.RoomImport.choices": "what the import is to do",
    "rooms.RoomImport.summary": "what the import did",
}  # fmt: skip
