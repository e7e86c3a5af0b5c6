"""Prints what an operator enters in the video platform, and how it is with it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from rooms.platforms import facts
from rooms.platforms.models import VideoPlatform
from videoportal.kit.scope import everywhere


class Command(BaseCommand):
    help = "Show the addresses and passwords to enter in a video platform, its queues and faults."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "slug",
            nargs="?",
            default="",
            metavar="name",
            help="short name or name; the usual platform without it",
        )
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        chosen = Q(slug=slug) | Q(name=slug) if slug else Q(is_default=True)
        # Two platforms may share a name, never a short one, so the short name wins.
        named = sorted(VideoPlatform.objects.filter(chosen), key=lambda one: one.slug != slug)
        platform = named[0] if named else None
        if platform is None:
            known = ", ".join(VideoPlatform.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no platform {slug!r}. Known: {known}.")
        with everywhere(reason="the operator sees counts over a platform, no names"):
            found = facts.facts_of(platform.slug)
        assert found is not None  # noqa: S101 - tells the type; it was found a moment ago
        entered = facts.entered(platform)
        values = {
            "name": platform.name,
            "kind": platform.kind,
            "state": platform.state,
            "domain": platform.domain,
            "policy_url": entered.policy_url,
            "policy_user": platform.policy_user,
            "policy_password": str(platform.policy_password),
            "events_url": entered.events_url,
            "events_user": platform.sink_user,
            "events_password": str(platform.sink_password),
            **facts.as_values(found),
        }
        if options["json"]:
            self.stdout.write(json.dumps(values))
            return
        widest = max(map(len, values))
        for name, value in values.items():
            words = ", ".join(value) if isinstance(value, list) else "" if value is None else value
            self.stdout.write(f"{name:<{widest}} {words}".rstrip())
