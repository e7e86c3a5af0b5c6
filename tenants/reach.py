"""How far a person reaches, as the database works it out: the scope of their pages.

The function ``tenants_reach`` says in SQL what :class:`tenants.access.Access` says in Python,
and neither uses the other: a fault in one does not open the other. A test compares them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.utils import timezone

from tenants.models import User
from videoportal.kit import scope
from videoportal.kit.scope import Scope
from videoportal.kit.statements import SOME_ID, SOME_MOMENT, Statement


class Reach(models.Func):
    """Ids of the organisations that a person reaches now, as PostgreSQL's text for an array."""

    template = "tenants_reach(%(expressions)s)::text"
    output_field = models.TextField()

    def __init__(self, person: str, moment: datetime | None = None) -> None:
        super().__init__(person, models.Value(moment or timezone.now()))


class Told(Reach):
    """The same, told to the server as the scope of the open transaction by the way."""

    template = "set_config('app.org_ids', tenants_reach(%(expressions)s)::text, true)"


def _columns() -> list[str]:
    return [field.attname for field in User._meta.concrete_fields]


_VISITOR = Statement(
    lambda person, moment: User.objects.filter(pk=person).values_list(
        Told("pk", moment), *_columns()
    ),
    person=SOME_ID,
    moment=SOME_MOMENT,
)


def visitor(user_id: Any) -> User | None:
    """Return the person whose request it is, and put the rest of the request in their scope.

    One query for both. Outside of a request nothing but the person is read.
    """
    pk = User._meta.pk.to_python(user_id)
    person, found = None, None
    for reach, *values in _VISITOR.rows(person=pk, moment=timezone.now()):
        person = User.from_db(DEFAULT_DB_ALIAS, _columns(), values)
        found = Scope(reach, person=pk)
    note: Any = connection
    note.note_told(found if found is not None and scope.enter(found) else None)
    return person


def reach_of(person: User) -> Scope:
    """Return the scope of what the person reaches now."""
    ids = User.objects.filter(pk=person.pk).values_list(Reach("pk"), flat=True).first()
    return Scope(ids or "{}", person=person.pk)


def enter_reach_of(person: User) -> None:
    """Put the rest of the request in the scope of the person, who has just signed in."""
    scope.enter(reach_of(person))
