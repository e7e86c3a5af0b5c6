"""Commands to a meeting that goes on: who may give them, and the trail."""

from __future__ import annotations

from django.utils.translation import gettext as _

from rooms.actions.editing import NotPossible, require_edit
from rooms.live import meeting_in
from rooms.models import Room
from rooms.platforms.events.storing import store_obeyed
from rooms.platforms.models import LiveConference
from rooms.platforms.pexip.live import (
    Conference,
    MayBeDone,
    NotRunning,
    command_conference,
    disconnect,
)
from rooms.platforms.policy.answers import room_name, room_tag
from rooms.platforms.port import PlatformRefused, PlatformUnavailable
from tenants import audit
from tenants.models import User

# Command -> what the log calls it.
MEETING_COMMANDS = {
    "lock": "rooms.meeting.locked",
    "unlock": "rooms.meeting.unlocked",
    "mute_guests": "rooms.meeting.muted",
    "unmute_guests": "rooms.meeting.unmuted",
    "disconnect": "rooms.meeting.ended",
}


def command_meeting(room: Room, command: str, *, by: User) -> None:
    """Lock, unlock, mute or unmute the guests of, or end the meeting in the room.

    For those who may edit the room. What the platform did is logged after it has done it, and
    what it may have done too. Raises :class:`NotPossible` with a sentence for the reader.
    """
    require_edit(by, room, ())
    action = MEETING_COMMANDS[command]
    try:
        command_conference(room.platform, _conference_in(room), command)
    except NotRunning as error:
        raise NotPossible(_("Nobody is in the room now.")) from error
    except MayBeDone as error:
        _record("rooms.meeting.unanswered", room, by)
        raise NotPossible(_unanswered()) from error
    except (PlatformRefused, PlatformUnavailable) as error:
        raise NotPossible(_silent()) from error
    store_obeyed(room, room_name(room.name, room.number), command)
    _record(action, room, by)


def disconnect_person(room: Room, key: str, *, by: User) -> None:
    """End every call of one person who is in the room, or waits to come in.

    ``key`` is :attr:`rooms.live.Person.key`. The calls are looked up among the room's own: the
    platform would end anybody's. What it has moved to another room meanwhile is left alone.
    Raises :class:`NotPossible` with a sentence for the reader.
    """
    require_edit(by, room, ())
    person = next((one for one in meeting_in(room).people if one.key == key), None)
    try:
        ended = (
            disconnect(room.platform, _tag_of(room), person.leg_uuids) if person is not None else 0
        )
    except MayBeDone as error:
        _record("rooms.meeting.unanswered", room, by)
        raise NotPossible(_unanswered()) from error
    except PlatformUnavailable as error:
        raise NotPossible(_silent()) from error
    if not ended:
        raise NotPossible(_("The participant has left already."))
    _record("rooms.participant.disconnected", room, by)


def _conference_in(room: Room) -> Conference:
    running = LiveConference.objects.in_organisation(room.organisation_id).running_in(room)
    name = room_name(room.name, room.number)
    others = [one.name for one in running if one.name != name]
    return Conference(_tag_of(room), (name, *others))


def _tag_of(room: Room) -> str:
    return room_tag(room.organisation_id, room.public_id)


def _record(action: str, room: Room, by: User) -> None:
    audit.record(action, by=by, organisation=room.organisation_id, target=room)


def _silent() -> str:
    return _("The video platform did not do it. Nothing is changed. Try again in a moment.")


def _unanswered() -> str:
    return _(
        "The video platform did not answer. It may have done it all the same: look at who is in "
        "the room before you try again."
    )
