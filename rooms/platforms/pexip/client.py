"""A client of Pexip Infinity's management API. Contract: protocols.md 1.1 and 2.

One client serves one platform. Every call has a time-out, counts against the platform's limit
of requests a minute over all processes, and fails in one of three ways: the platform says no
(:class:`Refused`), it does not answer (:class:`Unavailable`), or the thing is not there
(:class:`Missing`). Its own words are kept whole.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import redis
import requests
import structlog
from django.conf import settings

from rooms.platforms.port import PlatformRefused, PlatformUnavailable

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 3
READ_SECONDS = 12
ROOT = "/api/admin"
PAGE = 200
# No list is longer than this many pages; a `next` that goes in circles must end.
MOST_PAGES = 2000


class Refused(PlatformRefused):
    """The platform said no. ``fields`` maps its field names to its sentences."""

    def __init__(self, words: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.fields = dict(fields or {})


class Unavailable(PlatformUnavailable):
    """The platform could not be asked, is busy, or does not let us in; worth trying again."""


class Missing(PlatformRefused):
    """What was asked for is not on the platform."""


@dataclass(frozen=True)
class Login:
    """Where a platform's management API is, and as whom; secrets stay out of ``repr``."""

    slug: str
    url: str
    user: str
    password: str = field(repr=False)
    verify: bool = True
    per_minute: int = 600


class ManagementClient:
    """Reads and writes one platform's configuration, status and history."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._session = requests.Session()
        self._session.auth = (login.user, login.password)
        self._session.verify = login.verify
        self._session.headers["Accept"] = "application/json"
        # Settings of the machine (a proxy, a .netrc) have no say in where PINs are sent.
        self._session.trust_env = False

    # Reading

    def every(self, area: str, resource: str, **filters: Any) -> Iterator[dict[str, Any]]:
        """Give every object of a list that matches, page after page.

        ``area`` is ``configuration``, ``status`` or ``history``. Follows ``next``, as the
        server may return fewer than were asked for.
        """
        path: str | None = f"{ROOT}/{area}/v1/{resource}/"
        parameters: dict[str, Any] | None = {"limit": PAGE, **filters}
        for _page in range(MOST_PAGES):
            body = self._call("GET", str(path), params=parameters)
            yield from body.get("objects", [])
            path, parameters = body.get("meta", {}).get("next"), None
            if not path:
                return
        raise Unavailable(f"The list of {resource} has no end.")

    def first(self, area: str, resource: str, **filters: Any) -> dict[str, Any] | None:
        """Return the first object that matches, or None."""
        body = self._call("GET", f"{ROOT}/{area}/v1/{resource}/", params={"limit": 1, **filters})
        return next(iter(body.get("objects", [])), None)

    def read(self, uri: str) -> dict[str, Any]:
        """Return one object by its address; raises :class:`Missing`."""
        return self._call("GET", _one(uri))

    # Writing

    def create(self, resource: str, values: Mapping[str, Any]) -> str:
        """Create an object and return its address on the platform."""
        response = self._send("POST", f"{ROOT}/configuration/v1/{resource}/", json=dict(values))
        location = urlsplit(response.headers.get("Location", "")).path
        if not location:
            raise Unavailable("The platform did not say where the new object is.")
        return location

    def change(self, uri: str, values: Mapping[str, Any]) -> None:
        """Change the fields of one object."""
        self._send("PATCH", _one(uri), json=dict(values))

    def remove(self, uri: str) -> None:
        """Delete one object; one that is gone already is fine.

        Raises ``ValueError`` for the address of a list, whose deletion would empty it.
        """
        try:
            self._send("DELETE", _one(uri))
        except Missing:
            return

    def command(self, scope: str, action: str, **values: Any) -> dict[str, Any]:
        """Give a command to what is running, such as ``conference``/``lock``, and return its data.

        Source: protocols.md 2.3.
        """
        body = self._call("POST", f"{ROOT}/command/v1/{scope}/{action}/", json=values)
        if body.get("status") != "success":
            raise Refused(str(body.get("error") or "The platform refused the command."))
        data = body.get("data")
        return data if isinstance(data, dict) else {}

    # Sending

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        response = self._send(method, path, **options)
        try:
            body = response.json()
        except ValueError as error:
            raise Unavailable("The platform answered with something that is not JSON.") from error
        if not isinstance(body, dict):
            raise Unavailable("The platform answered with something that is no object.")
        return body

    def _send(self, method: str, path: str, **options: Any) -> requests.Response:
        _respect_limit(self._login)
        try:
            response = self._session.request(
                method,
                f"{self._login.url.rstrip('/')}{path}",
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                # A redirect would carry the password elsewhere.
                allow_redirects=False,
                **options,
            )
        except requests.RequestException as error:
            # The exception's own text may quote the address with what was sent in it.
            raise Unavailable(f"No answer: {type(error).__name__}.") from error
        if response.status_code < 300:
            return response
        words, fields = _what_it_said(response)
        if response.status_code == 404:
            raise Missing(words)
        if response.status_code in {400, 405, 409, 422}:
            raise Refused(words, fields)
        raise Unavailable(f"{response.status_code}: {words}")


def _one(uri: str) -> str:
    """Return the address if it is one object's: ``/api/admin/configuration/v1/conference/7/``."""
    parts = urlsplit(uri).path.strip("/").split("/")
    if len(parts) != 6 or parts[:2] != ["api", "admin"] or not parts[5]:
        raise ValueError(f"{uri!r} is not the address of one object")
    return f"/{'/'.join(parts)}/"


def _what_it_said(response: requests.Response) -> tuple[str, dict[str, str]]:
    """Return the platform's words, and by field where it gave them so.

    It has four shapes for that: protocols.md 1.1.
    """
    try:
        body = json.loads(response.text)
    except ValueError:
        return response.reason or "no reason given", {}
    if not isinstance(body, dict):
        return str(body)[:500], {}
    for name in ("error", "error_message"):
        if isinstance(body.get(name), str):
            return body[name], {}
    if len(body) == 1 and isinstance(inner := next(iter(body.values())), dict):
        body = inner
    fields = {name: _sentence(value) for name, value in body.items()}
    return " ".join(f"{name}: {words}" for name, words in fields.items())[:2000], fields


def _sentence(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


# The requests of this minute, over all processes; gone by itself when the minute is.
_COUNT = """
local count = redis.call('incr', KEYS[1])
if count == 1 then redis.call('expire', KEYS[1], 70) end
return count
"""
_store: dict[str, Any] = {}


def _respect_limit(login: Login) -> None:
    """Count one request; raise :class:`Unavailable` when the minute's share is used up.

    Without the store there is no count, and the platform's own limit holds.
    """
    minute = int(time.time() // 60)
    key = f"{settings.CACHES['default']['KEY_PREFIX']}:platform-calls:{login.slug}:{minute}"
    store = _store.setdefault(
        settings.REDIS_URL,
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2),
    )
    try:
        count = int(store.eval(_COUNT, 1, key))
    except redis.RedisError as error:
        log.warning("platform_calls_not_counted", reason=str(error))
        return
    if count > login.per_minute:
        raise Unavailable("The share of requests for this minute is used up.")
