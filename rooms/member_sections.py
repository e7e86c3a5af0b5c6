"""What rooms tell of a member: the rooms registered on their confirmed addresses."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from rooms.models import Room
from tenants.belongings import Belongings
from tenants.models import Organisation, User

SHOWN = 20


def counts(organisation: Organisation) -> dict[int, int]:
    """Return the number of open rooms of each holder in the organisation."""
    return Room.objects.in_organisation(organisation).open().counts_by_holder()


def section(organisation: Organisation, member: User) -> dict[str, Any]:
    """Return the member's rooms in this organisation; a few, and whether there are more."""
    rooms = list(
        Room.objects.in_organisation(organisation)
        .open()
        .held_by(member)
        .for_listing()
        .by_name()[: SHOWN + 1]
    )
    return {"rooms": rooms[:SHOWN], "more": len(rooms) > SHOWN, "organisation": organisation}


BELONGINGS = (
    Belongings(
        label=_("Own rooms"),
        counted=ngettext_lazy("%(count)s meeting room", "%(count)s meeting rooms", "count"),
        explained=_(
            "The meeting rooms are registered on the person’s address. Unless you hand them "
            "over first, the person can still change them and see their PIN codes."
        ),
        hand_over="rooms:transfer",
        hand_over_label=_("Hand over the meeting rooms"),
        template="rooms/member_rooms.html",
        counts=counts,
        section=section,
    ),
)
