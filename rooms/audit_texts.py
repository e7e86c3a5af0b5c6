"""What the rooms' action slugs mean, for ``tenants.audit_texts``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from rooms.choices import BulkAction

TEXTS: dict[str, Any] = {
    "rooms.room.ordered": _("%(who)s ordered %(what)s (%(number)s)"),
    "rooms.room.imported": _("%(who)s imported %(what)s (%(number)s)"),
    "rooms.room.changed_by_import": _("%(who)s changed %(fields)s in %(what)s by import"),
    "rooms.file.imported": _(
        "%(who)s imported the file %(what)s: %(created)s new rooms, %(changed)s changed, "
        "%(unchanged)s unchanged"
    ),
    "rooms.room.changed": _("%(who)s changed %(fields)s in %(what)s"),
    "rooms.pin.renewed": _("%(who)s made a new %(fields)s in %(what)s"),
    "rooms.host_pin.revealed": _("%(who)s viewed the PIN for the host in %(what)s"),
    "rooms.guest_pin.revealed": _("%(who)s viewed the PIN for guests in %(what)s"),
    "rooms.pin.included": _("%(who)s got the PIN of %(what)s in %(where)s"),
    "rooms.list.exported": _("%(who)s exported %(rooms)s rooms as %(format)s"),
    "rooms.pin.exported": _("%(who)s exported %(rooms)s rooms with their PINs as %(format)s"),
    "rooms.bulk.done": _("%(who)s changed %(rooms)s rooms at once: %(task)s"),
    "rooms.product.upgraded": _("%(who)s upgraded %(what)s to %(product)s"),
    "rooms.product.downgrade_agreed": _(
        "%(who)s agreed that %(what)s becomes %(product)s from %(from)s"
    ),
    "rooms.product.downgrade_cancelled": _(
        "%(who)s withdrew the agreed change of %(what)s to %(product)s"
    ),
    "rooms.product.downgraded": _("%(who)s changed %(what)s to %(product)s as agreed"),
    "rooms.room.terminated": _("%(who)s terminated %(what)s, which closes on %(closes_on)s"),
    "rooms.termination.changed": _("%(who)s moved the closing of %(what)s to %(closes_on)s"),
    "rooms.termination.withdrawn": _("%(who)s withdrew the termination of %(what)s"),
    "rooms.room.closed": _("%(who)s closed %(what)s as agreed"),
    "rooms.request.sent": _("%(who)s asked to have %(what)s registered on their address"),
    "rooms.request.granted": _("%(who)s registered %(what)s on the address of %(person)s"),
    "rooms.request.declined": _("%(who)s declined the question of %(person)s about %(what)s"),
    "rooms.request.lapsed": _("Nobody answered the question of %(person)s about %(what)s in time"),
    "rooms.clients.exported": _("%(who)s exported the list of clients"),
    "rooms.meeting.locked": _("%(who)s locked the meeting in %(what)s"),
    "rooms.meeting.unlocked": _("%(who)s opened the meeting in %(what)s"),
    "rooms.meeting.muted": _("%(who)s muted the guests in %(what)s"),
    "rooms.meeting.unmuted": _("%(who)s let the guests in %(what)s be heard"),
    "rooms.meeting.ended": _("%(who)s ended the meeting in %(what)s for everybody"),
    "rooms.meeting.unanswered": _(
        "%(who)s gave a command to the meeting in %(what)s, and the platform did not answer"
    ),
    "rooms.participant.disconnected": _("%(who)s disconnected a participant in %(what)s"),
    "rooms.outbox.sent_again": _(
        "%(who)s sent %(sent_again)s refused changes to %(what)s once more"
    ),
    "rooms.outbox.asked": _("%(who)s asked the video platform %(what)s for an answer"),
    "rooms.platform.compared": _("%(who)s compared the video platform %(what)s with the portal"),
    "rooms.platform.parked_read_again": _(
        "%(who)s had what was kept aside from the video platform %(what)s read again"
    ),
    "rooms.platform.parked_discarded": _(
        "%(who)s deleted what was kept aside from the video platform %(what)s"
    ),
    "rooms.platform.repaired": _("%(who)s put %(what)s right on the video platform"),
    "rooms.platform.created": _("%(who)s added the video platform %(what)s"),
    "rooms.platform.changed": _("%(who)s changed %(fields)s of the video platform %(what)s"),
    "rooms.platform.checked": _("%(who)s checked the connection with the video platform %(what)s"),
    "rooms.platform.paused": _("%(who)s paused the video platform %(what)s"),
    "rooms.platform.resumed": _("%(who)s put the video platform %(what)s into use"),
    "rooms.platform.preferred": _("%(who)s chose the video platform %(what)s for new rooms"),
    "rooms.platform.odd_events_forgotten": _(
        "%(who)s removed the events that were not understood from the list of %(what)s"
    ),
    "rooms.platform.policy_password_revealed": _(
        "%(who)s viewed the password for policy of the video platform %(what)s"
    ),
    "rooms.platform.policy_password_renewed": _(
        "%(who)s made a new password for policy of the video platform %(what)s"
    ),
    "rooms.platform.sink_password_revealed": _(
        "%(who)s viewed the password for events of the video platform %(what)s"
    ),
    "rooms.platform.sink_password_renewed": _(
        "%(who)s made a new password for events of the video platform %(what)s"
    ),
    "rooms.provisioning.retried": _("%(who)s asked the video platform for %(what)s once more"),
}
KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "rooms": (
        _("Meeting rooms"),
        (
            "rooms.room.",
            "rooms.file.",
            "rooms.bulk.",
            "rooms.product.",
            "rooms.termination.",
            "rooms.request.",
            "rooms.provisioning.",
        ),
    ),
    "pins": (_("PIN codes"), ("rooms.pin.", "rooms.host_pin.", "rooms.guest_pin.")),
    "platforms": (_("Video platforms"), ("rooms.platform.", "rooms.outbox.")),
    "meetings": (_("Ongoing meetings"), ("rooms.meeting.", "rooms.participant.")),
}
# The provider's own, of no organisation: read in its change log.
PLATFORM = ("rooms.platform.", "rooms.outbox.")
LABELS: dict[str, Any] = {
    "product": _("room type"),
    "difference": _("difference"),
    "sent_again": _("sent again"),
    "on_platform": _("fields on the platform"),
    "check_result": _("result"),
    "platform": _("video platform"),
    "events": _("events"),
    "themes": _("themes"),
    "from": _("from and including"),
    "closes_on": _("closes on"),
    "charged_until": _("paid until and including"),
    "created": _("new rooms"),
    "changed": _("changed"),
    "unchanged": _("unchanged"),
}


# Where a PIN was taken out to, as ``note_pins_shown`` stores it.
PLACES: dict[str, Any] = {
    "handout": _("the handout"),
    "invitation": _("the invitation text"),
    "new_pins": _("the list of new PIN codes"),
}


def _task(value: Any) -> str:
    return str(dict(BulkAction.choices).get(value, value))


def _place(value: Any) -> str:
    return str(PLACES.get(value, value))


WORDS: dict[str, Callable[[Any], str]] = {"task": _task, "where": _place}
HERE: dict[str, Any] = {"rooms.room": _("the room")}
