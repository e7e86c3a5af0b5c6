"""Servers of a test run's own, in a folder that no other run holds."""

import atexit
import base64
import fcntl
import hashlib
import os
import secrets
import shutil

from scripts.services.home import LOOPBACK, ROOT, Home, data_folder
from scripts.services.portal import wanted
from scripts.services.postgres import Postgres
from scripts.services.processes import ServiceError
from scripts.services.valkey import Valkey


def for_tests() -> None:
    """For the test settings: an environment for the tests, on servers of their own.

    pytest starts the servers, its xdist workers find them in the environment. Others that
    load the settings (mypy does) get addresses where nobody answers.
    """
    if "PYTEST_VERSION" in os.environ and "PYTEST_XDIST_WORKER" not in os.environ:
        start_for_tests()
    _set_environment()


def _set_environment() -> None:
    defaults = {
        "DATABASE_URL": f"postgres://nobody@{LOOPBACK}:1/none",
        "REDIS_URL": f"redis://{LOOPBACK}:1/0",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "DEMO_PASSWORD": f"demo-{secrets.token_hex(6)}",
        "HTTPS": "off",
        "LOG_FORMAT": "console",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


def start_for_tests() -> None:
    """Start PostgreSQL and Valkey for tests, until this process ends, and name them in its
    environment. Does nothing where the environment names both.

    Each run takes the first folder `test*` of the data folder that no other run holds, so
    two runs do not meet. Nothing is written with care for a power cut.
    """
    home = _free_test_home()
    servers = wanted(home)
    for server in servers:
        server.durable = False
        server.stop()  # left by a run that was killed
    # --reuse-db keeps the databases; an edited migration would go unnoticed.
    stamp = home.path / "migrations.stamp"
    state = _migrations_digest()
    if not stamp.exists() or stamp.read_text() != state:
        shutil.rmtree(home.path / "postgres", ignore_errors=True)
        stamp.write_text(state)
    shutil.rmtree(home.path / "valkey", ignore_errors=True)
    if servers:
        atexit.register(_stop_all, servers, os.getpid())
    for server in servers:
        server.start(tied=True)
        if isinstance(server, Postgres):
            os.environ.update(server.urls())
        else:
            os.environ["REDIS_URL"] = server.url()
    _set_environment()


def _free_test_home() -> Home:
    base = data_folder().path
    for number in range(1, 50):
        home = Home(base / ("test" if number == 1 else f"test{number}"))
        home.make()
        descriptor = os.open(home.run / "pytest.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        return home  # the descriptor stays open: the lock lasts as long as this process
    raise ServiceError(f"all test folders in {base} are held by other runs")


def _stop_all(servers: list[Postgres | Valkey], starter: int) -> None:
    if os.getpid() == starter:  # a forked child inherits the duty, not the right
        for server in servers:
            server.stop()


def _migrations_digest() -> str:
    whole = hashlib.sha256()
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        whole.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()
