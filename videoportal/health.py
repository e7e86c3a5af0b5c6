"""Whether the portal's own parts answer, for load balancers and watchers.

Written here because django-health-check answers through an event loop and a thread with a
database connection of its own for every request, and puts host names in what it says.
"""

from __future__ import annotations

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from tenants.decorators import public

log = structlog.get_logger(__name__)
PATIENCE_SECONDS = 2


def database_answers() -> bool:
    """Return whether a query reaches the database, on a new connection if the old one is gone."""
    try:
        connection.ensure_connection()
        if not connection.is_usable():
            # The server was restarted since this connection was made.
            connection.close()
            connection.ensure_connection()
        return bool(connection.is_usable())
    except (DatabaseError, OSError) as error:
        log.warning("health_check_failed", part="database", error=str(error))
        return False


def broker_answers() -> bool:
    """Return whether the broker, which is also cache and session store, answers a ping."""
    try:
        with redis.Redis.from_url(
            settings.CELERY_BROKER_URL,
            socket_connect_timeout=PATIENCE_SECONDS,
            socket_timeout=PATIENCE_SECONDS,
        ) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError) as error:
        log.warning("health_check_failed", part="broker", error=str(error))
        return False


PARTS = {"database": database_answers, "broker": broker_answers}


@public
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when every part works, else 503; name each part and nothing about it."""
    parts = {name: "ok" if works() else "down" for name, works in PARTS.items()}
    healthy = "down" not in parts.values()
    return JsonResponse(
        {"status": "ok" if healthy else "down", **parts}, status=200 if healthy else 503
    )
