"""A client of Pexip Infinity's management API. Contract: docs/pexip.md, Management API.

One client serves one platform, and signs in with a password or a signed assertion. Every call
has a time-out and counts against the platform's limit of requests a minute over all processes.
It fails in one of these ways: the platform says no (:class:`Refused`), the thing is not there
(:class:`Missing`), this request got no answer (:class:`PlatformUnavailable`), nothing would get
one now (:class:`PlatformDown`), or our own share is used up (:class:`PlatformBusy`). The
platform's own words are kept whole.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import redis
import requests
import structlog
import urllib3
from django.conf import settings

from rooms.platforms.pexip import tokens
from rooms.platforms.pexip.transport import BoundAdapter
from rooms.platforms.port import (
    PlatformBusy,
    PlatformDown,
    PlatformRefused,
    PlatformUnavailable,
)
from rooms.platforms.texts import all_storable, storable

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 3
READ_SECONDS = 12
ROOT = "/api/admin"
PAGE = 200
LARGEST = 64 * 1024 * 1024
LONGEST_WORDS = 2000
# No list is longer than this many pages; a `next` that goes in circles must end.
MOST_PAGES = 2000
# How long a call may wait for its turn when the minute's requests are used up.
PATIENCE_SECONDS = 2.0
# Answers that say nothing of the request itself.
DOWN = frozenset({401, 429, 502, 503, 504})


class Refused(PlatformRefused):
    """The platform said no. ``fields`` maps its field names to its sentences."""

    def __init__(self, words: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.fields = dict(fields or {})


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
    # Where there is one, ``user`` is an OAuth2 client's id, and this signs for it.
    key: str = field(default="", repr=False)


class ManagementClient:
    """Reads and writes one platform's configuration, status and history."""

    def __init__(self, login: Login, *, seconds: tuple[float, float] | None = None) -> None:
        """``seconds`` to wait for a connection and for an answer, where not as usual."""
        self._login = login
        self._seconds = seconds
        self._session = requests.Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, BoundAdapter())
        self._oauth = (
            tokens.Client(login.user, login.key, f"{login.url.rstrip('/')}{tokens.TOKEN_PATH}")
            if login.key
            else None
        )
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
        path = f"{ROOT}/{area}/v1/{resource}/"
        body = self._call("GET", path, params={"limit": PAGE, **filters})
        asked: set[str] = set()
        for _page in range(MOST_PAGES):
            yield from _objects(body)
            following = _query_of_next(body, path)
            if not following:
                return
            if following in asked:
                break
            asked.add(following)
            body = self._call("GET", f"{path}?{following}")
        raise PlatformUnavailable(f"The list of {resource} has no end.")

    def first(self, area: str, resource: str, **filters: Any) -> dict[str, Any] | None:
        """Return the first object that matches, or None."""
        body = self._call("GET", f"{ROOT}/{area}/v1/{resource}/", params={"limit": 1, **filters})
        return next(iter(_objects(body)), None)

    def resources(self) -> dict[str, Any]:
        """Return what the configuration area holds, by name; how a platform is known."""
        return self._call("GET", f"{ROOT}/configuration/v1/")

    def read(self, uri: str) -> dict[str, Any]:
        """Return one object by its address; raises :class:`Missing`."""
        return self._call("GET", _one(uri))

    # Writing

    def create(self, resource: str, values: Mapping[str, Any]) -> str:
        """Create an object and return its address on the platform."""
        response = self._send("POST", f"{ROOT}/configuration/v1/{resource}/", json=dict(values))
        location = urlsplit(response.headers.get("Location", "")).path
        if not location:
            raise PlatformUnavailable("The platform did not say where the new object is.")
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

        Source: docs/pexip.md, Management API.
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
            body = _json(response)
        except ValueError as error:
            raise PlatformUnavailable(
                "The platform answered with something that is not JSON."
            ) from error
        if not isinstance(body, dict):
            raise PlatformUnavailable("The platform answered with something that is no object.")
        return body

    def _send(self, method: str, path: str, **options: Any) -> requests.Response:
        if self._oauth is None:
            basic = (self._login.user, self._login.password)
            return _judged(self._exchange(method, path, auth=basic, **options))
        kept = tokens.held(self._oauth)
        token = kept or self._new_token(self._oauth)
        response = self._exchange(method, path, auth=tokens.Bearer(token), **options)
        if response.status_code == 401:
            tokens.forget(self._oauth, token)
            if kept:
                # Ended or taken back since it was given; nothing was done with the request.
                token = self._new_token(self._oauth)
                response = self._exchange(method, path, auth=tokens.Bearer(token), **options)
            if response.status_code == 401:
                tokens.forget(self._oauth, token)
                raise tokens.TokenUseless(_told(response), status=401)
        return _judged(response)

    def _new_token(self, client: tokens.Client) -> str:
        """Return a token that the platform gives now.

        Without one nothing gets through and nothing was done: raises :class:`PlatformDown`,
        whose words say that it was about the token, or :class:`PlatformBusy`.
        """
        try:
            form = tokens.claim(client)
        except ValueError as error:
            raise tokens.TokenRefused(f"Token: {error}.", status=401) from error
        try:
            response = self._exchange("POST", tokens.TOKEN_PATH, data=form, auth=None)
        except PlatformBusy:
            raise
        except PlatformUnavailable as silence:
            raise PlatformDown(f"Token: {silence}") from silence.__cause__
        told = f"Token: {_told(response)}"
        if response.status_code in {301, 302, 307, 308, 400, 401, 403, 404, 405}:
            raise tokens.TokenRefused(told, status=response.status_code)
        if response.status_code != 200:
            raise PlatformDown(told, status=response.status_code)
        try:
            return tokens.keep(client, _json(response))
        except ValueError as error:
            raise PlatformDown("Token: the platform answered with none.") from error

    def _exchange(self, method: str, path: str, **options: Any) -> requests.Response:
        _wait_for_turn(self._login)
        seconds = self._seconds or (CONNECT_SECONDS, READ_SECONDS)
        try:
            response = self._session.request(
                method,
                f"{self._login.url.rstrip('/')}{path}",
                timeout=seconds,
                stream=True,
                # A redirect would carry the password elsewhere.
                allow_redirects=False,
                **options,
            )
            _read_whole(response)
        except requests.RequestException as error:
            # The exception's own text may quote the address with what was sent in it.
            reason = f"No answer: {type(error).__name__}."
            raise (PlatformDown if _never_got_there(error) else PlatformUnavailable)(
                reason
            ) from error
        return response


