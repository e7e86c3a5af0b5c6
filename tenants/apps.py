"""The tenants app."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"

    def ready(self) -> None:
        # Receivers connect on import; both libraries send their own signals.
        from tenants import receivers  # noqa: F401, PLC0415 - models must be loaded first
