"""What the operator does about deliveries of events that could not be read."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from rooms.platforms.events import inbox
from rooms.platforms.models import SinkDelivery, VideoPlatform
from tenants import audit
from tenants.access import require_operator
from tenants.models import User


@transaction.atomic
def read_parked_deliveries(platform: VideoPlatform, *, by: User) -> int:
    """Let the platform's parked deliveries be read once more; return how many.

    The next turn reads them, within seconds. What it cannot read is parked again.
    """
    require_operator(by)
    count = inbox.read_parked_again(platform.pk)
    _record("rooms.platform.parked_read_again", platform, by, count)
    return count


@transaction.atomic
def discard_parked_deliveries(platform: VideoPlatform, *, by: User, until: datetime) -> int:
    """Delete the platform's deliveries that were parked by then, for good; return how many.

    What was parked after the operator looked stays.
    """
    require_operator(by)
    shown = SinkDelivery.objects.parked().filter(platform=platform, parked_at__lte=until)
    count, _by_model = shown.delete()
    _record("rooms.platform.parked_discarded", platform, by, count)
    return count


def _record(action: str, platform: VideoPlatform, by: User, count: int) -> None:
    if count:
        audit.record(action, by=by, organisation=None, target=platform, after={"deliveries": count})
