"""`make run` as a whole: a launcher of the test's own, on a data folder and port of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from scripts import services
from scripts.programs import Program
from scripts.run import Launcher
from scripts.services import Home, Postgres, Process, ServiceError, Valkey

pytestmark = pytest.mark.timeout(240)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Run:
    """A launcher and what the test asks of it."""

    def __init__(self, home: Home, port: int) -> None:
        self.home = home
        self.port = port
        self.output = home.path.parent / "output.txt"
        gone = {
            "DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_PURGE_URL", "REDIS_URL",
            "SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "PYTHONDONTWRITEBYTECODE",
        }  # fmt: skip
        kept = {name: value for name, value in os.environ.items() if name not in gone}
        environment = {**kept, "PORTAL_HOME": str(home.path), "PORT": str(port), "DEMO": "off"}
        with self.output.open("w") as output:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "scripts.run"],
                cwd=services.ROOT,
                env=environment,
                stdout=output,
                stderr=output,
            )

    def said(self) -> str:
        return self.output.read_text()

    def until(self, what: str, seconds: float = 90) -> None:
        """Wait until the launcher has said something."""
        deadline = time.monotonic() + seconds
        while what not in self.said():
            assert self.child.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def page(self, seconds: float = 30) -> int:
        """Status of the sign-in page, as soon as somebody answers."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                url = f"http://127.0.0.1:{self.port}/accounts/login/"
                with urllib.request.urlopen(url, timeout=10) as answer:
                    return int(answer.status)
            except OSError:
                assert time.monotonic() < deadline, self.said()
                time.sleep(0.1)

    def programs(self) -> dict[str, Process]:
        found = json.loads((self.home.run / "programs.json").read_text())
        return {name: Process(int(e["pid"]), e["started"]) for name, e in found.items()}

    def all_programs(self) -> dict[str, Process]:
        deadline = time.monotonic() + 20
        while len(found := self.programs()) < 3:
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)
        return found

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.child.send_signal(number)
        return self.child.wait(60)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "portal")
    yield home
    if launcher := services.running_launcher(home):
        launcher.stop((signal.SIGTERM, 30), (signal.SIGKILL, 5))
    for server in (Valkey(home), Postgres(home)):
        server.stop()


@pytest.mark.long
def test_whole_portal_lives_through_kills_and_stops_what_it_started(home: Home) -> None:
    run = Run(home, free_port())
    run.until("Videoportal answers at")
    assert run.page() == 200
    with psycopg.connect(Postgres(home).url(), autocommit=True) as connection:
        connection.execute("create table kept as select 'committed' as word")

    first = run.all_programs()
    for process in first.values():
        os.kill(process.pid, signal.SIGKILL)
    server = Postgres(home).found()
    assert server
    os.kill(server.pid, signal.SIGKILL)
    for name in (*first, "postgres"):
        run.until(f"{name} ended")
    assert run.page() == 200
    assert run.all_programs().keys() == first.keys()

    # A second launcher on the same folder, and one on a taken port, say so and change nothing.
    again = Run(home, run.port)
    assert again.child.wait(30) == 1
    assert f"runs already, at http://127.0.0.1:{run.port}" in again.said()
    beside = Run(Home(home.path.parent / "beside"), run.port)
    assert beside.child.wait(30) == 1
    assert f"Port {run.port} is taken" in beside.said()

    # The launcher itself is killed: its children end, and the next one finds the rows.
    left = [*run.all_programs().values()]
    run.child.kill()
    run.child.wait()
    assert all(process.wait(30) for process in left)
    run = Run(home, run.port)
    run.until("Videoportal answers at")
    with psycopg.connect(Postgres(home).url()) as connection:
        assert connection.execute("select word from kept").fetchall() == [("committed",)]

    left = [*run.all_programs().values()]
    assert run.stop() == 0
    assert [process for process in left if process.is_alive] == []
    assert (Postgres(home).found(), Valkey(home).found()) == (None, None)
    assert services.is_free(run.port)


@pytest.mark.long
def test_servers_that_were_there_are_used_and_left(home: Home) -> None:
    code = "from scripts import services; services.ensure(['manage.py', 'shell'])"
    environment = {**os.environ, "PORTAL_HOME": str(home.path)}
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    subprocess.run([sys.executable, "-c", code], cwd=services.ROOT, env=environment, check=True)
    before = Postgres(home).found(), Valkey(home).found()

    run = Run(home, free_port())
    run.until("Videoportal answers at")

    assert run.stop(signal.SIGTERM) == 0
    assert (Postgres(home).found(), Valkey(home).found()) == before
    assert None not in before


def test_database_of_ones_own_needs_keys_of_ones_own(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {
        **os.environ,
        "PORTAL_HOME": str(home.path),
        "PORT": str(free_port()),
        "DATABASE_URL": "postgres://own@127.0.0.1:1/own",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS"):
        environment.pop(name, None)

    done = subprocess.run(
        [sys.executable, "-m", "scripts.run"],
        cwd=services.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 1
    assert "set SECRET_KEY and FIELD_ENCRYPTION_KEYS as well" in done.stdout
    assert not (home.path / "postgres").exists()


def test_the_portal_goes_on_without_a_program_that_is_not_vital(home: Home) -> None:
    home.make()
    launcher = Launcher(home, free_port())
    launcher.servers = []
    broken = Program("platform", [sys.executable, "-c", "raise SystemExit(3)"], is_vital=False)
    broken.failures = 6
    launcher.programs = [broken]

    def watch_until_settled() -> None:
        deadline = time.monotonic() + 20
        while broken.again_at < 1e9:
            launcher.watch()
            launcher.drain()
            assert time.monotonic() < deadline
            time.sleep(0.05)

    watch_until_settled()
    launcher.watch()
    assert broken.child is None

    broken.is_vital, broken.failures, broken.again_at = True, 6, 0
    with pytest.raises(services.ServiceError, match="again and again"):
        watch_until_settled()
    launcher.drain()


def end_eight_times(home: Home, command: str) -> None:
    """Let the launcher watch a program that ends at once, without its pauses."""
    home.make()
    launcher = Launcher(home, free_port())
    launcher.servers = []
    program = Program("short", ["/bin/sh", "-c", command])
    launcher.programs = [program]
    try:
        for _time in range(8):
            program.again_at = 0
            launcher.watch()
            assert program.child
            program.child.wait(10)
            launcher.watch()
    finally:
        launcher.stop()


def test_a_program_that_cannot_live_is_given_up(home: Home) -> None:
    with pytest.raises(ServiceError, match="short ends again and again"):
        end_eight_times(home, "exit 3")


def test_a_program_that_is_killed_from_outside_is_started_however_often(home: Home) -> None:
    end_eight_times(home, "kill -9 $$")
