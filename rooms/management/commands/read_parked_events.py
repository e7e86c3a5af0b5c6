"""Lets deliveries of the event sink that could not be read be tried again."""

from typing import Any

from django.core.management.base import BaseCommand

from rooms.platforms.events import inbox


class Command(BaseCommand):
    help = "Read again what platforms told and the portal could not read: after an update."

    def handle(self, *args: Any, **options: Any) -> None:
        waiting = inbox.read_parked_again()
        events = inbox.drain()
        self.stdout.write(f"{waiting} parked deliveries tried again, {events} events read.")
