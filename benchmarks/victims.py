"""A running portal to kill parts of: its processes, and which of them a kill aims at."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from scripts import services
from scripts.services import LOOPBACK, Home, Postgres, Process, Valkey

PROGRAMS = ("web", "worker", "beat", "valkey", "postgres")
START_SECONDS = 180
BACK_SECONDS = 90
READING_SECONDS = 8
# Who holds the lock under which deliveries are made into call legs.
READING = """
select pid from pg_locks
where locktype = 'advisory' and granted and objsubid = 1
and (classid::bigint << 32 | objid::bigint) = hashtextextended('rooms.drain_events', 0)
"""
# Servers and keys are the data folder's own: nobody's database is killed by accident.
NOT_PASSED_ON = (
    "DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_PURGE_URL", "REDIS_URL", "SECRET_KEY",
    "FIELD_ENCRYPTION_KEYS", "DEMO_PASSWORD", "BASE_URL", "DJANGO_SETTINGS_MODULE",
    "PYTEST_VERSION", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER",
)  # fmt: skip


class Trouble(Exception):
    """The portal did not do what the round needs; the message says what."""


class Portal:
    """A launcher on a data folder of its own, and its processes."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder / "portal")
        with socket.create_server((LOOPBACK, 0)) as probe:
            self.port = int(probe.getsockname()[1])
        for name in NOT_PASSED_ON:
            os.environ.pop(name, None)
        os.environ |= {"PORTAL_HOME": str(self.home.path), "PORT": str(self.port), "DEMO": "on"}
        self._output = folder / "output.txt"
        with self._output.open("wb") as output:
            self._launcher = subprocess.Popen(
                [sys.executable, "-m", "scripts.run"],
                cwd=services.ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=services.die_with_parent(signal.SIGTERM),  # noqa: PLW1509 (one thread)
            )

    def wait(self) -> None:
        """Return as soon as all of it runs."""
        self.until(lambda: "Videoportal answers at" in self._words(), START_SECONDS, "start")
        for name in PROGRAMS:
            self.process(name)

    def until(self, true: Callable[[], bool], seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            if self._launcher.poll() is not None:
                raise Trouble(f"`make run` ended:\n{self._words()[-4000:]}")
            if time.monotonic() > deadline:
                raise Trouble(f"no {what} in {seconds} s:\n{self._words()[-4000:]}")
            time.sleep(0.05)

    def process(self, name: str) -> Process:
        """Return the program's leading process; wait for it while it is being started."""
        self.until(lambda: self._found(name) is not None, BACK_SECONDS, name)
        return self._found(name) or self.process(name)

    def _found(self, name: str) -> Process | None:
        if name == "postgres":
            return Postgres(self.home).found()
        if name == "valkey":
            return Valkey(self.home).found()
        entry = services.read_json(self.home.run / "programs.json").get(name, {})
        process = Process(int(entry.get("pid", 0)), str(entry.get("started", "")))
        return process if process.is_alive else None

    def stop(self) -> int:
        """Stop it as Ctrl-C does and return its exit code."""
        with contextlib.suppress(ProcessLookupError):
            self._launcher.send_signal(signal.SIGINT)
        try:
            return self._launcher.wait(60)
        except subprocess.TimeoutExpired:
            self._launcher.kill()
            return self._launcher.wait()

    def restarts(self) -> int:
        return self._words().count("; starting it again")

    def _words(self) -> str:
        return self._output.read_text(errors="replace")


def children(parent: int) -> list[int]:
    """Return the numbers of a process's children, the oldest first."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return sorted(found)


@dataclass(frozen=True)
class Plan:
    """What a kill aims at: a program, its leading process or one below it, at which moment."""

    program: str
    leader: bool
    which: float
    while_reading: bool

    @classmethod
    def drawn(cls, chance: random.Random) -> Plan:
        program = chance.choice(PROGRAMS)
        leader, which, aimed = chance.random() < 0.5, chance.random(), chance.random() < 0.7
        return cls(program, leader, which, aimed and program in {"worker", "postgres"})


def kill(portal: Portal, plan: Plan) -> str:
    """Carry out the plan, as far as the process is there, and return what was killed."""
    leader = portal.process(plan.program)
    reading = reading_session(portal) if plan.while_reading else None
    below = children(leader.pid)
    victim, what = leader.pid, plan.program
    if below and not plan.leader:
        victim, what = below[int(plan.which * len(below))], f"a process of {plan.program}"
        if plan.program == "postgres" and reading:
            victim = reading
    try:
        os.kill(victim, signal.SIGKILL)
    except ProcessLookupError:
        return kill(portal, plan)
    return f"{what} while events are read" if reading else what


def reading_session(portal: Portal) -> int | None:
    """Wait for the worker to read events; return the database's process that serves it.

    None when nothing is read for a while, or the database is down just then.
    """
    deadline = time.monotonic() + READING_SECONDS
    with contextlib.suppress(psycopg.Error):
        address = Postgres(portal.home).url("web")
        with psycopg.connect(address, autocommit=True, connect_timeout=2) as connection:
            while time.monotonic() < deadline:
                if found := connection.execute(READING).fetchone():
                    return int(found[0])
                time.sleep(0.002)
    return None