def _told(response: requests.Response) -> str:
    return f"{response.status_code}: {_what_it_said(response)[0]}"


def _judged(response: requests.Response) -> requests.Response:
    """Return the answer of a request that was carried out; raise for the others."""
    if response.status_code < 300:
        return response
    words, fields = _what_it_said(response)
    told = f"{response.status_code}: {words}"
    if response.status_code == 404:
        raise Missing(words)
    if response.status_code < 400 or response.status_code in DOWN:
        raise PlatformDown(told, status=response.status_code)
    if response.status_code >= 500 or response.status_code == 403:
        raise PlatformUnavailable(told, status=response.status_code)
    raise Refused(words, fields)


def _never_got_there(error: requests.RequestException) -> bool:
    """Return whether there was no connection at all, rather than one that fell silent."""
    cause = error.args[0] if error.args else None
    return isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError) or isinstance(
        cause, urllib3.exceptions.MaxRetryError
    )


_ONE = re.compile(r"/api/admin/[a-z]+/v1/[a-z_0-9]+/[A-Za-z0-9-]+/")


def _one(uri: str) -> str:
    """Return the address if it is one object's: ``/api/admin/configuration/v1/conference/7/``."""
    path = urlsplit(uri).path
    if not _ONE.fullmatch(path) or path.endswith("/schema/"):
        raise ValueError(f"{uri!r} is not the address of one object")
    return path


