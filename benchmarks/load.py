"""The load generator, a process of its own: keep-alive connections that ask for one page.

Reads one order as JSON from standard input for each line and answers with one line:
``{"port", "path", "cookie", "connections", "seconds"}`` in, requests a second, latencies in
milliseconds, sizes in bytes and a count for each status out.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any, cast


class Asker(asyncio.Protocol):
    """One connection: sends the request, waits for the whole answer, sends it again."""

    def __init__(self, request: bytes, deadline: float) -> None:
        self.request = request
        self.deadline = deadline
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
        self.sent = time.perf_counter()
        self.transport.write(self.request)

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
        if now < self.deadline:
            self.ask()
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


async def run(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out one order and return what was measured."""
    request = (
        f"GET {order['path']} HTTP/1.1\r\nHost: 127.0.0.1:{order['port']}\r\n"
        f"Accept: text/html\r\nAccept-Language: nb\r\nCookie: {order['cookie']}\r\n"
        "Connection: keep-alive\r\n\r\n"
    ).encode()
    started = time.perf_counter()
    deadline = started + order["seconds"]
    loop = asyncio.get_running_loop()
    askers = [
        (
            await loop.create_connection(
                lambda: Asker(request, deadline), "127.0.0.1", order["port"]
            )
        )[1]
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
        "bytes": askers[0].size,
        "statuses": statuses,
    }


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(asyncio.run(run(json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
