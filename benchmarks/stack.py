"""What is measured on: servers, a database of its own with the large data, and granian."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from scripts import run as launcher
from scripts import services
from scripts.programs import programs

START_SECONDS = 60


@contextlib.contextmanager
def servers() -> Iterator[None]:
    """Name the servers in the environment, starting those that are down and stopping them after."""
    home = services.data_folder()
    wanted = services.wanted(home)
    ours = []
    if wanted:
        home.make()
        with home.locked():
            for server in wanted:
                if server.found() is None:
                    server.start(tied=True)
                    ours.append(server)
    os.environ.update(services.environment(home, wanted))
    os.environ.setdefault("DEMO_PASSWORD", f"demo-{secrets.token_hex(6)}")
    try:
        yield
    finally:
        for server in reversed(ours):
            server.stop()


def use_bench_database(*, fresh: bool) -> None:
    """Point the database's addresses at ``…_bench`` beside the portal's own; its owner makes it."""
    owner = os.environ.get("DATABASE_OWNER_URL", os.environ["DATABASE_URL"])
    name = f"{urlsplit(owner).path.strip('/')}_bench"
    with psycopg.connect(owner, autocommit=True) as connection:
        if fresh:
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )
        there = connection.execute("select from pg_database where datname = %s", [name]).fetchone()
        if there is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_PURGE_URL"):
        if address := os.environ.get(variable):
            parts = urlsplit(address)
            os.environ[variable] = urlunsplit(parts._replace(path=f"/{name}"))


def production_environment() -> None:
    """Set what the portal runs with: as in production, but on plain HTTP and with own keys in
    the broker's store."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="benchmarks.settings",
        DEBUG="off",
        HTTPS="off",
        LOG_FORMAT="json",
        CACHE_PREFIX="bench",
        CELERY_PREFIX="bench-tasks:",
        ALLOWED_HOSTS="127.0.0.1",
    )


class Web:
    """granian with two workers, as ``make run`` starts it."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        home = services.data_folder()
        home.make()
        program = programs(home, self.port)[0]
        known = {name: v for name, v in os.environ.items() if name not in program.hidden}
        self._log = Path(home.log, "bench-web.log").open("wb")  # noqa: SIM115 - closed by stop()
        self._child = subprocess.Popen(
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd=services.ROOT,
            env={**known, **program.extra, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
            preexec_fn=services.die_with_parent(signal.SIGTERM),  # noqa: PLW1509 (one thread)
        )

    def wait(self) -> float:
        """Return the seconds until the port answered."""
        started = time.monotonic()
        while time.monotonic() < started + START_SECONDS:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return time.monotonic() - started
            if self._child.poll() is not None:
                break
            time.sleep(0.01)
        raise RuntimeError(f"granian did not start; see {self._log.name}")

    def get(self, path: str, cookie: str) -> tuple[int, float, float, int]:
        """Return status, milliseconds to the first byte and to the last, and bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        started = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookie, "Accept-Language": "nb"})
        response = connection.getresponse()
        first = response.read(1)
        first_byte = (time.perf_counter() - started) * 1000
        size = len(first) + len(response.read())
        whole = (time.perf_counter() - started) * 1000
        connection.close()
        return response.status, first_byte, whole, size

    def worker_megabytes(self) -> list[float]:
        """Return the resident memory (RSS) of each worker in MB, the smaller first."""
        sizes: list[float] = []
        for task in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError, IndexError, ValueError):
                if int(task.read_text().rpartition(")")[2].split()[1]) == self._child.pid:
                    status = (task.parent / "status").read_text()
                    sizes.append(int(status.partition("VmRSS:")[2].split()[0]) / 1024)
        # granian's main process also has small helpers.
        return sorted(size for size in sizes if size > 30)

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(15)
        launcher.kill_group(self._child.pid, signal.SIGKILL)
        self._child.wait()
        self._log.close()


class Load:
    """The load generator's process."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=services.ROOT,
            text=True,
            preexec_fn=services.die_with_parent(signal.SIGTERM),  # noqa: PLW1509 (one thread)
        )

    def order(self, **order: Any) -> dict[str, Any]:
        """Return what the generator measured for one order (see ``benchmarks.load``)."""
        assert self._child.stdin  # noqa: S101 - asked for above
        assert self._child.stdout  # noqa: S101 - asked for above
        self._child.stdin.write(json.dumps(order) + "\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        if not line:
            raise RuntimeError("the load generator ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def stop(self) -> None:
        self._child.kill()
        self._child.communicate()
