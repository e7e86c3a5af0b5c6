"""What the video platform asks and tells: policy answers, deliveries and their reading."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from benchmarks import stack
from benchmarks.report import Loaded, Single
from rooms.models import Room
from rooms.platforms.events import inbox
from rooms.platforms.models import CallLeg, SinkDelivery, VideoPlatform
from videoportal.kit.logins import as_owner

WHY = "the benchmark picks its own rooms"
ASKED_ROOMS = 2_000
CONNECTIONS = 8
SECONDS = 4.0
STEADY_RATE = 200
SINGLES = 12_000
BULKS, IN_A_BULK = 200, 200
# Calls of the benchmark, which it deletes again.
CALLS = "b0000000-be0c-4000-8000-"


def measure(load: stack.Load, port: int) -> list[Single]:
    """Return policy answers and events, each with its bar of the design."""
    platform = VideoPlatform.objects.usual()
    try:
        return [*_policy(load, port, platform), *_events(load, port, platform)]
    finally:
        with as_owner():
            CallLeg.objects.unscoped(reason=WHY).filter(uuid__startswith=CALLS).delete()


def _policy(load: stack.Load, port: int, platform: VideoPlatform) -> list[Single]:
    numbers = list(
        Room.objects.unscoped(reason=WHY).open().order_by("public_id")[:ASKED_ROOMS]
        .values_list("number", flat=True)
    )  # fmt: skip
    head = _head(port, platform.policy_user, platform.policy_password)
    path = f"/platforms/{platform.slug}/policy/v1/service/configuration"
    requests = [
        f"GET {path}?call_direction=dial_in&protocol=sip&location=Oslo"
        f"&local_alias=sip:{number}@{platform.domain} HTTP/1.1\r\n{head}\r\n"
        for number in numbers
    ]
    ask = {"port": port, "requests": requests, "connections": CONNECTIONS}
    load.order(**ask, seconds=1)  # warms up
    most = _loaded(load.order(**ask, seconds=SECONDS))
    steady = _loaded(load.order(**ask, seconds=SECONDS, rate=STEADY_RATE))
    p50, p99 = steady.percentile(0.5), steady.percentile(0.99)
    return [
        Single(
            "policy answers among 200,000 rooms", _shown(most, f"{most.per_second:.0f}/s"),
            "800/s", _works(most) and most.per_second >= 800,
        ),
        Single("— median at 200 a second", _shown(steady, f"{p50:.1f} ms"), "", None),
        Single(
            "— p99 at 200 a second", _shown(steady, f"{p99:.1f} ms"),
            "under 20 ms", _works(steady) and p99 < 20,
        ),
    ]  # fmt: skip


def _events(load: stack.Load, port: int, platform: VideoPlatform) -> list[Single]:
    rooms = list(
        Room.objects.unscoped(reason=WHY).open().order_by("public_id")[:ASKED_ROOMS]
        .values_list("name", "number", "organisation_id", "public_id")
    )  # fmt: skip
    head = _head(port, platform.sink_user, platform.sink_password)
    path = f"/platforms/{platform.slug}/events"

    def post(body: Any) -> str:
        text = json.dumps(body)
        return (
            f"POST {path} HTTP/1.1\r\n{head}Content-Type: application/json\r\n"
            f"Content-Length: {len(text.encode())}\r\n\r\n{text}"
        )

    inbox.drain()
    one_by_one = [post(_event(seq, rooms[seq % len(rooms)])) for seq in range(SINGLES)]
    # All are sent only at three times the rate of the bar; what is not sent is not counted.
    single = _loaded(
        load.order(
            port=port, requests=one_by_one, connections=CONNECTIONS, seconds=SECONDS, once=True
        )
    )
    in_bulk = [
        post(
            {
                "event": "eventsink_bulk", "node": "127.0.0.1", "version": 2, "seq": 0,
                "time": time.time(),
                "data": [
                    _event(seq, rooms[seq % len(rooms)])
                    for seq in range(first, first + IN_A_BULK)
                ],
            }
        )
        for first in range(SINGLES, SINGLES + BULKS * IN_A_BULK, IN_A_BULK)
    ]  # fmt: skip
    bulk = _loaded(
        load.order(port=port, requests=in_bulk, connections=CONNECTIONS, seconds=30, once=True)
    )
    bulk_rate = bulk.per_second * IN_A_BULK
    waiting = SinkDelivery.objects.count()
    started = time.perf_counter()
    read = inbox.drain(seconds=3600)
    drained = read / (time.perf_counter() - started)
    told = len(single.latencies) + len(bulk.latencies) * IN_A_BULK
    return [
        Single(
            "single events accepted", _shown(single, f"{single.per_second:.0f}/s"),
            "1,000/s", _works(single) and single.per_second >= 1000,
        ),
        Single(
            f"events accepted, {IN_A_BULK} in a delivery", _shown(bulk, f"{bulk_rate:.0f}/s"),
            "10,000/s", _works(bulk) and bulk_rate >= 10_000,
        ),
        Single("— read and told", f"{read:,} of {told:,}", "all", read == told),
        Single(
            f"— drained, {waiting:,} deliveries", f"{drained:.0f}/s", "5,000/s", drained >= 5000
        ),
    ]  # fmt: skip


def _event(seq: int, room: tuple[Any, ...]) -> dict[str, Any]:
    """Return one of the three events of a call of a minute."""
    name, number, organisation, public_id = room
    call, step = divmod(seq, 3)
    began = time.time() - 3600
    kind = ("participant_connected", "participant_updated", "participant_disconnected")[step]
    data = {
        "uuid": f"{CALLS}{call:012d}",
        "call_id": f"{CALLS}{call:012d}",
        "conversation_id": f"{CALLS}{call:012d}",
        "conference": f"{name} ({number})",
        "connect_time": began,
        "protocol": "SIP",
        "role": "guest" if call % 4 else "chair",
        "service_type": "conference",
        "service_tag": f"{organisation}:{public_id}",
        "source_alias": "sip:phone@example.org",
        "destination_alias": f"sip:{number}@example.org",
        "display_name": "Nobody",
        "call_direction": "in",
        "media_node": "127.0.0.1",
    }
    if step == 2:
        data |= {"end_time": began + 60, "duration": 60.0, "disconnect_reason": "Call disconnected"}
    return {
        "event": kind, "node": "127.0.0.1", "version": 2, "seq": seq, "time": began + step * 30,
        "data": data,
    }  # fmt: skip


def _head(port: int, user: str, password: str) -> str:
    given = base64.b64encode(f"{user}:{password}".encode()).decode()
    return f"Host: 127.0.0.1:{port}\r\nAuthorization: Basic {given}\r\n"


def _loaded(answer: dict[str, Any]) -> Loaded:
    loaded = Loaded()
    loaded.add(answer)
    return loaded


def _works(loaded: Loaded) -> bool:
    return set(loaded.statuses) == {"200"}


def _shown(loaded: Loaded, figure: str) -> str:
    return figure if _works(loaded) else f"answers {', '.join(sorted(loaded.statuses))}"
