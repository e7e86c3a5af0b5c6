"""The embedded servers: started, killed, found again, kept apart. Real ones, in a folder of
the test's own; the developer's and the test run's servers are not touched."""

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from scripts import services
from scripts.services import Home, Postgres, Process, Valkey

OURS = (
    "DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_PURGE_URL", "REDIS_URL",
    "SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "DEMO_PASSWORD",
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """An empty data folder that the environment names; its servers end with the test."""
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PORTAL_HOME", str(tmp_path / "portal"))
    home = Home(tmp_path / "portal")
    yield home
    for server in (Postgres(home), Valkey(home)):
        server.stop()


@pytest.fixture
def manage(home: Home) -> Callable[..., str]:
    """Start the servers as manage.py does, in a process that ends, and run a line of Python."""

    def run(line: str = "", **extra: str) -> str:
        code = f"import os, sys\nfrom scripts import services\nservices.ensure(['m', 'x'])\n{line}"
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=services.ROOT,
            env={**os.environ, **extra},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    return run


def connect(home: Home) -> psycopg.Connection:
    return psycopg.connect(Postgres(home).url(), autocommit=True)


def broker(home: Home) -> redis.Redis:
    return redis.Redis.from_url(Valkey(home).url())


def kill(server: Postgres | Valkey) -> None:
    process = server.found()
    assert process
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(10)


def test_committed_rows_survive_a_kill_of_both(home: Home, manage: Callable[..., str]) -> None:
    manage()
    with connect(home) as connection, broker(home) as client:
        connection.execute("create table kept (word text)")
        connection.execute("insert into kept values ('committed')")
        client.set("kept", "stored")
    address = Postgres(home).url(), Valkey(home).url()

    kill(Postgres(home))
    kill(Valkey(home))
    manage()

    with connect(home) as connection, broker(home) as client:
        assert connection.execute("select word from kept").fetchall() == [("committed",)]
        assert client.get("kept") == b"stored"
    assert (Postgres(home).url(), Valkey(home).url()) == address


def test_pid_file_of_a_stranger_does_not_hinder(home: Home, manage: Callable[..., str]) -> None:
    manage()
    kill(Postgres(home))
    pid_file = Postgres(home).folder / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    assert Postgres(home).found() is None
    manage()

    with connect(home) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_role_is_no_superuser_and_everything_needs_a_password(
    home: Home, manage: Callable[..., str]
) -> None:
    manage()

    with connect(home) as connection:
        role = "select current_user, rolsuper, rolcreatedb, rolbypassrls from pg_roles"
        found = connection.execute(f"{role} where rolname = current_user").fetchone()
        owner = connection.execute(
            "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
        ).fetchone()
    assert (found, owner) == (("videoportal", False, True, False), ("videoportal",))
    port = home.port("postgres")
    for user in ("videoportal", "postgres"):
        with pytest.raises(psycopg.OperationalError, match=r"password|pg_hba"):
            psycopg.connect(f"postgres://{user}:wrong@127.0.0.1:{port}/videoportal")
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=home.port("valkey")).ping()


def test_only_the_owner_reads_the_secrets_and_nothing_leaves_loopback(
    home: Home, manage: Callable[..., str]
) -> None:
    manage()

    for path in (home.path / "secrets.json", home.path / "valkey/valkey.conf"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((home.path / "postgres").stat().st_mode) == 0o700
    for name in ("postgres", "valkey"):
        with pytest.raises(OSError, match="refused"):
            # 127.0.0.2 is this machine as well: a server on every address would answer.
            socket.create_connection(("127.0.0.2", home.port(name)), 2)


def test_two_folders_run_beside_each_other(
    home: Home, manage: Callable[..., str], tmp_path: Path
) -> None:
    other = Home(tmp_path / "other folder")
    manage()
    manage(PORTAL_HOME=str(other.path))
    try:
        with connect(home) as connection:
            connection.execute("create table only_here ()")
        with connect(other) as connection:
            assert connection.execute("select to_regclass('only_here')").fetchone() == (None,)
        assert home.secrets()["SECRET_KEY"] != other.secrets()["SECRET_KEY"]
        Postgres(home).stop()
        assert Postgres(other).found()
    finally:
        for server in (Postgres(other), Valkey(other)):
            server.stop()


def test_port_taken_by_a_stranger_is_left_to_it(home: Home, manage: Callable[..., str]) -> None:
    home.make()
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = stranger.getsockname()[1]
        home.remember_port("postgres", taken)
        manage()
        assert home.port("postgres") != taken
    with connect(home) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_secrets_are_handed_out_once_and_stay(home: Home, manage: Callable[..., str]) -> None:
    show = "print(*(os.environ[name] for name in ('SECRET_KEY', 'FIELD_ENCRYPTION_KEYS', 'HTTPS')))"

    assert manage(show) == manage(show)
    assert manage(show).endswith(" off")


def test_servers_of_ones_own_start_nothing_and_hand_out_no_key(
    home: Home, manage: Callable[..., str]
) -> None:
    own = {"DATABASE_URL": "postgres://own@db.example/own", "REDIS_URL": "redis://own.example/0"}

    said = manage("print(os.environ['DATABASE_URL'], 'SECRET_KEY' in os.environ)", **own)

    assert said == "postgres://own@db.example/own False"
    assert not home.path.exists()


def test_own_database_beside_the_embedded_broker(home: Home, manage: Callable[..., str]) -> None:
    manage(DATABASE_URL="postgres://own@db.example/own")

    assert Valkey(home).found()
    assert not Postgres(home).folder.exists()


def test_tied_servers_end_with_a_killed_starter(home: Home) -> None:
    code = (
        "import os, signal\nfrom scripts.services import *\nhome = data_folder()\nhome.make()\n"
        "for server in wanted(home): server.start(tied=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=services.ROOT, check=False, timeout=100)

    for server in (Postgres(home), Valkey(home)):
        process = server.found()
        assert process is None or process.wait(20)


def test_stop_command_stops_both(home: Home, manage: Callable[..., str]) -> None:
    manage()

    done = subprocess.run(
        [sys.executable, "-m", "scripts.services", "stop"],
        cwd=services.ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout.splitlines() == ["valkey: stopped", "postgres: stopped"]
    assert (Postgres(home).found(), Valkey(home).found()) == (None, None)


def test_process_is_told_from_a_later_one_with_its_number() -> None:
    me = Process.of(os.getpid())

    assert me
    assert me.is_alive
    assert not Process(me.pid, "another start").is_alive
