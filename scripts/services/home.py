"""The data folder: keys, ports and locks that outlive a process."""

import base64
import contextlib
import fcntl
import json
import os
import random
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.services.processes import ServiceError

ROOT = Path(__file__).resolve().parent.parent.parent
LOOPBACK = "127.0.0.1"
DATABASE = "videoportal"
# The database's roles by what they are for, each with its key in secrets.json. The owner has
# the database's own name; web owns nothing; purge may delete what is old in the audit log.
LOGINS = {
    "owner": (DATABASE, "postgres"),
    "web": (f"{DATABASE}_web", "postgres_web"),
    "purge": (f"{DATABASE}_purge", "postgres_purge"),
}


def write_file(path: Path, content: str, mode: int = 0o600) -> None:
    """Replace a file in one step, so that a killed writer leaves the old one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file; empty when there is none, or none that can be read."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def tail(path: Path, lines: int = 12) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def is_free(port: int) -> bool:
    """True when nobody listens on that port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A free port below the range from which the kernel numbers outgoing connections."""
    for _ in range(200):
        port = random.SystemRandom().randrange(20_000, 32_000)
        if is_free(port):
            return port
    raise ServiceError("found no free port between 20000 and 32000")


class Home:
    """A data folder and what it remembers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run = path / "run"
        self.log = path / "log"

    def make(self) -> None:
        for folder in (self.path, self.run, self.log):
            folder.mkdir(parents=True, exist_ok=True, mode=0o711)

    @contextlib.contextmanager
    def locked(self, name: str = "services") -> Iterator[None]:
        """Hold a lock of this folder; the kernel drops it when the holder is killed."""
        self.make()
        with (self.run / f"{name}.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def secrets(self) -> dict[str, str]:
        """Keys and passwords of this folder, made once; the file is readable by its owner only."""
        path = self.path / "secrets.json"
        known = read_json(path)
        if path.exists() and not known:
            raise ServiceError(f"{path} cannot be read; without it nothing stored here opens")
        new = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "DEMO_PASSWORD": f"demo-{secrets.token_hex(3)}-{secrets.token_hex(3)}",
            **{key: secrets.token_hex(24) for _name, key in LOGINS.values()},
            "valkey": secrets.token_hex(24),
        }
        if new.keys() - known.keys():
            known = new | known
            write_file(path, json.dumps(known, indent=1) + "\n")
        return {str(name): str(value) for name, value in known.items()}

    def port(self, name: str) -> int:
        """The port remembered for a server, chosen at the first asking."""
        ports = read_json(self.path / "ports.json")
        if not isinstance(ports.get(name), int):
            self.remember_port(name, free_port())
            return self.port(name)
        return int(ports[name])

    def remember_port(self, name: str, port: int) -> None:
        ports = read_json(self.path / "ports.json")
        write_file(self.path / "ports.json", json.dumps(ports | {name: port}) + "\n")


def data_folder() -> Home:
    """The data folder in use: ``PORTAL_HOME``, else ``var`` in the checkout."""
    named = os.environ.get("PORTAL_HOME")
    return Home(Path(named).expanduser().resolve() if named else ROOT / "var")
