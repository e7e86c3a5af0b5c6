"""The platform's history, read where its events may have left gaps.

Events come at once and may be lost; the history has a call once it has ended, and keeps the
last 10,000 meetings. Both are folded the same way, so reading again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any

import structlog
from django.utils import timezone

from rooms.platforms.events.inbox import add_past
from rooms.platforms.events.legs import Conference, Leg, NotUnderstood
from rooms.platforms.events.past import ended_conference, ended_leg, written_moment
from rooms.platforms.models import LiveConference, VideoPlatform
from rooms.platforms.outbox.models import PlatformContact
from rooms.platforms.pexip.adapter import client_of
from rooms.platforms.pexip.client import PAGE, ManagementClient
from videoportal.kit.scope import everywhere

log = structlog.get_logger(__name__)

# A platform that is new to us is read so far back; another wish is the command's.
FIRST_TIME = timedelta(days=1)
# Nodes hand their records in when they can: what ended before the mark may come after it.
OVERLAP = timedelta(minutes=30)
LONG_OVERLAP = timedelta(hours=26)


@dataclass(frozen=True)
class Read:
    """What a reading found: calls that ended, how many of them the events had left open or
    untold, and entries that make no sense.
    """

    calls: int = 0
    gained: int = 0
    odd: int = 0


def may_read(platform: VideoPlatform) -> bool:
    """Return whether the platform has a history for us, and is not being left alone."""
    contact = PlatformContact.objects.filter(platform=platform).first()
    resting = contact.resting_until if contact is not None else None
    return (
        platform.kind == VideoPlatform.Kind.PEXIP
        and bool(platform.management_url)
        and (resting is None or resting < timezone.now())
    )


def read_history(
    platform: VideoPlatform, *, since: datetime | None = None, overlap: timedelta = OVERLAP
) -> Read:
    """Read the calls that ended since the last reading, or since the moment, and fold them in.

    The mark of what was read moves with each page, by the platform's own clock. Raises the
    port's errors; what was read before stands.
    """
    client = client_of(platform)
    contact, _is_new = PlatformContact.objects.get_or_create(platform=platform)
    mark = contact.history_read_to
    if since is None:
        since = (mark or timezone.now() - FIRST_TIME) - overlap
    calls = gained = odd = 0
    conferences, odd_ones = _conferences(client, platform, since)
    with everywhere(reason="a platform tells of every tenant's calls"):
        gained += add_past(platform.pk, [], conferences)
        for page in batched(_ended(client, "participant", since), PAGE, strict=False):
            legs = list(_understood(page))
            odd += len(page) - len(legs)
            gained += add_past(platform.pk, legs, [])
            calls += len(legs)
            # A clock that is ahead must not make us leave out what ends before it.
            ends = (leg.ended_at for leg in legs if leg.ended_at)
            mark = min(max([mark or since, *ends]), timezone.now())
            PlatformContact.objects.filter(platform=platform).update(history_read_to=mark)
    read = Read(calls, gained, odd + odd_ones)
    if read.gained or read.odd:
        log.warning("history_filled_gaps", platform=platform.slug, **vars(read))
    return read


def _ended(client: ManagementClient, resource: str, since: datetime) -> Iterator[dict[str, Any]]:
    # As the platform writes times: UTC without saying so.
    written = since.astimezone(UTC).replace(tzinfo=None).isoformat()
    rows = client.every("history", resource, end_time__gte=written, order_by="end_time")
    for row in rows:
        # A platform that overlooked the filter would hand out all it has, again and again.
        ended_at = written_moment(row.get("end_time"))
        if ended_at is None or ended_at >= since:
            yield row


def _understood(rows: tuple[dict[str, Any], ...]) -> Iterator[Leg]:
    for row in rows:
        try:
            yield ended_leg(row)
        except NotUnderstood as fault:
            log.warning("history_not_understood", reason=str(fault))


def _conferences(
    client: ManagementClient, platform: VideoPlatform, since: datetime
) -> tuple[list[Conference], int]:
    """Return the conferences that run by our books, have ended and do not run again."""
    ended: dict[str, Conference] = {}
    odd = 0
    for row in _ended(client, "conference", since):
        try:
            one = ended_conference(row)
        except NotUnderstood as fault:
            log.warning("history_not_understood", reason=str(fault))
            odd += 1
            continue
        ended[one.name] = max(one, ended.get(one.name, one))
    with everywhere(reason="a platform tells of every tenant's calls"):
        ours = LiveConference.objects.unscoped(reason="a platform tells of every tenant's calls")
        stuck = set(
            ours.filter(platform=platform, is_running=True, name__in=list(ended)).values_list(
                "name", flat=True
            )
        )
    if stuck:
        # Several nodes tell of one name, and a name may run again.
        stuck -= {str(one.get("name")) for one in client.every("status", "conference")}
    return [ended[name] for name in stuck], odd
