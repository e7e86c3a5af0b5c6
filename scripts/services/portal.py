"""The portal's environment: the servers that it does not name, and how to reach them."""

import os
import sys

from scripts.services.home import LOOPBACK, Home, data_folder, read_json
from scripts.services.postgres import Postgres
from scripts.services.processes import Process, ServiceError
from scripts.services.valkey import Valkey

# Commands of manage.py that never ask the database anything.
QUIET_COMMANDS = {"help", "version", "--help", "--version", "collectstatic", "findstatic"}


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


def running_launcher(home: Home) -> Process | None:
    """The `make run` that holds this data folder, if one lives."""
    record = read_json(home.run / "launcher.json")
    process = Process(int(record.get("pid", 0)), str(record.get("started", "")))
    return process if process.is_alive else None
