"""Reads a platform's history, further back than the schedule does."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from rooms.platforms.events import reading
from rooms.platforms.models import VideoPlatform
from rooms.platforms.port import PlatformRefused, PlatformUnavailable


class Command(BaseCommand):
    help = "Fill what a platform's events left open out of its history. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument(
            "--since", type=date.fromisoformat, metavar="YYYY-MM-DD", help="from that day on"
        )

    def handle(self, *args: Any, slug: str, since: date | None, **options: Any) -> None:
        platform = VideoPlatform.objects.filter(slug=slug).first()
        if platform is None:
            raise CommandError(f"There is no platform {slug!r}.")
        if not platform.management_url:
            raise CommandError("The platform has no address for its management API.")
        moment = None
        if since is not None:
            moment = timezone.make_aware(datetime.combine(since, datetime.min.time()))
            # What is older would be deleted again the same night.
            moment = max(moment, timezone.now() - timedelta(days=settings.CALL_LEG_DAYS))
        try:
            read = reading.read_history(platform, since=moment)
        except (PlatformRefused, PlatformUnavailable) as error:
            raise CommandError(f"The history was not read to its end: {error}") from error
        self.stdout.write(
            f"{read.calls} calls read, {read.gained} of them new or newly ended, "
            f"{read.odd} not understood"
        )
