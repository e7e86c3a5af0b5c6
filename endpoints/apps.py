"""The endpoints app."""

from django.apps import AppConfig


class EndpointsConfig(AppConfig):
    name = "endpoints"

    def ready(self) -> None:
        # Models must be loaded first.
        from endpoints.provisioning import EndpointHolders, EndpointSender  # noqa: PLC0415
        from rooms.platforms import holders  # noqa: PLC0415
        from rooms.platforms.outbox.models import OutboxEntry  # noqa: PLC0415
        from rooms.platforms.outbox.senders import register  # noqa: PLC0415

        register(OutboxEntry.Kind.DEVICE, EndpointSender())
        holders.register(EndpointHolders())
