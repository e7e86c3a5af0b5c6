"""Loads the room types, prices and video platform that the portal starts with."""

from typing import Any

from django.core.management.base import BaseCommand

from rooms.catalogue import load_catalogue, load_platform


class Command(BaseCommand):
    help = "Load the starting catalogue; what is there already stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        load_platform()
        self.stdout.write(f"{load_catalogue()} new room types")
