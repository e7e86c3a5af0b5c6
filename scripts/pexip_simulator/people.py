"""Meetings and those who are in them, as events, status and history tell of them."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from scripts.pexip_simulator.services import Service
from scripts.pexip_simulator.store import Row, as_text

STATUS = "/api/admin/status/v1"
HISTORY = "/api/admin/history/v1"
# How the participant API writes protocols; policy writes them small.
PROTOCOLS = {
    "webrtc": "WebRTC", "sip": "SIP", "h323": "H323", "teams": "TEAMS", "mssip": "MSSIP",
    "rtmp": "RTMP", "api": "API",
}  # fmt: skip
VENDORS = {
    "webrtc": "Pexip Infinity Connect/2.0.0-0 (Windows 11) Chrome/142.0",
    "sip": "TANDBERG/529 (ce11.9)",
    "h323": "Polycom RealPresence Group 500",
    "api": "Pexip Infinity Connect/2.0.0-0",
}


def new_uuid() -> str:
    return str(uuid.uuid4())


def written(moment: float) -> str:
    return as_text(datetime.fromtimestamp(moment, UTC))


@dataclass
class Conference:
    """A running conference."""

    service: Service
    id: str = field(default_factory=new_uuid)
    started: float = field(default_factory=time.time)
    is_locked: bool = False
    is_started: bool = False
    guests_muted: bool = False
    nodes: set[str] = field(default_factory=set)
    gone: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.service.name

    def event_data(self) -> Row:
        return {
            "name": self.name,
            "service_type": self.service.type,
            "tag": self.service.tag,
            "start_time": self.started,
            "is_locked": self.is_locked,
            "is_started": self.is_started,
            "guests_muted": self.guests_muted,
        }

    def status(self) -> Row:
        return {
            "id": self.id,
            "name": self.name,
            "service_type": self.service.type,
            "start_time": written(self.started),
            "tag": self.service.tag,
            "is_locked": self.is_locked,
            "is_started": self.is_started,
            "guests_muted": self.guests_muted,
            "direct_media_available": False,
            "resource_uri": f"{STATUS}/conference/{self.id}/",
        }

    def history(self, ended: float) -> Row:
        return {
            "id": self.id,
            "name": self.name,
            "service_type": self.service.type,
            "tag": self.service.tag,
            "start_time": written(self.started),
            "end_time": written(ended),
            "duration": int(ended - self.started),
            "participant_count": len(self.gone),
            "participants": [f"{HISTORY}/participant/{one}/" for one in self.gone],
            "instant_message_count": 0,
            "direct_media_available": False,
            "resource_uri": f"{HISTORY}/conference/{self.id}/",
        }


@dataclass
class Participant:
    """One leg: a person's call, or the browser's shadow of it, or their presentation."""

    display_name: str
    protocol: str
    source_alias: str
    destination_alias: str
    remote_address: str
    node: str
    location: str
    vendor: str = ""
    direction: str = "in"
    conversation: str = ""
    id: str = field(default_factory=new_uuid)
    related: list[str] = field(default_factory=list)
    conference: Conference | None = None
    stage: str = "connecting"
    role: str = "unknown"
    call_tag: str = ""
    connected: float = field(default_factory=time.time)
    has_media: bool = True
    is_muted: bool = False
    is_presenting: bool = False
    is_streaming: bool = False
    by_pin: bool = False
    may_pass_lock: bool = False

    def __post_init__(self) -> None:
        self.conversation = self.conversation or self.id
        self.vendor = self.vendor or VENDORS.get(self.protocol, "")

    @property
    def is_inside(self) -> bool:
        return self.stage not in ("connecting", "ivr", "waiting_room")

    @property
    def rates(self) -> tuple[int, int]:
        return (1722, 868) if self.has_media else (0, 0)

    def _common(self) -> Row:
        service = self.conference.service if self.conference else None
        received, sent = self.rates
        return {
            "conversation_id": self.conversation,
            "display_name": self.display_name,
            "role": self.role,
            "protocol": PROTOCOLS.get(self.protocol, self.protocol.upper()),
            "vendor": self.vendor,
            "call_direction": self.direction,
            "call_tag": self.call_tag,
            "service_tag": service.tag if service else "",
            "has_media": self.has_media,
            "encryption": "On",
            "rx_bandwidth": received,
            "tx_bandwidth": sent,
            "is_streaming": self.is_streaming,
            "is_idp_authenticated": False,
            "remote_address": self.remote_address,
            "media_node": self.node if self.has_media else "",
            "signalling_node": self.node,
            "proxy_node": "",
            "system_location": self.location,
        }

    def event_data(self) -> Row:
        return {
            "uuid": self.id,
            "call_id": self.id,
            "related_uuids": list(self.related),
            "conference": self.conference.name if self.conference else "",
            "service_type": self.stage,
            "source_alias": self.source_alias,
            "destination_alias": self.destination_alias,
            "connect_time": self.connected,
            "is_muted": self.is_muted,
            "is_client_muted": False,
            "is_presenting": self.is_presenting,
            **self._common(),
        }

    def disconnected_data(self, ended: float, reason: str) -> Row:
        return self.event_data() | {
            "disconnect_reason": reason,
            "duration": ended - self.connected,
            "end_time": ended,
        }

    def status(self) -> Row:
        received, sent = self.rates
        return {
            "id": self.id,
            "call_uuid": self.id,
            "conference": self.conference.name if self.conference else "",
            "connect_time": written(self.connected),
            "source_alias": self.source_alias,
            "destination_alias": self.destination_alias,
            "participant_alias": self.source_alias,
            "remote_port": 5061,
            "call_quality": "1_good" if self.has_media else "0_unknown",
            "bandwidth": received + sent,
            "service_type": self.stage,
            "license_count": int(self.has_media),
            "license_type": "port" if self.has_media else "nolicense",
            "is_muted": self.is_muted,
            "is_client_muted": False,
            "is_on_hold": False,
            "is_presenting": self.is_presenting,
            "is_recording": False,
            "is_transcribing": False,
            "is_direct": False,
            "idp_uuid": "",
            "is_mute_supported": self.has_media,
            "is_disconnect_supported": True,
            "is_transfer_supported": self.has_media,
            "is_presentation_supported": self.has_media,
            "transcoding_enabled": True,
            "parent_id": "",
            "resource_uri": f"{STATUS}/participant/{self.id}/",
            **self._common(),
        }

    def history(self, ended: float, reason: str) -> Row:
        received, sent = self.rates
        conference = self.conference
        return {
            "id": self.id,
            "call_uuid": self.id,
            "conference": f"{HISTORY}/conference/{conference.id}/" if conference else None,
            "conference_name": conference.name if conference else "",
            "service_type": self.stage,
            "remote_alias": self.source_alias,
            "local_alias": self.destination_alias,
            "remote_port": 5061,
            "start_time": written(self.connected),
            "end_time": written(ended),
            "duration": int(ended - self.connected),
            "disconnect_reason": reason,
            "call_quality": "1_good" if self.has_media else "0_unknown",
            "bandwidth": received + sent,
            "license_count": int(self.has_media),
            "license_type": "port" if self.has_media else "nolicense",
            "is_direct": False,
            "idp_uuid": "",
            "transcoding_enabled": True,
            "av_id": None,
            "presentation_id": None,
            "parent_id": "",
            "media_streams": self.streams(ended),
            "resource_uri": f"{HISTORY}/participant/{self.id}/",
            **self._common(),
        }

    def streams(self, ended: float) -> list[dict[str, Any]]:
        """Return the streams of a call that has ended."""
        if not self.has_media:
            return []
        return [
            {
                "stream_id": number, "stream_type": kind, "node": self.node,
                "start_time": written(self.connected), "end_time": written(ended),
                "rx_bitrate": rate, "rx_codec": codec, "rx_fps": fps, "rx_resolution": size,
                "rx_packet_loss": 0.2, "rx_packets_lost": 12, "rx_packets_received": 6000,
                "tx_bitrate": rate, "tx_codec": codec, "tx_fps": fps, "tx_resolution": size,
                "tx_packet_loss": 0.0, "tx_packets_lost": 0, "tx_packets_sent": 6000,
            }
            for number, (kind, rate, codec, fps, size) in enumerate(
                [("audio", 48, "opus", 0, "None"), ("video", 1650, "H264", 30, "1280x720")]
            )
        ]  # fmt: skip
