"""What the operator does about a platform's outbox."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone

from rooms.actions.editing import send_after_commit
from rooms.models import OutboxEntry, PlatformContact
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox.queueing import Thing
from rooms.platforms.outbox.senders import sender_of
from tenants import audit
from tenants.access import require_operator
from tenants.models import User


@transaction.atomic
def send_parked_again(platform: VideoPlatform, *, by: User) -> int:
    """Send what the platform refused once more, and return how many things that were."""
    require_operator(by)
    parked = (
        OutboxEntry.objects.unscoped(reason="the operator looks after every tenant's rooms")
        .to(platform)
        .parked()
    )
    things = [
        Thing(OutboxEntry.Kind(one.kind), one.key, one.platform_id, one.organisation_id)
        for one in parked
    ]
    # A change locks the thing first and its place in the outbox after.
    for kind in sorted({thing.kind for thing in things}):
        sender_of(kind).renew([thing.key for thing in things if thing.kind == kind])
    send_after_commit(things)
    _record("rooms.outbox.sent_again", platform, by, len(things))
    return len(things)


@transaction.atomic
def ask_platform_now(platform: VideoPlatform, *, by: User) -> None:
    """Ask a platform that rests at once: somebody knows that it is there again."""
    from rooms.tasks import queue_drains  # noqa: PLC0415 - tasks import the actions

    require_operator(by)
    PlatformContact.objects.filter(platform=platform, resting_until__isnull=False).update(
        resting_until=timezone.now()
    )
    transaction.on_commit(partial(queue_drains, [platform.pk]))
    _record("rooms.outbox.asked", platform, by, 0)


def _record(action: str, platform: VideoPlatform, by: User, count: int) -> None:
    audit.record(
        action,
        by=by,
        organisation=None,
        target=platform,
        label=platform.name,
        after={"sent_again": count} if count else {},
    )
