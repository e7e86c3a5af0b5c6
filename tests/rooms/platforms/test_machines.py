"""What machines are told while the database is down, and how it is found to be."""

from __future__ import annotations

import os
import socket
import time

import pytest
from django.db import connection

from rooms.platforms.machines import _Breaker


def test_after_a_failure_one_request_at_a_time_tries_the_database() -> None:
    breaker = _Breaker()
    assert [breaker.lets_through() for _request in range(3)] == [True] * 3

    breaker.trip()
    assert not breaker.lets_through()

    breaker.open_until = time.monotonic() - 1  # the pause is over
    assert [breaker.lets_through() for _request in range(3)] == [True, False, False]

    breaker.close()
    assert [breaker.lets_through() for _request in range(3)] == [True] * 3


@pytest.mark.django_db
def test_server_that_vanished_without_a_word_is_noticed() -> None:
    connection.ensure_connection()
    with socket.socket(fileno=os.dup(connection.connection.pgconn.socket)) as wire:
        options = {
            name: wire.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
            for name in ("TCP_USER_TIMEOUT", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")
        }
    assert options == {
        "TCP_USER_TIMEOUT": 10_000, "TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 2,
    }  # fmt: skip
