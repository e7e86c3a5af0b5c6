"""The configuration resources: their fields, what may stand in them, what can be asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ROOT = "/api/admin"
CONFIGURATION = f"{ROOT}/configuration/v1"

OPERATORS = (
    "exact", "iexact", "contains", "icontains", "startswith", "istartswith", "endswith",
    "iendswith", "regex", "iregex", "lt", "lte", "gt", "gte", "in",
)  # fmt: skip

LAYOUTS = (
    "one_main_zero_pips", "one_main_seven_pips", "one_main_twentyone_pips",
    "two_mains_twentyone_pips", "one_main_thirtythree_pips", "four_mains_zero_pips",
    "nine_mains_zero_pips", "sixteen_mains_zero_pips", "twentyfive_mains_zero_pips",
    "five_mains_seven_pips",
)  # fmt: skip
POLICY_LAYOUTS = (
    *LAYOUTS, "one_main_one_pip", "one_main_nine_around", "one_main_twelve_around",
    "two_mains_eight_around", "teams",
)  # fmt: skip
THREE_WAYS = ("default", "yes", "no")


@dataclass(frozen=True)
class Field:
    """One field. ``type`` is the word that the schema uses for it."""

    type: str = "string"
    default: Any = ""
    longest: int | None = None
    required: bool = False
    unique: bool = False
    nullable: bool = False
    readonly: bool = False
    choices: tuple[Any, ...] = ()
    low: int | None = None
    high: int | None = None
    related: str = ""
    many: bool = False


def text(longest: int = 250, **more: Any) -> Field:
    return Field(longest=longest, **more)


def flag(default: bool = False) -> Field:
    return Field("boolean", default)


def whole(low: int, high: int, default: int | None = None) -> Field:
    return Field("integer", default, nullable=default is None, low=low, high=high)


def choice(default: Any, *words: Any) -> Field:
    return Field(default=default, choices=words, nullable=None in words)


def link(resource: str, *, required: bool = False) -> Field:
    return Field("related", None, nullable=not required, required=required, related=resource)


def links(resource: str) -> Field:
    return Field("related", (), related=resource, many=True)


CREATED = Field("datetime", None, nullable=True)
COMMON = {
    "id": Field("integer", None, readonly=True),
    "resource_uri": Field(default=None, readonly=True),
}


@dataclass(frozen=True)
class Resource:
    """One configuration resource. ``title`` is how messages call it."""

    name: str
    title: str
    fields: dict[str, Field]
    filters: tuple[str, ...] = ()
    ordering: tuple[str, ...] = ()
    singleton: bool = False
    all_fields: dict[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "all_fields", {**self.fields, **COMMON})

    @property
    def path(self) -> str:
        return f"{CONFIGURATION}/{self.name}/"

    @property
    def filterable(self) -> tuple[str, ...]:
        plain = (name for name, spec in self.all_fields.items() if spec.type != "related")
        return self.filters or tuple(plain)

    @property
    def sortable(self) -> tuple[str, ...]:
        return self.ordering or tuple(
            name for name, spec in self.all_fields.items() if not spec.many
        )

    def schema(self) -> dict[str, Any]:
        """Return what ``<resource>/schema/`` answers."""
        on_list = ["get", "patch"] if self.singleton else ["get", "post", "patch", "delete"]
        detail = ["get", "patch", "put"] if self.singleton else ["get", "patch", "put", "delete"]
        return {
            "allowed_detail_http_methods": detail,
            "allowed_list_http_methods": on_list,
            "default_format": "application/json",
            "default_limit": 20,
            "fields": {name: _described(spec) for name, spec in self.all_fields.items()},
            "filtering": dict.fromkeys(self.filterable, 1),
            "ordering": list(self.sortable),
        }


def _described(spec: Field) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "type": spec.type,
        "blank": not spec.required,
        "default": "No default provided." if spec.required else spec.default,
        "help_text": "",
        "nullable": spec.nullable,
        "readonly": spec.readonly,
        "unique": spec.unique,
    }
    if spec.related:
        shown["related_type"] = "to_many" if spec.many else "to_one"
    if spec.choices:
        shown["valid_choices"] = list(spec.choices)
    return shown


CONFERENCE = Resource(
    "conference",
    "Conference",
    {
        "name": text(required=True, unique=True),
        "description": text(),
        "service_type": choice(
            "conference", "conference", "lecture", "two_stage_dialing", "test_call",
            "media_playback",
        ),
        "aliases": links("conference_alias"),
        "pin": text(20),
        "guest_pin": text(20),
        "allow_guests": flag(),
        "tag": text(),
        "sync_tag": text(),
        "primary_owner_email_address": text(100),
        "participant_limit": whole(0, 1_000_000),
        "call_type": choice("video", "video", "video-only", "audio"),
        "crypto_mode": choice(None, None, "", "besteffort", "on", "off"),
        "max_callrate_in": whole(128, 8192),
        "max_callrate_out": whole(128, 8192),
        "max_pixels_per_second": choice(None, None, "sd", "hd", "fullhd"),
        "host_view": choice("one_main_seven_pips", *LAYOUTS),
        "guest_view": choice(None, None, *LAYOUTS),
        "enable_chat": choice("default", *THREE_WAYS),
        "live_captions_enabled": choice("default", *THREE_WAYS),
        "enable_overlay_text": flag(),
        "enable_active_speaker_indication": flag(),
        "guests_can_present": flag(default=True),
        "guests_can_see_guests": choice("no_hosts", "no_hosts", "always", "never"),
        "mute_all_guests": flag(),
        "force_presenter_into_main": flag(),
        "breakout_rooms": flag(),
        "direct_media": choice("never", "never", "best_effort", "always"),
        "direct_media_notification_duration": whole(0, 30, 0),
        "denoise_enabled": flag(),
        "softmute_enabled": flag(),
        "host_identity_provider_group": link("identity_provider_group"),
        "guest_identity_provider_group": link("identity_provider_group"),
        "non_idp_participants": choice("disallow_all", "disallow_all", "allow_if_trusted"),
        "ivr_theme": link("ivr_theme"),
        "pinning_config": text(),
        "automatic_participants": links("automatic_participant"),
        "match_string": text(),
        "replace_string": text(),
        "post_match_string": text(),
        "post_replace_string": text(),
        "two_stage_dial_type": choice("regular", "regular", "mssip", "gms", "teams"),
        "mssip_proxy": link("mssip_proxy"),
        "teams_proxy": link("teams_proxy"),
        "gms_access_token": link("gms_access_token"),
        "system_location": link("system_location"),
        "media_playlist": link("media_playlist"),
        "on_completion": text(),
        "scheduled_conferences": Field("list", (), readonly=True),
        "scheduled_conferences_count": Field("integer", 0, readonly=True),
        "creation_time": CREATED,
    },
    filters=(
        "allow_guests", "creation_time", "description", "enable_chat", "enable_overlay_text",
        "gms_access_token", "guest_pin", "ivr_theme", "max_callrate_in", "max_callrate_out",
        "media_playlist", "mssip_proxy", "name", "participant_limit", "pin",
        "primary_owner_email_address", "scheduled_conferences", "scheduled_conferences_count",
        "service_type", "system_location", "tag", "two_stage_dial_type", "aliases",
    ),
    ordering=(
        "name", "tag", "description", "service_type", "pin", "allow_guests", "enable_chat",
        "guest_pin", "max_callrate_in", "max_callrate_out", "participant_limit",
        "primary_owner_email_address", "enable_overlay_text", "creation_time",
    ),
)  # fmt: skip

OTHERS = (
    Resource(
        "conference_alias",
        "Conference alias",
        {
            "alias": text(required=True, unique=True),
            "conference": link("conference", required=True),
            "description": text(),
            "view_order": Field("integer", None, nullable=True),
            "creation_time": CREATED,
        },
        filters=("alias", "conference", "description", "creation_time", "id"),
    ),
    Resource(
        "automatic_participant",
        "Automatic participant",
        {
            "alias": text(required=True),
            "conference": links("conference"),
            "description": text(),
            "protocol": choice("sip", "sip", "h323", "mssip", "rtmp", "gms", "teams"),
            "call_type": choice("video", "video", "video-only", "audio"),
            "role": choice("guest", "guest", "chair"),
            "dtmf_sequence": text(),
            "keep_conference_alive": choice(
                "keep_conference_alive_if_multiple",
                "keep_conference_alive",
                "keep_conference_alive_if_multiple",
                "keep_conference_alive_never",
            ),
            "routing": choice("manual", "manual", "routing_rule"),
            "streaming": flag(),
            "remote_display_name": text(),
            "presentation_url": text(),
            "system_location": link("system_location"),
            "creation_time": CREATED,
        },
    ),
    Resource(
        "device",
        "Device",
        {
            "alias": text(required=True, unique=True),
            "description": text(),
            "username": text(100),
            "password": text(100),
            "primary_owner_email_address": text(100),
            "enable_sip": flag(),
            "enable_h323": flag(),
            "enable_infinity_connect_non_sso": flag(),
            "enable_infinity_connect_sso": flag(),
            "enable_standard_sso": flag(),
            "sso_identity_provider_group": link("identity_provider_group"),
            "tag": text(),
            "sync_tag": text(),
            "creation_time": CREATED,
        },
    ),
    Resource(
        "end_user",
        "User",
        {
            "primary_email_address": text(100, required=True, unique=True),
            "first_name": text(),
            "last_name": text(),
            "display_name": text(),
            "telephone_number": text(100),
            "mobile_number": text(100),
            "department": text(100),
            "title": text(128),
            "avatar_url": text(255),
            "description": text(),
            "user_groups": links("user_group"),
            "user_oid": text(nullable=True),
            "exchange_user_id": text(nullable=True),
            "ms_exchange_guid": text(nullable=True),
            "sync_tag": text(),
            "uuid": text(nullable=True),
        },
    ),
    Resource(
        "ivr_theme",
        "Theme",
        {
            "name": text(required=True, unique=True),
            "uuid": text(nullable=True),
            "custom_layouts": Field(nullable=True, default=None),
            "pinning_configs": Field(nullable=True, default=None),
            "last_updated": CREATED,
        },
    ),
    Resource(
        "gateway_routing_rule",
        "Call routing rule",
        {
            "name": text(required=True, unique=True),
            "priority": whole(1, 200, 200),
            "enable": flag(default=True),
            "match_string": text(required=True),
            "replace_string": text(),
            "match_incoming_calls": flag(default=True),
            "match_outgoing_calls": flag(),
            "match_incoming_sip": flag(default=True),
            "match_incoming_h323": flag(default=True),
            "match_incoming_webrtc": flag(default=True),
            "match_incoming_mssip": flag(default=True),
            "called_device_type": choice(
                "external", "external", "registration", "mssip_conference_id", "mssip_server",
                "gms_conference", "teams_conference", "teams_user", "telehealth_profile",
            ),
            "outgoing_protocol": choice("sip", "sip", "h323", "mssip", "rtmp", "gms", "teams"),
            "outgoing_location": link("system_location"),
            "tag": text(),
        },
    ),
    Resource(
        "system_location",
        "Location",
        {
            "name": text(required=True, unique=True),
            "description": text(),
            "policy_server": link("policy_server"),
            "event_sinks": links("event_sink"),
        },
    ),
    Resource(
        "policy_server",
        "Policy server",
        {
            "name": text(required=True, unique=True),
            "description": text(),
            "url": text(255),
            "username": text(100),
            "password": text(100),
            "enable_service_lookup": flag(),
            "enable_participant_lookup": flag(),
            "enable_registration_lookup": flag(),
            "enable_directory_lookup": flag(),
            "enable_avatar_lookup": flag(),
            "enable_media_location_lookup": flag(),
            "enable_internal_service_policy": flag(),
            "enable_internal_participant_policy": flag(),
            "enable_internal_media_location_policy": flag(),
            "internal_service_policy_template": text(49_152),
            "internal_participant_policy_template": text(49_152),
            "internal_media_location_policy_template": text(49_152),
            "prefer_local_avatar_configuration": flag(),
        },
    ),
    Resource(
        "event_sink",
        "Event sink",
        {
            "name": text(required=True, unique=True),
            "description": text(),
            "url": text(255),
            "username": text(100),
            "password": text(100),
            "version": Field("integer", 1, choices=(1, 2)),
            "bulk_support": flag(),
            "verify_tls_certificate": flag(),
            "restart_date": CREATED,
            "updated_at": Field("datetime", None, nullable=True, readonly=True),
        },
    ),
    Resource(
        "registration",
        "Registration",
        {
            "enable": flag(default=True),
            "refresh_strategy": choice("adaptive", "adaptive", "maximum"),
            "adaptive_min_refresh": whole(60, 3600, 60),
            "adaptive_max_refresh": whole(60, 7200, 3600),
            "maximum_min_refresh": whole(60, 3600, 60),
            "maximum_max_refresh": whole(60, 7200, 300),
            "natted_min_refresh": whole(60, 3600, 60),
            "natted_max_refresh": whole(60, 7200, 90),
            "route_via_registrar": flag(default=True),
        },
        singleton=True,
    ),
    Resource(
        "global",
        "Global settings",
        {
            "min_pin_length": whole(4, 20, 4),
            "bdpm_pin_checks_enabled": flag(default=True),
            "bdpm_max_pin_failures_per_window": whole(5, 200, 20),
            "bdpm_scan_quarantine_enabled": flag(default=True),
            "pin_entry_timeout": whole(30, 86_400, 120),
            "waiting_for_chair_timeout": whole(1, 86_400, 900),
            "guests_only_timeout": whole(0, 86_400, 60),
            "eject_last_participant_backstop_timeout": whole(0, 86_400, 0),
            "es_connection_timeout": whole(1, 60, 7),
            "es_initial_retry_backoff": whole(1, 60, 1),
            "es_maximum_retry_backoff": whole(1, 3600, 1800),
            "es_media_streams_wait": whole(1, 60, 1),
            "es_metrics_update_interval": whole(60, 600, 60),
            "es_short_term_memory_expiration": whole(2, 60, 2),
        },
        singleton=True,
    ),
)  # fmt: skip

# What conferences may point at, and the simulator keeps by name only.
NAMED_ONLY = tuple(
    Resource(name, title, {"name": text(required=True, unique=True), "description": text()})
    for name, title in (
        ("identity_provider_group", "Identity provider group"),
        ("mssip_proxy", "Skype for Business server"),
        ("teams_proxy", "Teams Connector"),
        ("gms_access_token", "Google Meet access token"),
        ("media_playlist", "Media playlist"),
        ("user_group", "User group"),
    )
)

RESOURCES = {resource.name: resource for resource in (CONFERENCE, *OTHERS, *NAMED_ONLY)}
