"""The port to a Pexip platform that the portal writes to."""

from __future__ import annotations

from collections.abc import Sequence

from rooms.platforms.models import VideoPlatform
from rooms.platforms.pexip.client import Login, ManagementClient
from rooms.platforms.pexip.devices import PexipDevices
from rooms.platforms.pexip.rooms import PexipRooms
from rooms.platforms.port import DeviceSpec, RoomSpec


def client_of(
    platform: VideoPlatform, *, seconds: tuple[float, float] | None = None
) -> ManagementClient:
    """Return a client of the platform's management API; ``seconds`` as it takes them."""
    return ManagementClient(
        Login(
            slug=platform.slug,
            url=platform.management_url,
            user=platform.management_user,
            password=str(platform.management_password),
            key=(
                str(platform.management_key)
                if platform.management_sign_in == VideoPlatform.SignIn.OAUTH2
                else ""
            ),
            verify=platform.verify_certificate,
            per_minute=platform.requests_per_minute,
        ),
        seconds=seconds,
    )


class Pexip:
    """Rooms and devices of one platform, over one client."""

    def __init__(self, platform: VideoPlatform) -> None:
        self.client = client_of(platform)
        self.rooms = PexipRooms(self.client)
        self.devices = PexipDevices(self.client)

    def put_room(self, spec: RoomSpec, *, adopts: str = "") -> None:
        self.rooms.put(spec, adopts=adopts)

    def remove_room(self, tag: str) -> None:
        self.rooms.remove(tag)

    def put_devices(self, tag: str, specs: Sequence[DeviceSpec]) -> None:
        self.devices.put(tag, specs)
