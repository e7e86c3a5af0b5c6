"""Times at which things happened."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone


def moment(day: date, random: Random) -> datetime:
    """Return a time in the working hours of that day, and never one still to come."""
    moment = datetime.combine(day, time(random.randint(8, 15), random.randint(0, 59)))
    return min(timezone.make_aware(moment), timezone.now() - timedelta(minutes=5))
