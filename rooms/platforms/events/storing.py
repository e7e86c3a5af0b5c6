"""Call legs into the database: read what is known, fold, write back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from uuid import UUID

from rooms.models import Room
from rooms.platforms.events.legs import Conference, Leg, merged
from rooms.platforms.models import CallLeg, LiveConference
from rooms.platforms.policy.addresses import plain_address

# Columns with a leg's own name; ``related`` is a list in the database.
_COLUMNS = tuple(entry.name for entry in fields(Leg) if entry.name not in {"uuid", "related"})
_WRITTEN = (*_COLUMNS, "related", "organisation", "room")
_NUMBER = re.compile(r"\((\d{4,20})\)$")
CHUNK = 1000


def store_legs(platform_id: int, legs: Mapping[str, Leg]) -> None:
    """Bring the stored legs up to date with what was told of them.

    The caller holds the lock that keeps another worker from doing the same.
    """
    everything = CallLeg.objects.unscoped(reason="a platform tells of every tenant's calls").filter(
        platform_id=platform_id
    )
    known = {row.uuid: row for row in everything.filter(uuid__in=list(legs))}
    whole = {
        uuid: merged(_leg(known[uuid]), leg) if uuid in known else leg for uuid, leg in legs.items()
    }
    rooms = _rooms_of(platform_id, whole.values())
    rows = []
    for uuid, leg in whole.items():
        earlier = known.get(uuid)
        room_id, organisation_id = rooms.get(uuid) or _kept(earlier, leg)
        rows.append(
            CallLeg(
                platform_id=platform_id,
                uuid=uuid,
                room_id=room_id,
                organisation_id=organisation_id,
                related=sorted(leg.related),
                **{name: getattr(leg, name) for name in _COLUMNS},
            )
        )
    CallLeg.objects.bulk_create(
        rows,
        batch_size=CHUNK,
        update_conflicts=True,
        unique_fields=["platform", "uuid"],
        update_fields=list(_WRITTEN),
    )


def store_conferences(platform_id: int, conferences: Mapping[str, Conference]) -> None:
    """Keep what was told last of each conference; what is older than the stored row is left."""
    rows = LiveConference.objects.unscoped(reason="a platform tells of every tenant's calls")
    known = {
        row.name: (row.changed_at, row.seq)
        for row in rows.filter(platform_id=platform_id, name__in=list(conferences))
    }
    told = [
        conference
        for name, conference in conferences.items()
        if name not in known or (conference.changed_at, conference.seq) > known[name]
    ]
    found = _rooms_of(platform_id, told)
    LiveConference.objects.bulk_create(
        [
            LiveConference(
                platform_id=platform_id,
                name=one.name,
                tag=one.tag,
                room_id=found.get(one.name, (None, None))[0],
                organisation_id=found.get(one.name, (None, None))[1],
                is_running=one.is_running,
                is_locked=one.is_locked,
                guests_muted=one.guests_muted,
                changed_at=one.changed_at,
                seq=one.seq,
            )
            for one in told
        ],
        batch_size=CHUNK,
        update_conflicts=True,
        unique_fields=["platform", "name"],
        update_fields=[
            "tag", "room", "organisation", "is_running", "is_locked", "guests_muted",
            "changed_at", "seq",
        ],
    )  # fmt: skip


# A command that the platform has carried out -> what holds from then on.
_OBEYED: dict[str, dict[str, bool]] = {
    "lock": {"is_locked": True},
    "unlock": {"is_locked": False},
    "mute_guests": {"guests_muted": True},
    "unmute_guests": {"guests_muted": False},
}
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


def store_obeyed(room: Room, name: str, command: str) -> None:
    """Keep that the platform did as it was told, before its event says so.

    The time of the latest event stays as it is: whatever the platform tells from now on stands,
    also where its clock is behind ours.
    """
    holds = _OBEYED.get(command)
    if holds is None:
        return
    running = {**holds, "is_running": True}
    known = LiveConference.objects.in_organisation(room.organisation_id)
    named = known.filter(platform_id=room.platform_id, name=name)
    if known.running_in(room).update(**holds) or named.update(**running):
        return
    # Nothing was told of it yet. Where another worker is first, the event stands.
    row = LiveConference(
        platform_id=room.platform_id,
        organisation_id=room.organisation_id,
        room=room,
        name=name,
        changed_at=_BEFORE_ALL,
        **running,
    )
    LiveConference.objects.bulk_create([row], ignore_conflicts=True)


def _kept(earlier: CallLeg | None, leg: Leg) -> tuple[int | None, int | None]:
    """Return where the leg was tied to, unless it is somewhere else now.

    Its room may have been closed since, and its number is then nobody's.
    """
    if earlier is None or (earlier.tag, earlier.conference) != (leg.tag, leg.conference):
        return None, None
    return earlier.room_id, earlier.organisation_id


def _leg(row: CallLeg) -> Leg:
    return Leg(
        uuid=row.uuid,
        related=frozenset(row.related),
        **{name: getattr(row, name) for name in _COLUMNS},
    )


def _rooms_of(platform_id: int, told: Iterable[Leg | Conference]) -> dict[str, tuple[int, int]]:
    """Return room and organisation of each that can be tied to one, by uuid or name. Two queries.

    A room is known by the tag that the policy answer gave it, else by the number in its name
    or in what was dialled.
    """
    tagged: dict[str, UUID] = {}
    numbered: dict[str, str] = {}
    for one in told:
        key = one.uuid if isinstance(one, Leg) else one.name
        public_id = _public_id(one.tag)
        if public_id is not None:
            tagged[key] = public_id
        elif number := _number_in_name(one) or _number_dialled(one):
            numbered[key] = number
    rooms = Room.objects.unscoped(reason="a platform tells of every tenant's calls").filter(
        platform_id=platform_id
    )
    columns = ("pk", "organisation_id")
    by_id = {
        public_id: (pk, organisation_id)
        for public_id, pk, organisation_id in rooms.with_public_ids(
            set(tagged.values())
        ).values_list("public_id", *columns)
    }
    by_number = {
        number: (pk, organisation_id)
        for number, pk, organisation_id in rooms.open()
        .with_numbers(set(numbered.values()))
        .values_list("number", *columns)
    }
    found = {uuid: by_id[key] for uuid, key in tagged.items() if key in by_id}
    found |= {uuid: by_number[key] for uuid, key in numbered.items() if key in by_number}
    return found


def _public_id(tag: str) -> UUID | None:
    _organisation, colon, key = tag.partition(":")
    try:
        return UUID(key) if colon else None
    except ValueError:
        return None


def _number_in_name(one: Leg | Conference) -> str:
    match = _NUMBER.search(one.conference if isinstance(one, Leg) else one.name)
    return match.group(1) if match else ""


def _number_dialled(one: Leg | Conference) -> str:
    # What was called out to is somebody else's, whatever number it has.
    if isinstance(one, Conference) or one.direction == "out":
        return ""
    user = one.dialled.partition("@")[0]
    # Whoever is in a conference of another name was moved: what was dialled is behind them.
    if plain_address(one.conference) not in {"", one.dialled, user}:
        return ""
    return user if user.isascii() and user.isdigit() and len(user) <= 20 else ""
