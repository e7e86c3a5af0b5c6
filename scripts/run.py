"""`make run`: the whole portal on this machine, until Ctrl-C.

Starts what is not there yet (PostgreSQL, Valkey), prepares the database, then keeps web,
Celery worker and beat running, and with demo data a simulated video platform: a process
that ends is started again. What was running
before (servers that manage.py started) is used and left as it was.

An own supervisor and not honcho: see docs/adr/0013-own-supervisor.md.
"""

import contextlib
import fcntl
import json
import math
import os
import secrets
import selectors
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import IO, Any

from scripts import services
from scripts.programs import SIMULATOR, Program, programs, simulator
from scripts.services import LOOPBACK, Home, Postgres, Process, ServiceError, Valkey
from scripts.services.home import free_port

ROOT = services.ROOT
READY_SECONDS = 60


def say(text: str) -> None:
    print(text, flush=True)


class Stopped(Exception):
    """Somebody asked the launcher to stop."""


class Launcher:
    def __init__(self, home: Home, port: int) -> None:
        self.home = home
        self.port = port
        self.address = f"http://{LOOPBACK}:{port}"
        self.servers = services.wanted(home)
        self.ours: list[Postgres | Valkey] = []
        self.programs = programs(home, port)
        self.environment: dict[str, str] = {}
        self.selector = selectors.DefaultSelector()
        self.record = home.run / "programs.json"
        self.accounts = home.run / "demo-accounts.txt"
        self.stopping = 0

    # Starting

    def start_servers(self) -> None:
        with self.home.locked():
            for server in self.servers:
                if server.found() and (server.is_tied or server.is_outdated):
                    server.stop()  # left by a launcher that was killed, or by older code
                if server.found() is None:
                    server.start(tied=True)
                    self.ours.append(server)
            self.home.remember_port("web", self.port)
        values = services.environment(self.home, self.servers)
        if "SECRET_KEY" not in os.environ and "SECRET_KEY" not in values:
            raise ServiceError(
                "DATABASE_URL is set, so set SECRET_KEY and FIELD_ENCRYPTION_KEYS as well: "
                "keys of this checkout's own would lock the data in that database to it."
            )
        os.environ.update(values)
        self.environment = {
            **os.environ,
            "BASE_URL": os.environ.get("BASE_URL", self.address),
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "videoportal.settings",
        }

    def end_leftovers(self) -> None:
        """End what a killed launcher could not: its programs, known by number and start."""
        for entry in services.read_json(self.record).values():
            left = Process(int(entry["pid"]), str(entry["started"]))
            if left.is_alive and not left.wait(2):
                kill_group(left.pid, signal.SIGKILL)
        self.record.unlink(missing_ok=True)

    def prepare(self) -> None:
        """Run the preparing steps as a child, so that Ctrl-C reaches it through us."""
        command = [sys.executable, "-m", "scripts.prepare", "--accounts", str(self.accounts)]
        if self.environment.get("DEMO") == "off":
            command.append("--no-demo")
        else:
            self.name_simulator()
            command += ["--simulator", str(self.home.run / SIMULATOR)]
        step = Program("prepare", command)
        self.programs.insert(0, step)
        self.spawn(step)
        assert step.child  # noqa: S101 (spawn sets it)
        while step.child.poll() is None:
            self.turn()
        self.drain()
        self.programs.remove(step)
        if step.child.returncode:
            raise ServiceError("The database could not be prepared; the lines above say why.")

    def name_simulator(self) -> None:
        """Choose port and password of the demo's platform; the preparing steps add the rest."""
        with self.home.locked():
            if not services.is_free(self.home.port("simulator")):
                self.home.remember_port("simulator", free_port())
            port = self.home.port("simulator")
        named = {
            "port": port,
            "user": "portal",
            "password": secrets.token_urlsafe(24),
            "portal": self.address,
        }
        services.write_file(self.home.run / SIMULATOR, json.dumps(named))

    def spawn(self, program: Program) -> None:
        known = {
            name: value for name, value in self.environment.items() if name not in program.hidden
        }
        program.child = subprocess.Popen(
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**known, **program.extra},
            start_new_session=True,
            preexec_fn=services.die_with_parent(signal.SIGTERM),  # noqa: PLW1509 (one thread)
        )
        program.started = time.monotonic()
        pipe = program.child.stdout
        assert pipe  # noqa: S101 (asked for above)
        os.set_blocking(pipe.fileno(), False)
        self.selector.register(pipe, selectors.EVENT_READ, (program.name, bytearray()))
        self.remember()

    def remember(self) -> None:
        alive = {}
        for program in self.programs:
            process = Process.of(program.child.pid) if program.child else None
            if process:
                alive[program.name] = {"pid": process.pid, "started": process.started}
        services.write_file(self.record, json.dumps(alive))

    # Running

    def turn(self, seconds: float = 0.2) -> None:
        """Pass on what the children print; raise Stopped when asked to stop."""
        if self.stopping:
            raise Stopped
        self.read(seconds)

    def read(self, seconds: float) -> None:
        for key, _ in self.selector.select(seconds):
            pipe: IO[bytes] = key.fileobj  # type: ignore[assignment]  # registered by spawn()
            name, rest = key.data
            try:
                part = os.read(pipe.fileno(), 65536)
            except BlockingIOError:
                continue
            rest += part
            *lines, left = bytes(rest).split(b"\n")
            if not part:
                self.selector.unregister(pipe)
                pipe.close()
                lines, left = [*lines, *([left] if left else [])], b""
            for line in lines:
                say(f"{name:>8} | {line.decode(errors='replace')}")
            rest[:] = left

    def drain(self) -> None:
        while self.selector.get_map() and self.selector.select(0.05):
            self.read(0)

    def watch(self) -> None:
        """Start again what has ended; raise ServiceError when a program cannot live."""
        now = time.monotonic()
        for program in self.programs:
            child = program.child
            if child is not None and child.poll() is not None:
                kill_group(child.pid, signal.SIGKILL)  # its own children hold port and tasks
                program.failures = 1 if now - program.started > 60 else program.failures + 1
                # One that is killed from outside is not one that cannot live.
                gives_up = program.failures > 6 and child.returncode != -signal.SIGKILL
                if gives_up and not program.is_vital:
                    say(f"   setup | {program.name} ends again and again; going on without it")
                    program.child, program.again_at = None, math.inf
                    continue
                if gives_up:
                    raise ServiceError(f"{program.name} ends again and again; giving up.")
                program.again_at = now + min(0.2 * 2 ** min(program.failures - 1, 5), 5)
                how = describe(child.returncode)
                say(f"   setup | {program.name} ended ({how}); starting it again")
                program.child = None
            if program.child is None and now >= program.again_at:
                self.spawn(program)
        for server in self.servers:
            if server.found() is None:
                with self.home.locked():
                    if server.found() is None:
                        say(f"   setup | {server.name} ended; starting it again")
                        server.start(tied=True, keep_port=True)
                        if server not in self.ours:
                            self.ours.append(server)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not answers(f"{self.address}/accounts/login/"):
            if time.monotonic() > deadline:
                raise ServiceError(f"No answer from {self.address} after {READY_SECONDS} s.")
            self.watch()
            self.turn(0.1)

    def run(self) -> None:
        self.accounts.unlink(missing_ok=True)
        (self.home.run / SIMULATOR).unlink(missing_ok=True)
        self.start_servers()
        self.prepare()
        # Web first: with all at once on two cores the first page comes seconds later.
        waiting, self.programs = self.programs[1:], self.programs[:1]
        if "policy" in services.read_json(self.home.run / SIMULATOR):
            waiting.append(simulator(self.home))
        self.wait_until_ready()
        self.greet()
        self.programs += waiting
        while True:
            self.watch()
            self.turn()

    def greet(self) -> None:
        password = self.environment.get("DEMO_PASSWORD", "")
        say(f"\n  Videoportal answers at {self.address}/")
        if self.accounts.is_file():
            say(f"  Demo accounts, all with the password {password}")
            for line in self.accounts.read_text().splitlines():
                say(f"    {line}")
        say("  Ctrl-C stops it.\n")

    # Stopping

    def stop(self) -> None:
        """End the programs, then the servers that this launcher started, and nothing else."""
        alive = [program.child for program in self.programs if program.child]
        for child in alive:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
        deadline = time.monotonic() + 15
        while any(child.poll() is None for child in alive):
            self.read(0.05)
            if time.monotonic() > deadline or self.stopping > 1:
                break
        for child in alive:
            kill_group(child.pid, signal.SIGKILL)
            child.wait()
        self.drain()
        self.record.unlink(missing_ok=True)
        with self.home.locked():
            for server in reversed(self.ours):
                server.stop()