def _objects(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the objects of a list's page."""
    found = body.get("objects")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise PlatformUnavailable("The platform answered with something that is no list.")
    return found


def _query_of_next(body: Mapping[str, Any], path: str) -> str:
    """Return the query of the list's next page; empty after the last.

    The query alone is taken over: a ``next`` such as ``@elsewhere.example.no/`` would make the
    platform's address the user name at another host, and send the password there.
    """
    meta = body.get("meta")
    following = meta.get("next") if isinstance(meta, dict) else None
    if not following:
        return ""
    try:
        parts = urlsplit(str(following))
    except ValueError:
        parts = urlsplit("")
    if parts.path != path or not parts.query:
        raise PlatformUnavailable("The platform's next page leads away from the list.")
    return parts.query


def _read_whole(response: requests.Response) -> None:
    """Read the answer's body piece by piece as it comes, up to the largest that is taken."""
    body = bytearray()
    try:
        while piece := response.raw.read1(65536, decode_content=True):
            body += piece
            if len(body) > LARGEST:
                response.close()
                raise requests.ReadTimeout("the answer has no end")
    except urllib3.exceptions.ReadTimeoutError as error:
        raise requests.ReadTimeout(error) from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.ConnectionError(error) from error
    response._content = bytes(body)


def _json(response: requests.Response) -> Any:
    """Return what the answer says, storable; raises ``ValueError`` when it is not JSON."""
    try:
        # JSON is UTF-8: to guess at another alphabet takes many seconds for a large answer.
        body = json.loads(response.content.decode("utf-8-sig"))
    except RecursionError as error:
        raise ValueError("too deep") from error
    # Only what is escaped can be something that a text in the database cannot hold.
    return all_storable(body) if b"\\u" in response.content else body


def _what_it_said(response: requests.Response) -> tuple[str, dict[str, str]]:
    """Return the platform's words, and by field where it gave them so.

    It has four shapes for that: docs/pexip.md, Management API.
    """
    try:
        body = _json(response)
    except ValueError:
        return storable(response.reason or "no reason given")[:LONGEST_WORDS], {}
    if not isinstance(body, dict):
        return str(body)[:500], {}
    for name in ("error", "error_message"):
        if isinstance(body.get(name), str):
            more = body.get("error_description")  # RFC 6749, 5.2
            words = f"{body[name]}: {more}" if isinstance(more, str) else body[name]
            return words[:LONGEST_WORDS], {}
    if len(body) == 1 and isinstance(inner := next(iter(body.values())), dict):
        body = inner
    fields = {name: _sentence(value) for name, value in body.items()}
    return " ".join(f"{name}: {words}" for name, words in fields.items())[:LONGEST_WORDS], fields


def _sentence(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


# When the next request may go (generic cell rate): a few at once, then one every so often. Two
# neighbouring minutes cannot add up to more than the limit, as counts by the clock could.
_TURN = """
local time = redis.call('time')
local now = time[1] + time[2] / 1000000
local step, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local due = math.max(tonumber(redis.call('get', KEYS[1]) or 0), now)
local wait = due - (burst - 1) * step - now
if wait > 0 then return string.format('%.6f', wait) end
redis.call('set', KEYS[1], string.format('%.6f', due + step), 'ex', 120)
return '0'
"""
_store: dict[str, Any] = {}


def _wait_for_turn(login: Login) -> None:
    """Count one request, waiting a little for its turn; raise :class:`PlatformBusy` for longer.

    Without the store there is no count, and the platform's own limit holds.
    """
    burst = max(1, login.per_minute // 10)
    step = 60 / (login.per_minute - burst)
    key = f"{settings.CACHES['default']['KEY_PREFIX']}:platform-calls:{login.slug}"
    store = _store.setdefault(
        settings.REDIS_URL,
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2),
    )
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            wait = float(store.eval(_TURN, 1, key, step, burst))
        except redis.RedisError as error:
            log.warning("platform_calls_not_counted", reason=str(error))
            return
        if not wait:
            return
        if time.monotonic() + wait > until:
            raise PlatformBusy(wait)
        time.sleep(wait)
