"""What one person may do: the only reader of grants.

Built once for a request (``request.user.access``) from one query, two for operators, one more
with own rooms, and answered from sets after that. Nothing is cached
between requests, so a right that is taken away is gone at the next click.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, Any

import structlog
from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied
from django.db.models import Case, OuterRef, When
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.roles import CUSTOMER_CAPABILITIES
from videoportal.kit import scope
from videoportal.kit.scope import everywhere
from videoportal.kit.statements import SOME_ID, Statement

if TYPE_CHECKING:
    from django.db import models

    from tenants.models import Organisation, StaffSession, User

log = structlog.get_logger(__name__)

# Beyond this an array of ids stops being fast (ADR 2); the log says so, so that lists over all
# of a reseller's clients are made to ask for one organisation first.
MANY_ORGANISATIONS = 5_000


def _rights(person: int) -> models.QuerySet[Any, Any]:
    """Return role, capability, clients and organisation for every right that the person holds.

    Of the organisation everything, so that its own people's pages need not read it again.
    """
    organisations = apps.get_model("tenants", "Organisation")
    clients = organisations.objects.unscoped(reason="the reseller relation is the scope")
    clients = clients.filter(reseller=OuterRef("role_group__organisation"), is_active=True)
    return (
        apps.get_model("auth", "Group")
        .objects.filter(user=person, role_group__organisation__is_active=True)
        .values_list(
            "role_group__role",
            "organisationgroupgrant__permission__codename",
            Case(
                When(
                    organisationgroupgrant__permission__codename="administer_clients",
                    then=ArraySubquery(clients.values("pk")),
                )
            ),
            *(f"role_group__organisation__{field.name}" for field in _columns(organisations)),
        )
    )


def _columns(model: Any) -> list[Any]:
    return list(model._meta.concrete_fields)


_RIGHTS = Statement(_rights, person=SOME_ID)


class Forbidden(PermissionDenied):
    """The person may see the organisation but lacks the right to do this in it."""


class Access:
    """The capabilities of one person, by organisation.

    ``can()`` and ``organisation_ids()`` answer from memory. An inactive user and an
    anonymous one hold nothing.
    """

    def __init__(self, user: User) -> None:
        self._user = user
        self._objects: dict[type[models.Model], frozenset[int]] = {}
        self._own: dict[int, list[Any]] = {}
        self._administered: set[int] = set()

    @cached_property
    def _memberships(self) -> dict[int, dict[str, set[str]]]:
        """Capabilities held, by organisation id and role. One query.

        A role without capabilities (user) still makes its organisation one's own. A reseller's
        clients come with the one row that gives the right to them.
        """
        held: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        if not self._user.is_active:
            return held
        with self._grants_in_view():
            for role, capability, administered, *values in _RIGHTS.rows(person=self._user.pk):
                organisation_id = values[0]
                self._administered.update(administered or ())
                held[organisation_id][role].update({capability} if capability else ())
                self._own[organisation_id] = values
        return held

    def _grants_in_view(self) -> AbstractContextManager[None]:
        """Let the database show what the person holds, whoever asks and wherever they are.

        On the person's own pages it does so anyway.
        """
        if scope.current().person == self._user.pk:
            return nullcontext()
        return everywhere(reason="what a person may do is asked outside their own pages too")

    @cached_property
    def _granted(self) -> dict[int, frozenset[str]]:
        return {
            organisation_id: frozenset().union(*roles.values())
            for organisation_id, roles in self._memberships.items()
        }

    @cached_property
    def _clients(self) -> frozenset[int]:
        """Ids of the organisations administered as a reseller; they came with the rights."""
        if not self._memberships:
            return frozenset()
        clients = frozenset(self._administered)
        if len(clients) > MANY_ORGANISATIONS:
            log.warning("many_organisations", user=self._user.pk, organisations=len(clients))
        return clients

    @cached_property
    def staff_session(self) -> StaffSession | None:
        """The stay in a customer's organisation that lasts now. No query for non-operators.

        Read anew for each request, so that it is over the moment its time is, or its button
        was pressed in another window.
        """
        if not self.is_operator:
            return None
        sessions = apps.get_model("tenants", "StaffSession").objects.of_operator(self._user)
        with self._grants_in_view():
            return sessions.running(timezone.now()).select_related("organisation").first()

    @property
    def _staffed(self) -> frozenset[int]:
        """Id of the organisation that the person is in as the provider's staff, if any."""
        session = self.staff_session
        return frozenset() if session is None else frozenset({session.organisation_id})

    def can(self, capability: str, organisation: Organisation | int | None) -> bool:
        """Return whether the person holds ``capability`` on the organisation (row or id)."""
        if organisation is None:
            return False
        pk = organisation if isinstance(organisation, int) else organisation.pk
        if capability in self._granted.get(pk, ()):
            return True
        if capability not in CUSTOMER_CAPABILITIES:
            return False
        return pk in self._clients or pk in self._staffed

    def can_anywhere(self, capability: str) -> bool:
        """Return whether the person holds ``capability`` on any organisation."""
        return bool(self.organisation_ids(capability))

    def organisation_ids(self, capability: str) -> frozenset[int]:
        """Return ids of the organisations on which the person holds ``capability``."""
        own = frozenset(pk for pk, held in self._granted.items() if capability in held)
        if capability not in CUSTOMER_CAPABILITIES:
            return own
        return own | self._clients | self._staffed

    def all_organisation_ids(self) -> frozenset[int]:
        """Return ids of the organisations that the person belongs to or administers."""
        return frozenset(self._granted) | self._clients | self._staffed

    @property
    def client_ids(self) -> frozenset[int]:
        """Ids of the organisations that the person reaches as a reseller."""
        return self._clients

    @property
    def own_organisation_ids(self) -> frozenset[int]:
        """Ids of the organisations in which the person holds a role themselves."""
        return frozenset(self._granted)

    def own_organisation(self, organisation_id: int) -> Organisation | None:
        """Return an organisation in which the person holds a role themselves, without a query.

        It came with the rights.
        """
        if organisation_id not in self._memberships:
            return None
        model: Any = apps.get_model("tenants", "Organisation")
        names = [field.attname for field in _columns(model)]
        row: Organisation = model.from_db(self._user._state.db, names, self._own[organisation_id])
        return row

    def own_organisation_at(self, slug: str) -> Organisation | None:
        """Return the organisation with this slug if the person holds a role in it themselves."""
        model: Any = apps.get_model("tenants", "Organisation")
        place = [field.attname for field in _columns(model)].index("slug")
        ids = [pk for pk in self._memberships if self._own[pk][place] == slug]
        return self.own_organisation(ids[0]) if ids else None

    @property
    def home_id(self) -> int | None:
        """Id of the organisation whose log tells what the person does with their own account."""
        return min(self._granted, default=None)

    @property
    def roles(self) -> frozenset[str]:
        """The roles that the person holds anywhere themselves."""
        return frozenset().union(*self._memberships.values())

    @property
    def holdings(self) -> frozenset[tuple[str, int]]:
        """Every capability that the person holds themselves, with its organisation's id."""
        return frozenset((c, pk) for pk, held in self._granted.items() for c in held)

    def roles_in(self, organisation_id: int) -> frozenset[str]:
        """Return the roles that the person holds in the organisation themselves."""
        return frozenset(self._memberships.get(organisation_id, ()))

    @property
    def is_operator(self) -> bool:
        """Whether the person works for the provider."""
        # Not through organisation_ids(): staff mode asks this first.
        return any("operate_platform" in held for held in self._granted.values())

    def acts_on_behalf(self, organisation_id: int | None) -> bool:
        """Return whether the person reaches the organisation only as its reseller."""
        return organisation_id in self._clients and organisation_id not in self._granted

    def acts_as_staff(self, organisation_id: int | None) -> bool:
        """Return whether the person reaches the organisation only through staff mode."""
        return organisation_id in self._staffed and organisation_id not in self._granted

    def object_ids(self, grants: type[Any]) -> frozenset[int]:
        """Return ids of the objects that the person holds a direct grant on, where the
        objects' organisation is in use.

        ``grants`` is a guardian direct table for users, such as rooms' ``RoomUserGrant``;
        each table costs one query for a request.
        """
        if grants not in self._objects:
            held = grants.objects.filter(
                user_id=self._user.pk, content_object__organisation__is_active=True
            ).values_list("content_object_id", flat=True)
            with self._grants_in_view():
                self._objects[grants] = frozenset(held if self._user.is_active else ())
        return self._objects[grants]


def require(by: User, capability: str, organisation: Organisation | int | None) -> None:
    """Raise :class:`Forbidden` unless ``by`` holds ``capability`` on the organisation.

    Every action calls this, so that tasks, commands and a later API meet the same wall
    as the pages.
    """
    if not by.access.can(capability, organisation):
        raise Forbidden(_("You do not have the access level that this needs."))


def require_operator(by: User) -> None:
    """Raise :class:`Forbidden` unless ``by`` works for the provider."""
    if not by.access.is_operator:
        raise Forbidden(_("You do not have the access level that this needs."))


def require_reach(by: User, organisation: Organisation | int) -> None:
    """Raise :class:`Forbidden` unless ``by`` belongs to the organisation or administers it."""
    pk = organisation if isinstance(organisation, int) else organisation.pk
    if pk not in by.access.all_organisation_ids():
        raise Forbidden(_("You do not have the access level that this needs."))


def require_staff_mode(by: User, organisation: Organisation | int) -> None:
    """Raise :class:`Forbidden` unless ``by`` is in the organisation as the provider's staff."""
    pk = organisation if isinstance(organisation, int) else organisation.pk
    if not by.access.acts_as_staff(pk):
        raise Forbidden(_("You do not have the access level that this needs."))
