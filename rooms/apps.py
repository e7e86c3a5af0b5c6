"""The rooms app."""

from django.apps import AppConfig


class RoomsConfig(AppConfig):
    name = "rooms"

    def ready(self) -> None:
        # Receivers connect on import; allauth sends the signals.
        from rooms import receivers  # noqa: F401, PLC0415 - models must be loaded first
        from rooms.actions import RoomSender  # noqa: PLC0415 - as above
        from rooms.platforms.outbox.models import OutboxEntry  # noqa: PLC0415 - as above
        from rooms.platforms.outbox.senders import register  # noqa: PLC0415 - as above

        register(OutboxEntry.Kind.ROOM, RoomSender())
