"""The portal as its own web server serves it, in a process beside the test.

Nothing stands in for it: granian, the settings of production, the web role. It sees what is
committed and nothing else. The worker and beat do not run.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

from scripts import services
from scripts.programs import OTHER_ROLES

START_SECONDS = 60


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(type=kind) as probe:
        probe.bind((services.LOOPBACK, 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: list[str], log: Path, env: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends, or this process does."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=services.ROOT,
            env=env,
            preexec_fn=services.die_with_parent(signal.SIGTERM),  # noqa: PLW1509
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(true: Callable[[], bool], or_say: Callable[[], str] = str) -> None:
    """Ask again and again until the answer is yes; fail with words after a minute."""
    deadline = time.monotonic() + START_SECONDS
    while not true():
        assert time.monotonic() < deadline, or_say()
        time.sleep(0.05)


def wait_for(answers: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the program answers; fail with the end of its log when it does not start."""

    def words() -> str:
        return f"{log.stem} does not start:\n{log.read_text()[-3000:]}"

    def is_there() -> bool:
        assert process.poll() is None, words()
        return answers()

    wait_until(is_there, words)


@contextmanager
def portal_running(folder: Path, **environment: str) -> Iterator[str]:
    """Serve the test database, or what ``environment`` names; give the portal's address."""
    port = free_port()
    address = f"http://{services.LOOPBACK}:{port}"
    database = urlsplit(os.environ["DATABASE_URL"])._replace(
        path=f"/{connection.settings_dict['NAME']}"
    )
    hidden = (*OTHER_ROLES, "PYTEST_VERSION", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER")
    env = {name: value for name, value in os.environ.items() if name not in hidden} | {
        "DJANGO_SETTINGS_MODULE": "videoportal.settings",
        "DATABASE_URL": database.geturl(),
        "DATABASE_POOL": "on",
        "BASE_URL": address,
        **environment,
    }
    command = [
        str(Path(sys.executable).parent / "granian"), "--interface", "wsgi",
        "--host", services.LOOPBACK, "--port", str(port), "--workers", "1",
        "--blocking-threads", "2", "--log-level", "warning", "videoportal.wsgi:application",
    ]  # fmt: skip
    log = folder / "portal.log"
    with running(command, log, env) as process:
        wait_for(lambda: _listens(port), process, log)
        yield address


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((services.LOOPBACK, port)) == 0
