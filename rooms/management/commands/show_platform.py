"""Prints what an operator enters in the video platform."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rooms.platforms.models import VideoPlatform
from videoportal.kit.links import absolute


class Command(BaseCommand):
    help = "Show the addresses and passwords to enter in a video platform."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?", default="", help="the usual platform without it")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        chosen = {"slug": slug} if slug else {"is_default": True}
        platform = VideoPlatform.objects.filter(**chosen).first()
        if platform is None:
            known = ", ".join(VideoPlatform.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no platform {slug!r}. Known: {known}.")
        base = absolute(f"/platforms/{platform.slug}")
        values = {
            "name": platform.name,
            "kind": platform.kind,
            "state": platform.state,
            "domain": platform.domain,
            "policy_url": base,
            "policy_user": platform.policy_user,
            "policy_password": str(platform.policy_password),
            "events_url": f"{base}/events",
            "events_user": platform.sink_user,
            "events_password": str(platform.sink_password),
        }
        if options["json"]:
            self.stdout.write(json.dumps(values))
            return
        for name, value in values.items():
            self.stdout.write(f"{name:<16} {value}")
