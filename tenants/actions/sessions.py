"""Ending sessions from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils.translation import gettext as _

from tenants import audit, sessions
from tenants.access import Forbidden
from tenants.models import User


def _own(person: User, by: User) -> None:
    if by.pk != person.pk:
        raise Forbidden(_("You can end only your own sessions."))


@transaction.atomic
def end_session(person: User, session_id: int, *, by: User) -> bool:
    """End one of the person's own sessions; return whether there was one."""
    _own(person, by)
    row = sessions.find(person, session_id, lock=True)
    if row is None:
        return False
    sessions.close(row)
    audit.record(
        "tenants.session.ended_remotely",
        by=by,
        organisation=by.access.home_id,
        target=person,
        after={"address": row.ip},
    )
    return True


@transaction.atomic
def end_other_sessions(person: User, *, by: User, current_key: str | None) -> int:
    """End every session of the person but the current one; return how many."""
    _own(person, by)
    ended = sessions.close_others(person, current_key)
    if ended:
        audit.record(
            "tenants.session.others_ended",
            by=by,
            organisation=by.access.home_id,
            target=person,
            after={"count": ended},
        )
    return ended


@transaction.atomic
def end_sessions_from_provider(rows: Iterable[UserSession], *, provider: str) -> int:
    """End these sessions, which the named provider has ended at its side; return how many.

    What the provider sent is the right to do it (:mod:`tenants.oidc.logout`).
    """
    ended = 0
    for row in rows:
        ended += 1
        sessions.close(row)
        audit.record(
            "tenants.session.ended_by_provider",
            by=None,
            organisation=row.user.access.home_id,
            target=row.user,
            after={"provider": provider},
        )
    return ended


@transaction.atomic
def delete_ended_sessions(moment: datetime) -> int:
    """Delete sessions whose time was over at the moment; return how many rows of the list went.

    They opened nothing any more; what goes is who was signed in where.
    """
    return sessions.delete_ended(moment)
