"""When each platform last asked and told, for the operator's pages.

Kept in Valkey, written by each process at most every few seconds for each platform and never
waited for: a policy answer costs its one query, and a store that is down costs a call nothing.
Only for platforms that exist: a stranger cannot fill the store.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger(__name__)

EVERY_SECONDS = 5.0
# After a failure the store is left alone this long.
PAUSE_SECONDS = 30.0
# A policy answer waits at most so long, once in a pause.
WRITE_SECONDS = 0.05
READ_SECONDS = 0.5
KEPT_SECONDS = 90 * 24 * 3600
LONGEST = 300


class What(StrEnum):
    """What a platform did, or was told, last."""

    ANSWER = "answer"
    WITHHELD = "withheld"
    WRONG_POLICY_PASSWORD = "wrong_policy_password"  # noqa: S105 - says that one was wrong
    EVENTS = "events"
    WRONG_SINK_PASSWORD = "wrong_sink_password"  # noqa: S105 - as above


class Verdict(StrEnum):
    """How a policy request was answered."""

    ANSWERED = "answered"
    REFUSED = "refused"
    NOT_OURS = "not_ours"


@dataclass(frozen=True)
class Last:
    """The last time of something; ``words`` say more of it."""

    at: datetime
    words: str = ""


@dataclass(frozen=True)
class Seen:
    """The last of each that is known of a platform; None for what never was.

    ``is_known`` is False while the store does not answer: then nothing is known.
    """

    answer: Last | None = None
    withheld: Last | None = None
    wrong_policy_password: Last | None = None
    events: Last | None = None
    wrong_sink_password: Last | None = None
    is_known: bool = True


_stores: dict[tuple[str, float], Any] = {}
_next: dict[tuple[str, str], float] = {}
_resting_until = [0.0]


def forget() -> None:
    """Begin anew in this process: the next of everything is written at once."""
    _next.clear()
    _resting_until[0] = 0.0


def note(slug: str, what: What, words: str = "") -> None:
    """Note that it happened now, unless that was noted a moment ago; never raises."""
    now = time.monotonic()
    if now < _next.get((slug, what), 0.0) or now < _resting_until[0]:
        return
    _next[slug, what] = now + EVERY_SECONDS
    try:
        with _store(WRITE_SECONDS).pipeline(transaction=False) as pipe:
            pipe.hset(_key(slug), what, f"{time.time():.3f} {words[:LONGEST]}")
            pipe.expire(_key(slug), KEPT_SECONDS)
            pipe.execute()
    except redis.RedisError as error:
        _resting_until[0] = now + PAUSE_SECONDS
        log.warning("platform_seen_not_noted", platform=slug, reason=str(error))


def latest(slugs: Iterable[str]) -> dict[str, Seen]:
    """Return what is known of each platform, by slug; one request to the store."""
    names = list(slugs)
    try:
        with _store(READ_SECONDS).pipeline(transaction=False) as pipe:
            for slug in names:
                pipe.hgetall(_key(slug))
            found = pipe.execute()
    except redis.RedisError as error:
        log.warning("platform_seen_not_read", reason=str(error))
        return {slug: Seen(is_known=False) for slug in names}
    return {slug: _seen(values) for slug, values in zip(names, found, strict=True)}


def _seen(values: dict[str, str]) -> Seen:
    last: dict[str, Any] = {what.value: _last(values[what]) for what in What if what in values}
    return Seen(**last)


def _last(value: str) -> Last:
    seconds, _space, words = value.partition(" ")
    return Last(datetime.fromtimestamp(float(seconds), UTC), words)


def _key(slug: str) -> str:
    return f"{settings.CACHES['default']['KEY_PREFIX']}:platform-seen:{slug}"


def _store(seconds: float) -> Any:
    url = str(settings.CACHES["default"]["LOCATION"])
    return _stores.setdefault(
        (url, seconds),
        redis.Redis.from_url(
            url,
            socket_timeout=seconds,
            socket_connect_timeout=seconds,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        ),
    )
