"""The embedded PostgreSQL and Valkey of a data folder: found, started, kept, stopped.

Used by `manage.py`, `make run` and the tests; imports the standard library alone, so that
it costs nothing where `DATABASE_URL` and `REDIS_URL` name servers of one's own. In that
case nothing here starts anything.

The data folder (`PORTAL_HOME`, or `var` in the checkout) holds everything: the cluster,
the broker's append-only file, logs, the ports once chosen, and secrets in a file that only
its owner reads. Both servers listen on 127.0.0.1 and ask for a password.
"""

from scripts.services.home import (
    LOOPBACK,
    ROOT,
    Home,
    data_folder,
    is_free,
    read_json,
    write_file,
)
from scripts.services.portal import ensure, environment, running_launcher, wanted
from scripts.services.postgres import Postgres
from scripts.services.processes import Process, ServiceError, die_with_parent
from scripts.services.testing import for_tests, start_for_tests
from scripts.services.valkey import Valkey

__all__ = [
    "LOOPBACK",
    "ROOT",
    "Home",
    "Postgres",
    "Process",
    "ServiceError",
    "Valkey",
    "data_folder",
    "die_with_parent",
    "ensure",
    "environment",
    "for_tests",
    "is_free",
    "read_json",
    "running_launcher",
    "start_for_tests",
    "wanted",
    "write_file",
]
