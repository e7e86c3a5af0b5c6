"""The processes that `make run` keeps alive: what each is started with, and what it may know."""

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from scripts.services import LOOPBACK, Home

BIN = Path(sys.executable).parent
# Only the preparing steps own the database, and only the worker purges its audit log.
OTHER_ROLES = ("DATABASE_OWNER_URL", "DATABASE_PURGE_URL")

SIMULATOR = "simulator.json"
# The simulated platform knows no more of the portal than a real one would.
PORTALS_OWN = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "DEMO_PASSWORD")


@dataclass
class Program:
    """One process of the portal and how it has fared."""

    name: str
    command: list[str]
    extra: dict[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    # Without one that is not vital the portal lives on.
    is_vital: bool = True
    child: subprocess.Popen[bytes] | None = None
    started: float = 0
    failures: int = 0
    again_at: float = 0


def programs(home: Home, port: int) -> list[Program]:
    celery = [str(BIN / "celery"), "--quiet", "-A", "videoportal.celery"]
    return [
        Program(
            "web",
            [
                str(BIN / "granian"), "--interface", "wsgi", "--host", LOOPBACK,
                "--port", str(port), "--workers", "2", "--blocking-threads", "4",
                "--respawn-failed-workers", "--workers-kill-timeout", "10",
                "--log-level", "warning", "videoportal.wsgi:application",
            ],
            {"DATABASE_POOL": "on"},
            OTHER_ROLES,
        ),
        Program(
            "worker",
            [*celery, "worker", "--concurrency", "2", "--without-gossip", "--without-mingle",
             "--loglevel", "warning"],
            # It warns of running as root, which on one's own machine is not news.
            {"PYTHONWARNINGS": "ignore::UserWarning:celery.platforms"},
            ("DATABASE_OWNER_URL",),
        ),
        Program(
            "beat",
            [*celery, "beat", "--loglevel", "warning", "--pidfile", "",
             "--schedule", str(home.run / "beat-schedule")],
            hidden=OTHER_ROLES,
        ),
    ]  # fmt: skip


def simulator(home: Home) -> Program:
    """The demo's video platform. Its passwords are in a file: arguments are seen by everybody."""
    files = ["--config", str(home.run / SIMULATOR), "--state", str(home.path / SIMULATOR)]
    return Program(
        "platform",
        [sys.executable, "-m", "scripts.pexip_simulator", *files, "--bulk"],
        hidden=(*OTHER_ROLES, *PORTALS_OWN),
        is_vital=False,
    )
