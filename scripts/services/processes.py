"""Processes: told apart, waited for, stopped, tied to their parent.

Linux only: it reads /proc, and lets root start PostgreSQL in a user namespace.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

NOBODY = 65534
_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
children: list[subprocess.Popen[bytes]] = []  # kept, so that nobody warns of a running child


class ServiceError(RuntimeError):
    """A server could not be started; the message says what the reader can do."""


@dataclass(frozen=True)
class Process:
    """A process told apart from a later one that was given the same number."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The living process of that number, or None; one that only waits to be reaped is dead."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return None
        fields = stat.rpartition(")")[2].split()
        return None if fields[0] in "ZX" else cls(pid, f"{boot}/{fields[19]}")

    @property
    def is_alive(self) -> bool:
        return Process.of(self.pid) == self

    def wait(self, seconds: float) -> bool:
        """True when it ended within that time."""
        deadline = time.monotonic() + seconds
        while self.is_alive:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        for child in children:
            if child.pid == self.pid:
                child.wait()  # it has ended; without this Python warns of it at exit
        return True

    def stop(self, *signals: tuple[signal.Signals, float]) -> None:
        """Send each signal in turn, with its patience in seconds, until the process has ended."""
        for number, seconds in signals:
            with contextlib.suppress(ProcessLookupError):
                if self.is_alive:
                    os.kill(self.pid, number)
            if self.wait(seconds):
                return
        raise ServiceError(f"process {self.pid} does not end")


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the child gets this signal when its parent ends, however it ends."""
    parent = os.getpid()

    def tie() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return tie


def enter_user_namespace() -> None:
    """Become a plain user to the kernel while files stay root's: PostgreSQL refuses root."""
    user, group = os.getuid(), os.getgid()
    os.unshare(os.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {group} 1")


def become_nobody() -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
