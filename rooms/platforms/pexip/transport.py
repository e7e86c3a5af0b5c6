"""HTTP connections whose answers are bound in time as a whole, head and body.

The usual time-out is for each piece that arrives: a peer that sends one byte now and then, in
the head of its answer or after any number of `100 Continue`, would hold a worker for ever.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from functools import partial
from typing import Any, cast

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse

# The whole answer may take so many times as long as its first piece.
TIMES_AS_LONG = 2


class _Until(io.RawIOBase):
    """What a socket receives until a moment; then ``TimeoutError``, whatever still trickles."""

    def __init__(self, sock: socket.socket, *, until: float, seconds: float) -> None:
        self._sock = sock
        self._pieces = sock.makefile("rb", buffering=0)
        self._until = until
        self._seconds = seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer has no end")
        self._sock.settimeout(min(self._seconds, left))
        return self._pieces.readinto(buffer)

    def close(self) -> None:
        self._pieces.close()
        super().close()


class _Socket:
    """All that an answer takes of a socket: a file to read."""

    def __init__(self, raw: _Until) -> None:
        self._raw = raw

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._raw)


def _answer(
    sock: socket.socket, *more: Any, seconds: float, **options: Any
) -> http.client.HTTPResponse:
    until = time.monotonic() + TIMES_AS_LONG * seconds
    raw = _Until(sock, until=until, seconds=seconds)
    return http.client.HTTPResponse(cast(socket.socket, _Socket(raw)), *more, **options)


def _bound(connection: HTTPConnection) -> None:
    if connection.timeout is None:
        raise ValueError("a connection without a time-out")
    connection.response_class = cast(
        "type[http.client.HTTPResponse]", partial(_answer, seconds=connection.timeout)
    )


class _Connection(HTTPConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 itself
        _bound(self)
        return super().getresponse()


class _SecureConnection(HTTPSConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 itself
        _bound(self)
        return super().getresponse()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class BoundAdapter(HTTPAdapter):
    """Sends as usual, and gives up an answer that takes too long as a whole."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
