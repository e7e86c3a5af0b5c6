"""What the two embedded servers have in common: found, started, waited for, stopped."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable

from scripts.services.home import Home, free_port, is_free, read_json, tail, write_file
from scripts.services.processes import Process, ServiceError, children, die_with_parent

START_SECONDS = 90
STOP_SECONDS = 20


class Server:
    """One embedded server of a data folder; the two kinds say how it starts and stops."""

    name: str
    stop_signals: tuple[tuple[signal.Signals, float], ...]

    def __init__(self, home: Home, *, durable: bool = True) -> None:
        self.home = home
        self.durable = durable
        self.folder = home.path / self.name
        self.record = home.run / f"{self.name}.json"
        self.log = home.log / f"{self.name}.log"

    def prepare(self) -> None:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def become(self) -> Callable[[], None] | None:
        """What the child does before it turns into the server."""
        return None

    def answers(self, process: Process) -> bool:
        raise NotImplementedError

    def found(self) -> Process | None:
        """The living server of this folder, whoever started it."""
        record = read_json(self.record)
        process = Process(int(record.get("pid", 0)), str(record.get("started", "")))
        return process if process.is_alive else None

    @property
    def is_outdated(self) -> bool:
        """True when it was set up by an older checkout and must be prepared anew, stopped."""
        return False

    @property
    def is_tied(self) -> bool:
        """True when the server belongs to a launcher or a test run, and ends with it."""
        return bool(read_json(self.record).get("tied"))

    def start(self, *, tied: bool, keep_port: bool = False) -> Process:
        """Start it and wait until it answers. The caller holds the folder's lock.

        ``tied`` lets it end with the calling process; otherwise it stays until stopped.
        Raises ServiceError with the last lines of the log.
        """
        self.prepare()
        deadline = time.monotonic() + START_SECONDS
        while True:
            if not is_free(self.home.port(self.name)):
                if keep_port and time.monotonic() > deadline - START_SECONDS + 15:
                    raise ServiceError(f"port {self.home.port(self.name)} of {self.name} is taken")
                if not keep_port:
                    self.home.remember_port(self.name, free_port())
            process = self._spawn(tied=tied)
            if process and self._wait_until_ready(process, deadline):
                return process
            if time.monotonic() > deadline - START_SECONDS + 20:
                raise ServiceError(f"{self.name} does not start:\n{tail(self.log)}")
            # After a kill -9 the old server's children need a moment to notice and leave.
            time.sleep(0.3)

    def _spawn(self, *, tied: bool) -> Process | None:
        become = self.become()
        tie = die_with_parent(self.stop_signals[0][0]) if tied else None

        def before_start() -> None:
            if become:
                become()
            if tie:  # last: a change of user clears it
                tie()

        if self.log.exists() and self.log.stat().st_size > 5_000_000:
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=before_start if become or tie else None,  # noqa: PLW1509 (one thread)
                env=self.environment(),
                cwd=self.home.path,
            )
        children.append(child)
        process = Process.of(child.pid)
        if process:
            record = {"pid": process.pid, "started": process.started, "tied": tied}
            write_file(self.record, json.dumps(record))
        return process

    def environment(self) -> dict[str, str]:
        """Nothing of the caller's environment reaches the server but where programs are."""
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}

    def _wait_until_ready(self, process: Process, deadline: float) -> bool:
        while process.is_alive:
            if self.answers(process):
                return True
            if time.monotonic() > deadline:
                process.stop(*self.stop_signals)
                return False
            time.sleep(0.01)
        for child in children:
            child.poll()
        return False

    def stop(self) -> bool:
        """Stop it in an orderly way; True when there was something to stop."""
        process = self.found()
        if process is None:
            return False
        process.stop(*self.stop_signals)
        self.record.unlink(missing_ok=True)
        return True
