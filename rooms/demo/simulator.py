"""The simulator of `make run` as the demo's video platform."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from rooms.choices import Provisioning
from rooms.demo.people import BJORKELIA, SOLVFJORD, STORELV
from rooms.models import Room
from rooms.platforms.models import VideoPlatform
from videoportal.kit.fields import Secret

LOOPBACK = "http://127.0.0.1:"
# Where meetings go on, one in each line: seen by the demo's administrators, and by its reseller.
MEETINGS = ((SOLVFJORD,), (STORELV, BJORKELIA))
ROOMS_EACH = 8


def connect_simulator(*, url: str, user: str, password: str, portal: str) -> dict[str, Any]:
    """Make the simulator at ``url`` the usual platform, and return what it must know.

    Returns nothing, and changes nothing, where the usual platform is a real one.
    """
    platform = VideoPlatform.objects.usual()
    is_simulated = platform.kind == VideoPlatform.Kind.SIMULATOR
    if not is_simulated and not platform.management_url.startswith(LOOPBACK):
        return {}
    platform.kind = VideoPlatform.Kind.PEXIP
    platform.management_url = url
    platform.management_sign_in = VideoPlatform.SignIn.BASIC
    platform.management_user = user
    platform.management_password = Secret(password)
    platform.save(
        update_fields=[
            "kind",
            "management_url",
            "management_sign_in",
            "management_user",
            "management_password",
        ]
    )
    address = f"{portal}/platforms/{platform.slug}"
    # A lookup without an answer would be told as «not found» at every call.
    lookups = ["service", "participant"] + ["media_location"] * bool(platform.media_locations)
    return {
        "policy": {
            "url": address,
            "user": platform.policy_user,
            "password": str(platform.policy_password),
        },
        "sink": {
            "url": f"{address}/events",
            "user": platform.sink_user,
            "password": str(platform.sink_password),
        },
        "lookups": lookups,
        "themes": sorted(set(platform.themes.values())),
        "meetings": [
            list(_rooms(numbers).values_list("number", flat=True)[:ROOMS_EACH])
            for numbers in MEETINGS
        ],
    }


def _rooms(organisation_numbers: tuple[str, ...]) -> QuerySet[Room]:
    return (
        Room.objects.unscoped(reason="the demo's meetings go on in several of its organisations")
        .open()
        .filter(
            organisation__organisation_number__in=organisation_numbers,
            order_key__startswith="demo-",
            provisioning=Provisioning.READY,
            terminated_on=None,
        )
        .order_by("order_key")
    )
