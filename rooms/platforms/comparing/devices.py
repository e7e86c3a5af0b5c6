"""The differences between a platform's devices and the portal's endpoints.

What a password reads back as differs by version, so passwords are not compared: a repair
sends the portal's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import batched
from typing import Any
from uuid import UUID

from rooms.platforms.comparing.models import PlatformDifference
from rooms.platforms.comparing.tags import known_organisations, parts_of, waiting
from rooms.platforms.holders import Holder, holders
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox.models import OutboxEntry
from rooms.platforms.pexip.adapter import Pexip
from rooms.platforms.pexip.client import PAGE
from rooms.platforms.pexip.devices import difference

Kind = PlatformDifference.Kind
DEVICE = OutboxEntry.Kind.DEVICE
# So many missing devices are looked up once more: a list that changes while it is read skips some.
LOOKED_UP = 200
CHUNK = 1000


class DeviceFinder:
    """One reading of a platform's devices. Iterate over it once; nothing is stored."""

    def __init__(self, platform: VideoPlatform, *, tell: Callable[[int], None]) -> None:
        self._platform = platform
        self._pexip = Pexip(platform)
        self._tell = tell
        self._seen: set[tuple[UUID, str]] = set()

    def __iter__(self) -> Iterator[PlatformDifference]:
        """Give each difference, not stored; raises the port's errors.

        What waits in the outbox is on its way, and no difference.
        """
        read = 0
        for page in batched(self._pexip.devices.everything(), PAGE, strict=False):
            yield from self._on_page(page)
            read += len(page)
            self._tell(read)
        yield from self._missing()

    def _on_page(self, page: Iterable[dict[str, Any]]) -> Iterator[PlatformDifference]:
        tagged = [(device, parts_of(str(device.get("tag", "")))) for device in page]
        keys = [parts[1] for _device, parts in tagged if parts]
        known = holders().named(keys)
        on_their_way = waiting(DEVICE, keys)
        organisations = known_organisations({parts[0] for _device, parts in tagged if parts})
        for device, parts in tagged:
            if parts is None:
                yield _found(Kind.FOREIGN, device)
                continue
            organisation_id, key = parts
            holder = known.get(key)
            self._seen.add((key, _alias(device)))
            if holder is not None and (
                holder.platform_id != self._platform.pk or holder.organisation_id != organisation_id
            ):
                # As for rooms: a copy of another platform, or a tag that somebody made up.
                yield _found(Kind.LEFTOVER, device, key=key)
            elif key in on_their_way:
                continue
            elif holder is None or not holder.specs:
                owner = organisation_id if organisation_id in organisations else None
                yield _found(Kind.LEFTOVER, device, key=key, organisation_id=owner)
            elif differs := self._differing(holder, device):
                yield _found(
                    Kind.CHANGED, device, key=key, organisation_id=organisation_id, **differs
                )

    @staticmethod
    def _differing(holder: Holder, device: dict[str, Any]) -> dict[str, Any]:
        spec = next((spec for spec in holder.specs if spec.alias == _alias(device)), None)
        if spec is None:
            return {"foreign_aliases": [_alias(device)]}
        fields = difference(spec, device)
        return {"fields": fields} if fields else {}

    def _missing(self) -> Iterator[PlatformDifference]:
        looked_up = 0
        for chunk in batched(holders().on(self._platform.pk), CHUNK, strict=False):
            missing = [
                (holder, spec.alias)
                for holder in chunk
                for spec in holder.specs
                if (holder.key, spec.alias) not in self._seen
            ]
            on_their_way = waiting(DEVICE, [holder.key for holder, _alias in missing])
            for holder, alias in missing:
                if holder.key in on_their_way:
                    continue
                looked_up += 1
                if looked_up <= LOOKED_UP and self._pexip.devices.has(
                    f"{holder.organisation_id}:{holder.key}", alias
                ):
                    continue
                yield _found(
                    Kind.MISSING,
                    {"alias": alias},
                    key=holder.key,
                    organisation_id=holder.organisation_id,
                )


def _alias(device: dict[str, Any]) -> str:
    return str(device.get("alias", ""))


def _found(
    kind: str,
    device: dict[str, Any],
    *,
    organisation_id: int | None = None,
    **values: Any,
) -> PlatformDifference:
    return PlatformDifference(
        thing=DEVICE,
        kind=kind,
        name=_alias(device)[:250],
        uri=str(device.get("resource_uri", ""))[:200],
        tag=str(device.get("tag", ""))[:250],
        organisation_id=organisation_id,
        **values,
    )
