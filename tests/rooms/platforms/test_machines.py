"""What machines are told while the database is down, and how it is found to be."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connection, connections
from pytest_django import DjangoDbBlocker, Settings

from rooms.platforms import machines
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


@pytest.fixture
def gone(settings: Settings, django_db_blocker: DjangoDbBlocker) -> Iterator[list[float]]:
    """Let machines ask a server that hangs up on everybody; gives when each knocked."""
    knocks: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            while True:
                try:
                    wire, _address = server.accept()
                except OSError:
                    return
                knocks.append(time.monotonic())
                wire.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        port = str(server.getsockname()[1])
        known = connections["default"].settings_dict
        connections.databases["gone"] = {**known, "HOST": "127.0.0.1", "PORT": port}
        settings.MACHINE_DATABASE = "gone"
        machines.breaker.close()
        with django_db_blocker.unblock():
            yield knocks
        machines.breaker.close()
        connections["gone"].close()
        del connections["gone"], connections.databases["gone"]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_while_the_database_is_gone_nobody_knocks_again(gone: list[float]) -> None:
    with pytest.raises(machines.Unanswerable):
        machines.fetch_rows("select 1", ())
    tried = len(gone)
    assert tried
    for _request in range(5):
        with pytest.raises(machines.Unanswerable):
            machines.fetch_rows("select 1", ())
    assert len(gone) == tried


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
