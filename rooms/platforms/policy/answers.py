"""What the platform is told, made from one row. Pure: no database, no request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rooms.choices import Quality
from rooms.platforms.policy.lookup import Asked
from videoportal.kit.fields import decrypt

BITS = 1000  # a platform's pages count call rates in kbit/s, its policy in bit/s


def room_name(name: str, number: str) -> str:
    """Return the room's name on the platform, where no two may be alike; numbers are not."""
    return f"{name} ({number})"[:250]


def room_tag(organisation_id: int, public_id: Any) -> str:
    """Return the tag that comes back with every event: whose room it is, and which."""
    return f"{organisation_id}:{public_id}"


def service_result(asked: Asked) -> dict[str, Any]:
    """Return the service configuration of the room. Source: docs/pexip.md, External policy.

    What is empty is left out: the platform drops an answer with an empty field.
    """
    room, platform = asked.room, asked.platform
    assert room is not None  # noqa: S101 - tells the type; the view asks for rooms alone
    is_lecture = room["service_type"] == "lecture"
    full_hd = room["quality"] == Quality.FULL_HD
    callrate = platform["callrate_fullhd"] if full_hd else platform["callrate_hd"]
    result: dict[str, Any] = {
        "service_type": room["service_type"],
        "name": room_name(room["name"], room["number"]),
        "service_tag": room_tag(room["organisation_id"], room["public_id"]),
        "description": room["description"],
        "primary_owner_email_address": room["owner_email"],
        "allow_guests": room["guests_allowed"],
        "pin": decrypt(room["host_pin"]),
        "guest_pin": decrypt(room["guest_pin"]),
        # Locked from the start: guests wait until the host lets them in.
        "locked": room["autolock"],
        "participant_limit": room["participant_limit"],
        "enable_chat": "yes" if room["chat"] else "no",
        "enable_overlay_text": room["show_names"],
        "guests_can_present": room["guests_may_present"],
        "max_pixels_per_second": "fullhd" if full_hd else "hd",
        "ivr_theme_name": _mapped(platform["themes"]).get(room["theme"], ""),
    }
    if callrate is not None:
        result["max_callrate_in"] = result["max_callrate_out"] = callrate * BITS
    if is_lecture:
        # The layout is the whole room's, as in what the portal writes to the platform.
        result["host_view"] = result["guest_view"] = room["layout"]
    else:
        result["view"] = room["layout"]
    return {name: value for name, value in result.items() if value not in ("", None)}


def participant_result(asked: Asked) -> dict[str, Any]:
    """Return the properties of a participant in the room. Source: docs/pexip.md, External policy.

    Nobody's name is shown where the room says so; roles are left to the PIN.
    """
    assert asked.room is not None  # noqa: S101 - as above
    return {} if asked.room["show_names"] else {"disable_overlay_text": True}


def location_result(asked: Asked, location: str) -> dict[str, Any] | None:
    """Return where media is to go for a call from ``location``; None to leave it to the platform.

    Source: docs/pexip.md, External policy.
    """
    entry = _mapped(asked.platform["media_locations"]).get(location)
    if not isinstance(entry, dict) or not entry.get("location"):
        return None
    result: dict[str, Any] = {"location": str(entry["location"])}
    if overflow := [str(name) for name in entry.get("overflow_locations", ()) if name]:
        result["overflow_locations"] = overflow
    return result


def _mapped(stored: Any) -> Mapping[str, Any]:
    """Return a JSON column as a mapping: a raw cursor may give its text."""
    value = json.loads(stored) if isinstance(stored, str) else stored
    return value if isinstance(value, dict) else {}
