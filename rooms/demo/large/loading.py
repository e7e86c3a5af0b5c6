"""The whole of the large set, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db import connection, models, transaction

from rooms.demo.large.calls import CallRows
from rooms.demo.large.ground import BIG_RESELLER, Ground
from rooms.demo.large.history import HistoryRows
from rooms.demo.large.people import PeopleRows
from rooms.demo.large.planning import Planning
from rooms.demo.large.rooms import RoomRows
from rooms.demo.people import ORGANISATIONS
from rooms.models import NumberAllocation, Room, RoomSubscription, RoomUserGrant
from rooms.platforms.models import CallLeg
from tenants.models import (
    AuditEntry,
    Organisation,
    OrganisationGroupGrant,
    ResellerConnection,
    RoleGroup,
    User,
)


class NotOurDatabase(Exception):
    """The database holds organisations that the demo did not make."""


def seed_large(
    *,
    password: str,
    database_is_mine: bool = False,
    say: Callable[[str], object] = print,
    scale: float = 1.0,
) -> int:
    """Load the large data beside the small and return how many rooms were new.

    Returns 0 when it is there already. Everything comes in one transaction. ``scale``
    makes it smaller for tests. Raises :class:`NotOurDatabase` when the database holds other
    organisations and ``database_is_mine`` is not said.
    """
    organisations = Organisation.objects.unscoped(reason="the demo looks for its own numbers")
    if organisations.filter(slug=BIG_RESELLER).exists():
        return 0
    others = organisations.exclude(organisation_number__in=[o.number for o in ORGANISATIONS])
    if others.exists() and not database_is_mine:
        raise NotOurDatabase(
            f"The database holds {others.count()} organisations that are not the demo's. "
            "Use another one, or say --database-is-mine."
        )
    with transaction.atomic():
        ground = Ground(password=password, scale=scale)
        rooms = _load(ground, say)
    with connection.cursor() as cursor:
        for model in ground.models:
            cursor.execute(f'analyze "{model._meta.db_table}"')
    return rooms


def _load(ground: Ground, say: Callable[[str], object]) -> int:
    def put(model: type[models.Model], rows: Iterable[dict[str, Any]]) -> None:
        count = ground.copiers[model].load(rows)
        say(f"{model._meta.db_table}: {count} rows")

    planning = Planning(ground)
    planning.plan_organisations()
    planning.plan_people()
    people, room_rows = PeopleRows(ground), RoomRows(ground)
    groups = list(people.groups())
    put(Organisation, people.organisation_rows())
    put(ResellerConnection, people.connection_rows())
    put(Group, ({"id": pk, "name": name} for pk, name, _org, _role in groups))
    put(RoleGroup, people.role_group_rows(groups))
    put(OrganisationGroupGrant, people.capability_rows(groups))
    put(User, people.user_rows())
    put(EmailAddress, people.address_rows())
    put(User.groups.through, people.membership_rows(groups))
    clear, host_tokens, guest_tokens = room_rows.pin_pool()
    numbers = room_rows.numbers(sum(o.rooms for o in ground.organisations), clear)
    put(Room, room_rows.room_rows(iter(numbers), host_tokens, guest_tokens))
    put(NumberAllocation, room_rows.allocation_rows())
    put(RoomSubscription, room_rows.subscription_rows())
    put(RoomUserGrant, room_rows.own_room_rows())
    put(AuditEntry, HistoryRows(ground).audit_rows())
    put(CallLeg, CallRows(ground).leg_rows())
    return len(ground.facts)
