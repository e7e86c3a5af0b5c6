"""What the parts of the large set share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission
from django.db import models
from django.utils import timezone

from rooms.demo.large.copying import Copier
from rooms.models import NumberAllocation, Room, RoomProduct, RoomSubscription, RoomUserGrant
from rooms.platforms.models import CallLeg, VideoPlatform
from tenants.models import (
    AuditEntry,
    Organisation,
    OrganisationGroupGrant,
    ResellerConnection,
    RoleGroup,
    User,
)
from tenants.roles import Role

BIG_RESELLER = "stor-forhandler"
BIG_RESELLER_CLIENTS = 500
BIG_ORGANISATION = "region-10000"
TRUST = "helseforetak-2000"


@dataclass(slots=True)
class Person:
    pk: int
    name: str
    email: str
    role: Role


@dataclass(slots=True)
class PlannedOrganisation:
    pk: int
    number: str
    name: str
    slug: str
    kind: Organisation.Kind
    reseller: PlannedOrganisation | None
    created_at: datetime
    rooms: int = 0
    people: list[Person] = field(default_factory=list)


@dataclass(slots=True)
class RoomFacts:
    """What the tables around a room need to know of it."""

    pk: int
    organisation_pk: int
    number: str
    name: str
    product: RoomProduct
    ordered_on: date
    created_at: datetime
    owner: Person | None
    owner_email: str
    cost_centre: str
    by: Person
    on_behalf: str
    charged_until: date | None
    closed_on: date | None
    public_id: UUID


class Ground:
    """What all the parts share: chance, the day, the tables, and what has been made so far."""

    models: tuple[type[models.Model], ...] = (
        Organisation,
        ResellerConnection,
        Group,
        RoleGroup,
        OrganisationGroupGrant,
        User,
        EmailAddress,
        User.groups.through,
        NumberAllocation,
        Room,
        RoomSubscription,
        RoomUserGrant,
        AuditEntry,
        CallLeg,
    )

    def __init__(self, *, password: str, scale: float) -> None:
        self.random = Random("large")
        self.today = timezone.localdate()
        self.now = timezone.now()
        self.password = make_password(password)
        self.scale = scale
        self.copiers = {model: Copier(model) for model in self.models}
        self.permissions = dict(
            Permission.objects.filter(content_type__app_label="tenants").values_list(
                "codename", "pk"
            )
        )
        self.own_room = Permission.objects.get(codename="edit_own_room").pk
        self.platform_id = VideoPlatform.objects.usual().pk
        self.products = list(RoomProduct.objects.select_related("room_type").order_by("pk"))
        self.organisations: list[PlannedOrganisation] = []
        self.facts: list[RoomFacts] = []
        self.grants: list[tuple[int, int]] = []  # person, room

    def scaled(self, count: int, least: int = 1) -> int:
        return max(least, round(count * self.scale))

    def everybody(self) -> Iterator[tuple[PlannedOrganisation, Person]]:
        """Give every person with the organisation they belong to."""
        for organisation in self.organisations:
            for person in organisation.people:
                yield organisation, person