def describe(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"


def kill_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, number)


def answers(url: str) -> bool:
    """True when the web server answers at all, even with an error page."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 (our own loopback address)
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def chosen_port() -> int:
    word = os.environ.get("PORT") or "8000"
    if not word.isdecimal() or not 1 <= int(word) <= 65535:
        raise ServiceError(f"PORT={word} is no port: give a number from 1 to 65535.")
    return int(word)


def run(home: Home) -> int:
    port = chosen_port()
    home.make()
    holder = (home.run / "launcher.lock").open("a")
    try:
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        other = services.read_json(home.run / "launcher.json")
        raise ServiceError(
            f"The portal of this data folder runs already, at {other.get('address', '?')} "
            f"(process {other.get('pid', '?')}). `make stop` stops it."
        ) from None
    launcher = Launcher(home, port)
    launcher.end_leftovers()
    if not services.is_free(port):
        raise ServiceError(
            f"Port {port} is taken by another program. Choose another: make run PORT={port + 1}"
        )
    me = Process.of(os.getpid())
    assert me  # noqa: S101 (we are alive)
    record: dict[str, Any] = {"pid": me.pid, "started": me.started, "address": launcher.address}
    services.write_file(home.run / "launcher.json", json.dumps(record))

    def ask_to_stop(*_: object) -> None:
        launcher.stopping += 1

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask_to_stop)
    code = 0
    try:
        launcher.run()
    except Stopped:
        say("\nStopping …")
    except ServiceError as fault:
        say(f"\n{fault}")
        code = 1
    finally:
        with contextlib.suppress(BrokenPipeError):
            launcher.stop()
        (home.run / "launcher.json").unlink(missing_ok=True)
        holder.close()
    say("Stopped." if code == 0 else "Stopped after the fault above.")
    return code


def guarded(work: Callable[[Home], int]) -> int:
    try:
        return work(services.data_folder())
    except ServiceError as fault:
        say(str(fault))
        return 1


if __name__ == "__main__":
    sys.exit(guarded(run))
