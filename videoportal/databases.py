"""How the portal reaches its database: connections for people, and one for machines."""

from __future__ import annotations

from typing import Any

import environ

MACHINE = "machine"


def connections(env: environ.Env) -> dict[str, dict[str, Any]]:
    """Return Django's ``DATABASES`` for the database that the environment names."""
    return {"default": _for_people(env), MACHINE: _for_machines(env)}


def _for_people(env: environ.Env) -> dict[str, Any]:
    database: dict[str, Any] = env.db("DATABASE_URL")
    options: dict[str, Any] = database.setdefault("OPTIONS", {})
    options.setdefault("connect_timeout", 5)
    # A server that is gone without a word, as after a power cut, is noticed: by itself the
    # kernel waits a quarter of an hour for what was sent, and two hours for an answer.
    options |= {
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 2,
    }
    if env.bool("DATABASE_POOL", default=False):
        # Only web sets this: Celery closes the pool after every task (celery issue 10554).
        options["pool"] = {"min_size": 2, "max_size": 16, "timeout": 5}
        # No page is worth waiting half a minute for; a lost one must not hold locks.
        options["options"] = "-c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"
    return database | {
        # Tells the server in every transaction whose rows to show.
        "ENGINE": "videoportal.kit.postgresql",
        "ATOMIC_REQUESTS": False,
        "CONN_HEALTH_CHECKS": True,
    }


def _for_machines(env: environ.Env) -> dict[str, Any]:
    """Return a connection of its own for each thread, kept open and without a pool.

    A video platform gives up after five seconds, so nothing may wait long for the database.
    """
    return {
        **env.db("DATABASE_URL"),
        # Gives up a server that is there and does not answer.
        "ENGINE": "videoportal.kit.impatient",
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "connect_timeout": 2,
            "tcp_user_timeout": 1500,
            "keepalives_idle": 1,
            "keepalives_interval": 1,
            "keepalives_count": 1,
            "options": "-c statement_timeout=2s -c idle_in_transaction_session_timeout=10s",
        },
    }
