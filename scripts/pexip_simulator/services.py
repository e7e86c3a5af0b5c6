"""What an address leads to: a service as the portal's policy answers it, or as configured here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scripts.pexip_simulator.resources import LAYOUTS, POLICY_LAYOUTS, THREE_WAYS
from scripts.pexip_simulator.store import Row, Store
from scripts.pexip_simulator.validation import pin_faults

BOOLEANS = frozenset(
    {
        "allow_guests", "breakout_rooms", "bypass_proxy", "denoise_enabled",
        "enable_active_speaker_indication", "enable_overlay_text", "force_presenter_into_main",
        "guests_can_present", "locked", "mute_all_guests", "prefer_ipv6", "softmute_enabled",
    }
)  # fmt: skip
WORDS: dict[str, tuple[Any, ...]] = {
    "service_type": (
        "conference", "lecture", "two_stage_dialing", "test_call", "gateway", "media_playback",
    ),
    "call_type": ("video", "video-only", "audio"),
    "crypto_mode": ("besteffort", "on", "off"),
    "direct_media": ("never", "best_effort", "always"),
    "enable_chat": THREE_WAYS,
    "live_captions_enabled": THREE_WAYS,
    "guests_can_see_guests": ("no_hosts", "always", "never"),
    "max_pixels_per_second": ("sd", "hd", "fullhd"),
    "non_idp_participants": ("disallow_all", "allow_if_trusted"),
    "view": POLICY_LAYOUTS,
    "host_view": LAYOUTS,
    "guest_view": LAYOUTS,
}  # fmt: skip
NUMBERS = {
    "participant_limit": (0, 1_000_000),
    "max_callrate_in": (128_000, 8_192_000),
    "max_callrate_out": (128_000, 8_192_000),
    "direct_media_notification_duration": (0, 30),
}
# Names of what must be configured here, or the whole answer fails.
NAMES = {
    "ivr_theme_name": "ivr_theme",
    "host_identity_provider_group": "identity_provider_group",
    "guest_identity_provider_group": "identity_provider_group",
    "system_location_name": "system_location",
}
TEXTS = frozenset(
    {
        "name", "service_tag", "description", "pin", "guest_pin", "pinning_config",
        "primary_owner_email_address", "local_display_name", "live_captions_language",
        "source_language", "match_string", "replace_string", "post_match_string",
        "post_replace_string", "two_stage_dial_type", "local_alias", "remote_alias",
        "outgoing_protocol", "media_playlist_name", "teams_proxy_name", "mssip_proxy_name",
        "gms_access_token_name",
    }
)  # fmt: skip
MAY_BE_EMPTY = frozenset({"pin", "guest_pin"})
LECTURE_ONLY = ("host_view", "guest_view")
# These may differ between two answers about one running service.
MAY_CHANGE = frozenset(
    {
        "pin", "guest_pin", "host_identity_provider_group", "guest_identity_provider_group",
        "max_callrate_in", "max_callrate_out",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Service:
    """A room as a call meets it."""

    name: str
    tag: str
    type: str
    pin: str
    guest_pin: str
    allow_guests: bool
    locked: bool
    limit: int | None
    mute_guests: bool
    source: str
    steady: tuple[tuple[str, str], ...] = ()


def service_of(answer: Row) -> Service:
    """Return the service of a faultless policy answer."""
    return Service(
        name=answer["name"],
        tag=answer["service_tag"],
        type=answer["service_type"],
        pin=answer.get("pin", ""),
        guest_pin=answer.get("guest_pin", ""),
        allow_guests=answer.get("allow_guests", False),
        locked=answer.get("locked", False),
        limit=answer.get("participant_limit"),
        mute_guests=answer.get("mute_all_guests", False),
        source="policy",
        steady=tuple(
            (name, repr(value)) for name, value in sorted(answer.items()) if name not in MAY_CHANGE
        ),
    )


def configured(store: Store, address: str) -> Service | None:
    """Return the service that this platform's own configuration has for an address."""
    with store.lock:
        alias = store.find("conference_alias", "alias", address)
        row = alias and store.at(alias["conference"], "conference")
        if not row:
            return None
        return Service(
            name=row["name"],
            tag=row["tag"],
            type=row["service_type"],
            pin=row["pin"],
            guest_pin=row["guest_pin"],
            allow_guests=row["allow_guests"],
            locked=False,
            limit=row["participant_limit"],
            mute_guests=row["mute_all_guests"],
            source="configuration",
        )


def service_faults(store: Store, answer: Row) -> list[str]:
    """Return why a policy answer about a service would be dropped, one sentence a fault."""
    faults = [f"{name} is missing" for name in ("name", "service_tag", "service_type")
              if name not in answer]  # fmt: skip
    for name, value in answer.items():
        fault = _value_fault(store, name, value)
        if fault:
            faults.append(f"{name} {fault}")
    if faults:
        return faults
    kind = answer["service_type"]
    if kind != "conference" and "view" in answer:
        faults.append("view is for conferences only")
    if kind != "lecture":
        faults += [f"{name} is for lectures only" for name in LECTURE_ONLY if name in answer]
    if kind in ("conference", "lecture"):
        pins = pin_faults(
            guests=answer.get("allow_guests", False),
            pin=answer.get("pin", ""),
            guest_pin=answer.get("guest_pin", ""),
            shortest=store.settings()["min_pin_length"],
        )
        faults += [f"{name}: {sentence}" for name, sentence in pins.items()]
    return faults


def _value_fault(store: Store, name: str, value: Any) -> str:
    if value is None or (value == "" and name not in MAY_BE_EMPTY):
        return "is null or empty"
    if isinstance(value, str) and len(value) > 250:
        return "is longer than 250 characters"
    if name in BOOLEANS:
        return "" if isinstance(value, bool) else "is no boolean"
    if name in WORDS:
        return "" if value in WORDS[name] else f"has an unknown value {value!r}"
    if name in NUMBERS:
        low, high = NUMBERS[name]
        right = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        return "" if right else f"is not a whole number from {low} to {high}"
    if name in NAMES:
        return "" if store.find(NAMES[name], "name", value) else f"names no {NAMES[name]}"
    if name in TEXTS:
        return "" if isinstance(value, str) else "is no text"
    if name == "automatic_participants":
        return _automatic_fault(value)
    return "is not a field of the answer" if not name.startswith("breakout") else ""


def _automatic_fault(value: Any) -> str:
    if not isinstance(value, list):
        return "is no list"
    for item in value:
        needed = ("local_alias", "remote_alias", "protocol", "role")
        if not isinstance(item, dict) or not all(item.get(name) for name in needed):
            return f"needs {', '.join(needed)}"
        if item["protocol"] not in ("h323", "sip", "mssip", "rtmp"):
            return "has an unknown protocol"
        if item["role"] not in ("chair", "guest"):
            return "has an unknown role"
    return ""
