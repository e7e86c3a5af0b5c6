"""The tenants app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenantsConfig(AppConfig):
    name = "tenants"

    def ready(self) -> None:
        # Receivers connect on import; both libraries send their own signals.
        from tenants import checks, receivers, retention  # noqa: F401, PLC0415 - models must be loaded first
        from videoportal.kit import grants  # noqa: PLC0415 - as above

        # Of this app, not the kit: an app without models is not told. All tables are there by then.
        post_migrate.connect(grants.grant_rights, sender=self)
        post_migrate.connect(retention.open_the_door, sender=self)
