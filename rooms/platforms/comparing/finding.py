"""The differences between a platform's rooms and the portal's, found while its list is read.

The list is read page by page, and each page is held against its rooms in two queries: what
stays in memory is the ids of the rooms that were seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import batched
from typing import Any
from uuid import UUID

from rooms.models import Room
from rooms.platforms.comparing.models import PlatformDifference
from rooms.platforms.comparing.tags import known_organisations, parts_of, waiting
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox.models import OutboxEntry
from rooms.platforms.pexip.adapter import Pexip
from rooms.platforms.pexip.client import PAGE
from rooms.platforms.pexip.rooms import difference
from rooms.platforms.specs import spec_of

Kind = PlatformDifference.Kind
# So many missing rooms are looked up once more: a list that changes while it is read skips some.
LOOKED_UP = 200


class Finder:
    """One reading of a platform's rooms. Iterate over it once; nothing is stored."""

    def __init__(self, platform: VideoPlatform, *, tell: Callable[[int], None]) -> None:
        self._platform = platform
        self._pexip = Pexip(platform)
        self._tell = tell
        self._seen: set[UUID] = set()

    def __iter__(self) -> Iterator[PlatformDifference]:
        """Give each difference, not stored; raises the port's errors.

        What waits in the outbox is on its way, and no difference.
        """
        themes = self._pexip.rooms.theme_names()
        read = 0
        for page in batched(self._pexip.rooms.everything(), PAGE, strict=False):
            yield from self._on_page(page, themes)
            read += len(page)
            self._tell(read)
        yield from self._missing()

    def _on_page(
        self, page: Iterable[dict[str, Any]], themes: dict[str, str]
    ) -> Iterator[PlatformDifference]:
        tagged = [(conference, parts_of(str(conference.get("tag", "")))) for conference in page]
        keys = [parts[1] for _conference, parts in tagged if parts]
        rooms = {room.public_id: room for room in self._everywhere().with_public_ids(keys)}
        on_their_way = waiting(OutboxEntry.Kind.ROOM, keys)
        known = known_organisations({parts[0] for _conference, parts in tagged if parts})
        for conference, parts in tagged:
            if parts is None:
                yield _found(Kind.FOREIGN, conference)
                continue
            organisation_id, key = parts
            twice = key in self._seen
            self._seen.add(key)
            room = rooms.get(key)
            if room is not None and (
                room.platform_id != self._platform.pk or room.organisation_id != organisation_id
            ):
                # A copy of another platform, or a tag that somebody made up: taking it away
                # would take the place of what that room has in the outbox.
                yield _found(Kind.LEFTOVER, conference, key=key)
            elif twice:
                yield _found(Kind.DOUBLE, conference, room=room, key=key)
            elif key in on_their_way:
                continue
            elif room is None or room.is_closed:
                yield _found(
                    Kind.LEFTOVER,
                    conference,
                    room=room,
                    key=key,
                    organisation_id=organisation_id if organisation_id in known else None,
                )
            elif differs := difference(spec_of(room), conference, themes):
                yield _found(
                    Kind.CHANGED,
                    conference,
                    room=room,
                    key=key,
                    fields=differs.fields,
                    missing_aliases=list(differs.missing_aliases),
                    foreign_aliases=list(differs.foreign_aliases),
                )

    def _missing(self) -> Iterator[PlatformDifference]:
        looked_up = 0
        open_rooms = self._rooms().open().order_by("pk").iterator(chunk_size=1000)
        for chunk in batched(open_rooms, 1000, strict=False):
            missing = [room for room in chunk if room.public_id not in self._seen]
            on_their_way = waiting(OutboxEntry.Kind.ROOM, [room.public_id for room in missing])
            for room in missing:
                if room.public_id in on_their_way:
                    continue
                spec = spec_of(room)
                looked_up += 1
                if looked_up <= LOOKED_UP and self._pexip.rooms.find(spec.tag) is not None:
                    continue
                there = {"name": spec.name, "tag": spec.tag}
                yield _found(Kind.MISSING, there, room=room, key=room.public_id)

    def _rooms(self) -> Any:
        return self._everywhere().filter(platform=self._platform)

    def _everywhere(self) -> Any:
        return Room.objects.unscoped(reason="a platform has every tenant's rooms").select_related(
            "product__room_type", "platform"
        )


def _found(
    kind: str,
    conference: dict[str, Any],
    *,
    room: Room | None = None,
    organisation_id: int | None = None,
    **values: Any,
) -> PlatformDifference:
    return PlatformDifference(
        kind=kind,
        name=str(conference.get("name", ""))[:250],
        uri=str(conference.get("resource_uri", ""))[:200],
        tag=str(conference.get("tag", ""))[:250],
        room=room,
        organisation_id=room.organisation_id if room is not None else organisation_id,
        **values,
    )
