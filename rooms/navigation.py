"""The pages of rooms in the navigation."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rooms.choices import Provisioning
from rooms.models import Room
from tenants.navigation import Page, Part
from videoportal.kit.formats import number


def _rooms_failed() -> tuple[int, str]:
    rooms = Room.objects.unscoped(reason="the operator sees counts over the platform, no names")
    count = rooms.open().filter(provisioning=Provisioning.FAILED).count()
    if count == 1:
        return count, gettext("One meeting room was not set up on the video platform")
    return count, gettext("%(count)s meeting rooms were not set up on the video platform") % {
        "count": number(count)
    }


PARTS = (
    Part(_("Clients"), "rooms:clients", "administer_clients", ("rooms:clients",), 0),
    Part(_("Overview"), "rooms:overview", "view_rooms", ("rooms:overview",), 10),
    Part(_("Meeting rooms"), "rooms:list", "view_rooms", ("rooms:",), 20),
    Part(_("Ongoing meetings"), "rooms:meetings", "view_rooms", ("rooms:meetings",), 25),
)
OPERATION = (
    Page(
        _("Rooms and numbers"),
        "rooms:operation",
        ("rooms:operation",),
        50,
        note=_("Number ranges, catalogue and prices"),
        waiting=_rooms_failed,
    ),
    Page(
        _("Video platforms"),
        "rooms:platforms",
        ("rooms:platform",),
        45,
        note=_("Connection, queues, faults and what to enter there"),
    ),
)
OWN = (Page(_("My meeting rooms"), "rooms:own_list", ("rooms:own",), 10),)
