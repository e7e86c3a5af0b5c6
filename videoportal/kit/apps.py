"""The kit as an app: its template tags and system checks."""

from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "videoportal.kit"

    def ready(self) -> None:
        """Register the system checks."""
        from videoportal.kit import checks  # noqa: F401, PLC0415 - checks read the app registry
