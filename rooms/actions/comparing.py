"""A platform held against the portal, and what is done about the differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from itertools import batched, chain
from operator import attrgetter
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.actions.editing import NotPossible, mark_untold, send_after_commit, tell_platforms
from rooms.models import PlatformComparison, PlatformDifference, Room
from rooms.platforms.comparing.devices import DEVICE, DeviceFinder
from rooms.platforms.comparing.finding import Finder
from rooms.platforms.holders import holders
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox.queueing import Thing
from rooms.platforms.outbox.senders import sender_of
from rooms.platforms.port import PlatformRefused, PlatformUnavailable
from tenants import audit
from tenants.access import require_operator
from tenants.models import User

log = structlog.get_logger(__name__)

# A comparison that was not done after so long was cut off.
LONGEST = timedelta(hours=1)
CHUNK = 500


def can_compare(platform: VideoPlatform) -> bool:
    """Return whether the platform has rooms of the portal to compare with."""
    return bool(platform.writes_rooms and platform.management_url)


@transaction.atomic
def start_comparison(platform: VideoPlatform, *, by: User | None) -> PlatformComparison:
    """Return a comparison that is carried out after commit; one that runs already is returned.

    ``by`` is None for the schedule. Raises :class:`NotPossible` for a platform that the portal
    does not write to.
    """
    from rooms.tasks import queue_comparison  # noqa: PLC0415 - tasks import the actions

    comparison, is_new = _begin(platform, by=by)
    if is_new:
        transaction.on_commit(partial(queue_comparison, comparison.pk))
    return comparison


def compare_now(
    platform: VideoPlatform, *, tell: Callable[[PlatformDifference], None] | None = None
) -> PlatformComparison:
    """Return a comparison of the platform, carried out at once; for the command.

    Raises :class:`NotPossible`, also while another comparison runs.
    """
    with transaction.atomic():
        comparison, is_new = _begin(platform, by=None)
    if not is_new:
        raise NotPossible(_("A comparison of this platform is running already."))
    return run_comparison(comparison, tell=tell)


def _begin(platform: VideoPlatform, *, by: User | None) -> tuple[PlatformComparison, bool]:
    if by is not None:
        require_operator(by)
    if not can_compare(platform):
        raise NotPossible(_("The portal does not write rooms to this platform."))
    VideoPlatform.objects.select_for_update().get(pk=platform.pk)
    comparisons = PlatformComparison.objects
    running = comparisons.running_since(timezone.now() - LONGEST)
    latest = comparisons.latest_of(platform)
    if latest is not None and latest in running:
        return latest, False
    comparison = comparisons.create(platform=platform, started_by=by)
    audit.record(
        "rooms.platform.compared", by=by, organisation=None, target=platform, label=platform.name
    )
    return comparison, True


def run_comparison(
    comparison: PlatformComparison,
    *,
    tell: Callable[[PlatformDifference], None] | None = None,
) -> PlatformComparison:
    """Carry out a comparison and return it; reading alone, nothing is mended.

    ``tell`` hears each difference as it is found. Run again it starts from the beginning. A
    platform that does not answer ends it with the reason, and what was found before stands.
    """
    if comparison.finished_at is not None:
        return comparison
    differences = PlatformDifference.objects.unscoped(reason="a platform has every tenant's rooms")
    differences.of(comparison).order_by().delete()

    rooms = Finder(comparison.platform, tell=partial(setattr, comparison, "conferences"))
    devices = DeviceFinder(comparison.platform, tell=partial(setattr, comparison, "devices"))
    try:
        for chunk in batched(chain(rooms, devices), CHUNK, strict=False):
            for found in chunk:
                found.comparison = comparison
                if tell is not None:
                    tell(found)
            PlatformDifference.objects.bulk_create(chunk)
    except (PlatformRefused, PlatformUnavailable) as error:
        log.warning("comparison_stopped", platform=comparison.platform_id, reason=str(error))
        comparison.failure = str(error)
    except (LookupError, TypeError, ValueError, AttributeError):
        # An answer in a shape that no platform has: somebody must look at the log.
        log.exception("comparison_not_understood", platform=comparison.platform_id)
        comparison.failure = "The platform answered with something that makes no sense."
    comparison.finished_at = timezone.now()
    comparison.save(update_fields=["conferences", "devices", "failure", "finished_at"])
    PlatformComparison.objects.older_than(comparison).delete()
    return comparison


@transaction.atomic
def repair_differences(
    comparison: PlatformComparison, ids: list[int] | None = None, *, by: User | None
) -> int:
    """Queue what mends these differences, all that can be without ``ids``; return how many.

    Rooms and endpoints of ours are sent again, and what is left over of closed ones is taken
    away. What the portal did not make is never touched. ``by`` is None for the command.
    """
    if by is not None:
        require_operator(by)
    chosen = (
        PlatformDifference.objects.unscoped(reason="a platform has every tenant's rooms")
        .of(comparison)
        .repairable()
    )
    if ids is not None:
        chosen = chosen.with_ids(ids)
    differences = list(chosen.select_for_update(of=("self",)))
    devices = [one for one in differences if one.thing == DEVICE]
    rooms = [one for one in differences if one.thing != DEVICE]
    _send_again([one for one in rooms if one.room_id is not None])
    _queue([one for one in rooms if one.room_id is None], comparison)
    # Those that are to go as well: until they are gone, they wait.
    sender_of(DEVICE).renew([one.key for one in devices if one.key is not None])
    _queue(devices, comparison)
    endpoints = holders().rows([one.key for one in devices if one.key is not None])
    audit.record_many(_entry(one, by, endpoints) for one in differences)
    now = timezone.now()
    PlatformDifference.objects.unscoped(reason="a platform has every tenant's rooms").with_ids(
        [one.pk for one in differences]
    ).update(repaired_at=now)
    return len(differences)


def _send_again(differences: list[PlatformDifference]) -> None:
    rooms = Room.objects.unscoped(reason="a platform has every tenant's rooms").filter(
        pk__in={one.room_id for one in differences}
    )
    list(rooms.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    found = list(rooms)
    mark_untold(found)
    tell_platforms(found)


def _queue(differences: list[PlatformDifference], comparison: PlatformComparison) -> None:
    # An endpoint with two addresses that differ is sent once.
    things = {
        Thing(one.thing, one.key, comparison.platform_id, one.organisation_id)
        for one in differences
        if one.key is not None and one.organisation_id is not None
    }
    send_after_commit(sorted(things, key=attrgetter("key")))


def _entry(
    one: PlatformDifference, by: User | None, endpoints: Mapping[UUID, Any]
) -> dict[str, Any]:
    # Names of fields alone: the values are the room's own, and some of them secret.
    aliases = ["aliases"] if one.missing_aliases or one.foreign_aliases else []
    return {
        "action": "rooms.platform.repaired",
        "by": by,
        "organisation": one.organisation_id,
        "target": one.room
        or (endpoints.get(one.key) if one.key else None)
        or one.comparison.platform,
        "label": one.name,
        "after": {"difference": one.kind, "on_platform": [*sorted(one.fields), *aliases]},
    }
