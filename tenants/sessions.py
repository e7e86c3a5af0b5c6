"""Sessions: how long one lasts, and which of a person's are open."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.stagekit import unstash_login
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.models import User

STARTED, SEEN = "started_at", "seen_at"
# How often a session in use is written: more often than this nobody needs to know.
WRITE_EVERY = 60


def began_here(request: HttpRequest, user: User) -> bool:
    """Return whether this browser made the account, or gave its password, and waits to go on."""
    login = unstash_login(request, peek=True)
    return login is not None and login.user is not None and login.user.pk == user.pk


_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def device_name(user_agent: str) -> str:
    """Return browser and system in words, as far as the browser tells: ``Chrome on Windows``."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown device")


def begin(session: SessionBase) -> None:
    """Start counting the session's time."""
    session[STARTED] = session[SEEN] = int(time.time())


def over_since(session: SessionBase) -> str:
    """Return why the signed-in session is over, ``idle`` or ``age``; empty while it lasts."""
    now = time.time()
    if now - session.get(STARTED, now) > settings.SESSION_SECONDS:
        return "age"
    if now - session.get(SEEN, now) > settings.SESSION_IDLE_SECONDS:
        return "idle"
    return ""


def note_use(request: HttpRequest) -> None:
    """Remember that the session was used now, at most once a minute."""
    session, now = request.session, int(time.time())
    if STARTED not in session:
        # It was open when the portal began to count.
        session[STARTED] = now
    if now - session.get(SEEN, 0) < WRITE_EVERY:
        return
    session[SEEN] = now
    UserSession.objects.filter(session_key=session.session_key).update(
        last_seen_at=timezone.now(), ip=get_adapter().get_client_ip(request)
    )


@dataclass(frozen=True)
class OpenSession:
    """One of a person's open sessions, for the page that lists them."""

    pk: int
    device: str
    address: str
    started: datetime
    seen: datetime
    current: bool


def open_sessions(user: User, current_key: str | None) -> list[OpenSession]:
    """Return the person's sessions that still count, this one first, then the latest used."""
    rows = sorted(
        _living(user).order_by("-last_seen_at", "pk"),
        key=lambda row: row.session_key != current_key,
    )
    return [
        OpenSession(
            pk=row.pk,
            device=device_name(row.user_agent),
            address=row.ip,
            started=row.created_at,
            seen=row.last_seen_at,
            current=row.session_key == current_key,
        )
        for row in rows
    ]


def _living(user: User) -> Any:
    now = timezone.now()
    return UserSession.objects.filter(
        user_id=user.pk,
        created_at__gt=now - timedelta(seconds=settings.SESSION_SECONDS),
        last_seen_at__gt=now - timedelta(seconds=settings.SESSION_IDLE_SECONDS),
        session_key__in=Session.objects.filter(expire_date__gt=now).values("session_key"),
    )


def find(user: User, pk: int, *, lock: bool = False) -> UserSession | None:
    """Return one of the person's sessions, whether it still counts or not."""
    rows = UserSession.objects.filter(user_id=user.pk, pk=pk)
    return (rows.select_for_update() if lock else rows).first()


def close(row: UserSession) -> None:
    """End the session for good; its next request is signed out.

    The copy in the cache goes again after commit: a request in between would have read the
    row that was still there and put it back.
    """
    store = import_module(settings.SESSION_ENGINE).SessionStore
    key = row.session_key
    store().delete(key)
    transaction.on_commit(lambda: store().delete(key))
    row.delete()


def close_others(user: User, current_key: str | None) -> int:
    """End every session of the person but one; return how many rows went."""
    rows = list(UserSession.objects.filter(user_id=user.pk).exclude(session_key=current_key))
    for row in rows:
        close(row)
    return len(rows)


def delete_ended(moment: datetime) -> int:
    """Delete ended sessions and the rows that list them; return how many rows went."""
    Session.objects.filter(expire_date__lt=moment).delete()
    count, _by_model = UserSession.objects.filter(
        Q(created_at__lt=moment - timedelta(seconds=settings.SESSION_SECONDS))
        | Q(last_seen_at__lt=moment - timedelta(seconds=settings.SESSION_IDLE_SECONDS))
        | ~Q(session_key__in=Session.objects.values("session_key"))
    ).delete()
    return count


def is_signed_in(session: SessionBase) -> bool:
    """Return whether somebody has signed in, without asking who."""
    return SESSION_KEY in session
