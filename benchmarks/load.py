"""The load generator, a process of its own: keep-alive connections that send requests in turn.

Reads one order as JSON from standard input for each line and answers with one line. In:
``port``, ``connections``, ``seconds``, and what to ask for: ``path`` and ``cookie`` of one page,
or ``requests``, whole HTTP requests that the connections share and repeat. With ``rate`` they
are sent so many a second, each at its time, and latency counts from then, so that a slow answer
does not hide the wait of those behind it; without it each is sent when the one before is
answered. ``once`` sends each request once. Out: requests, seconds, latencies in milliseconds,
bytes of an answer and a count for each status.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any, cast


@dataclass
class Plan:
    """What the connections send, and when."""

    requests: Iterator[bytes]
    deadline: float
    seconds_apart: float = 0.0
    next_at: float = 0.0

    def take(self) -> tuple[bytes, float] | None:
        """Return the next request and when to send it; None when there is no more."""
        now = time.perf_counter()
        at = now
        if self.seconds_apart:
            at = self.next_at
            self.next_at += self.seconds_apart
        if max(at, now) >= self.deadline:
            return None
        request = next(self.requests, None)
        return None if request is None else (request, at)


class Asker(asyncio.Protocol):
    """One connection: sends a request, waits for the whole answer, sends the next."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.latencies: list[float] = []
        self.statuses: dict[str, int] = {}
        self.size = 0
        self.buffer = bytearray()
        self.wanted = -1
        self.transport: asyncio.Transport
        self.sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.ask()

    def ask(self) -> None:
        taken = self.plan.take()
        if taken is None:
            self.transport.close()
            return
        request, self.sent = taken
        early = self.sent - time.perf_counter()
        if early > 0:
            asyncio.get_running_loop().call_later(early, self.transport.write, request)
        else:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.wanted < 0:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self.buffer[:end]).lower()
            at = head.find(b"content-length:")
            if at < 0:
                raise ValueError("an answer without a length cannot be measured here")
            self.size = int(head[at + 15 :].split(b"\r\n", 1)[0])
            self.wanted = end + 4 + self.size
        if len(self.buffer) < self.wanted:
            return
        now = time.perf_counter()
        status = bytes(self.buffer[9:12]).decode()
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.latencies.append((now - self.sent) * 1000)
        self.buffer.clear()
        self.wanted = -1
        self.ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


def _requests(order: dict[str, Any]) -> list[bytes]:
    if "requests" in order:
        return [request.encode() for request in order["requests"]]
    return [
        (
            f"GET {order['path']} HTTP/1.1\r\nHost: 127.0.0.1:{order['port']}\r\n"
            f"Accept: text/html\r\nAccept-Language: nb\r\nCookie: {order['cookie']}\r\n"
            "Connection: keep-alive\r\n\r\n"
        ).encode()
    ]


async def run(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out one order and return what was measured."""
    requests = _requests(order)
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    plan = Plan(
        iter(requests) if order.get("once") else cycle(requests),
        started + order["seconds"],
        1 / order["rate"] if order.get("rate") else 0.0,
        started,
    )
    askers = [
        (await loop.create_connection(lambda: Asker(plan), "127.0.0.1", order["port"]))[1]
        for _connection in range(order["connections"])
    ]
    await asyncio.wait_for(
        asyncio.gather(*(asker.ended for asker in askers)), order["seconds"] + 30
    )
    elapsed = time.perf_counter() - started
    latencies = sorted(latency for asker in askers for latency in asker.latencies)
    statuses: dict[str, int] = {}
    for asker in askers:
        for status, count in asker.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    return {
        "requests": len(latencies),
        "seconds": elapsed,
        "latencies": latencies,
        "bytes": max(asker.size for asker in askers),
        "statuses": statuses,
    }


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(asyncio.run(run(json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
