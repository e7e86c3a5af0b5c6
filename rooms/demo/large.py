"""Loading of the large demo data by COPY: what the benchmarks measure on.

| | |
|---|---|
| organisations | 10,000 beside the small set's six |
| resellers | 20: one with 500 clients, the others with 100 each |
| rooms | 200,000: 10,000 in one organisation, 2,000 in another, 10,000 with the 500 clients |
| people | 50,000, every address verified; 30,000 hold one room or more |
| audit entries | two or more for each room, and one for each organisation and grant |

The content depends on nothing but the day. PINs are true tokens of the portal's cipher,
but from a pool: encrypting 400,000 separate ones would take longer than all the rest.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission
from django.db import connection, models, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from rooms import actions, pins, terms
from rooms.choices import Provisioning, Rule
from rooms.demo.names import FIRST_NAMES, LAST_NAMES, PLACES, ROOM_NAMES, UNITS
from rooms.demo.people import ORGANISATIONS
from rooms.models import (
    NumberAllocation,
    NumberRange,
    Room,
    RoomProduct,
    RoomSubscription,
    RoomUserGrant,
)
from rooms.platforms.models import VideoPlatform
from tenants import audit
from tenants.actions import ROLES_OF_KIND
from tenants.models import (
    AuditEntry,
    Organisation,
    OrganisationGroupGrant,
    ResellerConnection,
    RoleGroup,
    User,
)
from tenants.roles import ROLE_CAPABILITIES, Role
from videoportal.kit.dates import add_months
from videoportal.kit.fields import encrypt

ORGANISATION_COUNT = 10_000
ROOM_COUNT = 200_000
USER_COUNT = 50_000
HOLDER_COUNT = 30_000
PIN_POOL = 2_000
# The first large organisation number: known again, and not among the small set's.
FIRST_NUMBER_BODY = 32_000_000

BIG_RESELLER = "stor-forhandler"
BIG_RESELLER_CLIENTS = 500
BIG_ORGANISATION = "region-10000"
TRUST = "helseforetak-2000"


class NotOurDatabase(Exception):
    """The database holds organisations that the demo did not make."""


class _Copier:
    """Streams rows of one model into its table, in the binary form of COPY.

    A row is the model's defaults with ``values`` by attribute name (``organisation_id``).
    Keys are numbered here, from the highest that there is, and the sequence follows at the end.
    """

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        fields = model._meta.concrete_fields
        self._position = {f.attname: index for index, f in enumerate(fields)}
        self._defaults: list[Any] = [
            None if f.has_default() and callable(f.default) else f.get_default() for f in fields
        ]
        self._columns = [f.column for f in fields]
        self._json = [index for index, f in enumerate(fields) if isinstance(f, models.JSONField)]
        for index in self._json:
            self._defaults[index] = Jsonb({})
        with connection.cursor() as cursor:
            table = model._meta.db_table
            cursor.execute(
                "select attname, format_type(atttypid, null) from pg_attribute "
                "where attrelid = %s::regclass and attnum > 0 and not attisdropped",
                [table],
            )
            types = dict(cursor.fetchall())
            cursor.execute(
                f'select coalesce(max(id), 0) from "{table}"'  # noqa: S608 - a table of ours
            )
            self.last_id = int(cursor.fetchone()[0])
        self._types = [types[column] for column in self._columns]

    def new_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def load(self, rows: Iterable[dict[str, Any]]) -> int:
        """Copy the rows and return how many there were.

        The connection is busy meanwhile: making the rows must not ask the database anything.
        """
        names = ", ".join(f'"{column}"' for column in self._columns)
        table, position, defaults = self.model._meta.db_table, self._position, self._defaults
        count = 0
        with connection.cursor() as cursor:
            copier: AbstractContextManager[Any] = cursor.copy(
                f'copy "{table}" ({names}) from stdin (format binary)'
            )
            with copier as copy:
                copy.set_types(self._types)
                for values in rows:
                    row = defaults.copy()
                    for name, value in values.items():
                        row[position[name]] = value
                    copy.write_row(row)
                    count += 1
            cursor.execute(
                "select setval(pg_get_serial_sequence(%s, 'id'), greatest(%s, 1))",
                [table, self.last_id],
            )
        return count


@dataclass(slots=True)
class _Person:
    pk: int
    name: str
    email: str
    role: Role


@dataclass(slots=True)
class _Organisation:
    pk: int
    number: str
    name: str
    slug: str
    kind: Organisation.Kind
    reseller: _Organisation | None
    created_at: datetime
    rooms: int = 0
    people: list[_Person] = field(default_factory=list)


@dataclass(slots=True)
class _RoomFacts:
    """What the tables around a room need to know of it."""

    pk: int
    organisation_pk: int
    number: str
    name: str
    product: RoomProduct
    ordered_on: date
    created_at: datetime
    owner: _Person | None
    owner_email: str
    cost_centre: str
    by: _Person
    on_behalf: str
    charged_until: date | None
    closed_on: date | None


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
        loader = _LargeLoader(password=password, scale=scale)
        rooms = loader.load(say)
    with connection.cursor() as cursor:
        for model in loader.models:
            cursor.execute(f'analyze "{model._meta.db_table}"')
    return rooms


class _LargeLoader:
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
    )

    def __init__(self, *, password: str, scale: float) -> None:
        self.random = Random("large")
        self.today = timezone.localdate()
        self.now = timezone.now()
        self.password = make_password(password)
        self.scale = scale
        self.copiers = {model: _Copier(model) for model in self.models}
        self.permissions = dict(
            Permission.objects.filter(content_type__app_label="tenants").values_list(
                "codename", "pk"
            )
        )
        self.own_room = Permission.objects.get(codename="edit_own_room").pk
        self.platform_id = VideoPlatform.objects.usual().pk
        self.products = list(RoomProduct.objects.select_related("room_type").order_by("pk"))
        self.organisations: list[_Organisation] = []
        self.facts: list[_RoomFacts] = []
        self.grants: list[tuple[int, int]] = []  # person, room

    def scaled(self, count: int, least: int = 1) -> int:
        return max(least, round(count * self.scale))

    def load(self, say: Callable[[str], object]) -> int:
        def put(model: type[models.Model], rows: Iterable[dict[str, Any]]) -> None:
            count = self.copiers[model].load(rows)
            say(f"{model._meta.db_table}: {count} rows")

        self._plan_organisations()
        self._plan_people()
        groups = list(self._groups())
        put(Organisation, self._organisation_rows())
        put(ResellerConnection, self._connection_rows())
        put(Group, ({"id": pk, "name": name} for pk, name, _org, _role in groups))
        put(RoleGroup, self._role_group_rows(groups))
        put(OrganisationGroupGrant, self._capability_rows(groups))
        put(User, self._user_rows())
        put(EmailAddress, self._address_rows())
        put(User.groups.through, self._membership_rows(groups))
        clear, host_tokens, guest_tokens = self._pin_pool()
        numbers = self._numbers(sum(o.rooms for o in self.organisations), clear)
        put(Room, self._room_rows(iter(numbers), host_tokens, guest_tokens))
        put(NumberAllocation, self._allocation_rows())
        put(RoomSubscription, self._subscription_rows())
        put(RoomUserGrant, self._own_room_rows())
        put(AuditEntry, self._audit_rows())
        return len(self.facts)

    # Organisations and people

    def _plan_organisations(self) -> None:
        numbers = organisation_numbers()
        total = self.scaled(ORGANISATION_COUNT, 40)
        resellers = self.scaled(20, 2)
        clients = [self.scaled(BIG_RESELLER_CLIENTS, 5)] + [self.scaled(100)] * (resellers - 1)
        names = _organisation_names(self.random)
        copier = self.copiers[Organisation]

        def add(kind: Organisation.Kind, name: str, slug: str, by: _Organisation | None) -> None:
            created = self.now - timedelta(days=self.random.randint(900, 1900))
            self.organisations.append(
                _Organisation(copier.new_id(), next(numbers), name, slug, kind, by, created)
            )

        add(Organisation.Kind.RESELLER, "Storvidde Video AS", BIG_RESELLER, None)
        for index in range(1, resellers):
            add(
                Organisation.Kind.RESELLER,
                f"Videopartner {index:02d} AS",
                f"forhandler-{index:02d}",
                None,
            )
        reseller_rows = self.organisations[:resellers]
        add(Organisation.Kind.CUSTOMER, "Region Fjellheim IKT", BIG_ORGANISATION, None)
        add(Organisation.Kind.CUSTOMER, "Havgløtt helseforetak", TRUST, None)
        for reseller, count in zip(reseller_rows, clients, strict=True):
            for _client in range(count):
                name = next(names)
                add(Organisation.Kind.CUSTOMER, name, f"o{copier.last_id + 1}", reseller)
        while len(self.organisations) < total:
            add(Organisation.Kind.CUSTOMER, next(names), f"o{copier.last_id + 1}", None)
        self._share_rooms(reseller_rows[0])

    def _share_rooms(self, big: _Organisation) -> None:
        """Say how many rooms each customer has: few for most, many for some."""
        customers = [o for o in self.organisations if o.kind == Organisation.Kind.CUSTOMER]
        first, trust, *rest = customers
        first.rooms, trust.rooms = self.scaled(10_000), self.scaled(2_000)
        of_big = [o for o in rest if o.reseller is big]
        others = [o for o in rest if o.reseller is not big]
        left = self.scaled(ROOM_COUNT) - first.rooms - trust.rooms
        for group, count in ((of_big, self.scaled(10_000)), (others, left - self.scaled(10_000))):
            weights = [self.random.paretovariate(1.6) for _organisation in group]
            total = sum(weights)
            given = 0
            for organisation, weight in zip(group, weights, strict=True):
                organisation.rooms = min(1500, int(count * weight / total))
                given += organisation.rooms
            for index in range(count - given):
                group[index % len(group)].rooms += 1

    def _plan_people(self) -> None:
        copier = self.copiers[User]
        total = self.scaled(USER_COUNT)

        def add(organisation: _Organisation, role: Role) -> None:
            pk = copier.new_id()
            first, last = self.random.choice(FIRST_NAMES), self.random.choice(LAST_NAMES)
            email = f"p{pk}@{organisation.slug}.example"
            organisation.people.append(_Person(pk, f"{first} {last}", email, role))

        for organisation in self.organisations:
            if organisation.kind == Organisation.Kind.RESELLER:
                for _employee in range(3):
                    add(organisation, Role.RESELLER)
            else:
                add(organisation, Role.CUSTOMER_ADMIN)
                if organisation.rooms > 20:
                    add(organisation, Role.CUSTOMER_ADMIN)
        customers = [o for o in self.organisations if o.kind == Organisation.Kind.CUSTOMER]
        left = total - sum(len(o.people) for o in self.organisations)
        for organisation in self.random.choices(
            customers, weights=[o.rooms + 1 for o in customers], k=max(left, 0)
        ):
            add(organisation, Role.USER)

    def _organisation_rows(self) -> Iterator[dict[str, Any]]:
        for o in self.organisations:
            yield {
                "id": o.pk,
                "slug": o.slug,
                "name": o.name,
                "organisation_number": o.number,
                "kind": o.kind.value,
                "reseller_id": o.reseller.pk if o.reseller else None,
                "created_at": o.created_at,
            }

    def _connection_rows(self) -> Iterator[dict[str, Any]]:
        copier = self.copiers[ResellerConnection]
        for o in self.organisations:
            if o.reseller:
                yield {
                    "id": copier.new_id(),
                    "public_id": UUID(int=self.random.getrandbits(128), version=4),
                    "organisation_id": o.pk,
                    "reseller_id": o.reseller.pk,
                    "starts_on": timezone.localdate(o.created_at),
                    "created_at": o.created_at,
                }

    def _groups(self) -> Iterator[tuple[int, str, _Organisation, Role]]:
        """Give the role groups as ``create_organisation`` makes them."""
        copier = self.copiers[Group]
        for organisation in self.organisations:
            for role in ROLES_OF_KIND[organisation.kind]:
                name = f"organisation {organisation.pk}: {role}"
                yield copier.new_id(), name, organisation, role

    def _role_group_rows(
        self, groups: list[tuple[int, str, _Organisation, Role]]
    ) -> Iterator[dict[str, Any]]:
        copier = self.copiers[RoleGroup]
        for pk, _name, organisation, role in groups:
            yield {
                "id": copier.new_id(),
                "organisation_id": organisation.pk,
                "role": role.value,
                "group_id": pk,
            }

    def _capability_rows(
        self, groups: list[tuple[int, str, _Organisation, Role]]
    ) -> Iterator[dict[str, Any]]:
        copier = self.copiers[OrganisationGroupGrant]
        for pk, _name, organisation, role in groups:
            for capability in sorted(ROLE_CAPABILITIES[role]):
                yield {
                    "id": copier.new_id(),
                    "content_object_id": organisation.pk,
                    "group_id": pk,
                    "permission_id": self.permissions[capability],
                }

    def _everybody(self) -> Iterator[tuple[_Organisation, _Person]]:
        for organisation in self.organisations:
            for person in organisation.people:
                yield organisation, person

    def _user_rows(self) -> Iterator[dict[str, Any]]:
        for organisation, person in self._everybody():
            yield {
                "id": person.pk,
                "password": self.password,
                "email": person.email,
                "name": person.name,
                "public_id": UUID(int=self.random.getrandbits(128), version=4),
                "date_joined": organisation.created_at,
                # Nobody here is to be warned of disuse on the first morning.
                "last_login": timezone.now(),
            }

    def _address_rows(self) -> Iterator[dict[str, Any]]:
        copier = self.copiers[EmailAddress]
        for _organisation, person in self._everybody():
            yield {
                "id": copier.new_id(),
                "user_id": person.pk,
                "email": person.email,
                "verified": True,
                "primary": True,
            }

    def _membership_rows(
        self, groups: list[tuple[int, str, _Organisation, Role]]
    ) -> Iterator[dict[str, Any]]:
        copier = self.copiers[User.groups.through]
        group_of = {(organisation.pk, role): pk for pk, _name, organisation, role in groups}
        for organisation, person in self._everybody():
            yield {
                "id": copier.new_id(),
                "user_id": person.pk,
                "group_id": group_of[organisation.pk, person.role],
            }

    # Rooms

    def _pin_pool(self) -> tuple[set[str], list[str], list[str]]:
        """Return the PINs in clear, and tokens for hosts and for guests: never one for both."""
        clear: list[str] = []
        while len(clear) < self.scaled(PIN_POOL, 20):
            pin = f"{self.random.randrange(10**6):06d}"
            if pin not in clear and pins.weakness(pin) is None:
                clear.append(pin)
        half = len(clear) // 2
        tokens = [encrypt(pin) for pin in clear]
        return {*clear, *(pin[::-1] for pin in clear)}, tokens[:half], tokens[half:]

    def _numbers(self, count: int, unwanted: set[str]) -> list[str]:
        """Return free numbers of the active ranges, in random order and none a PIN of the pool."""
        taken = set(NumberAllocation.objects.values_list("number", flat=True)) | unwanted
        free = [
            number
            for number_range in NumberRange.objects.filter(is_active=True)
            for value in range(number_range.first, number_range.last + 1)
            if (number := f"{value:0{number_range.digits}}") not in taken
        ]
        return self.random.sample(free, count)

    def _room_rows(
        self, numbers: Iterator[str], host_tokens: list[str], guest_tokens: list[str]
    ) -> Iterator[dict[str, Any]]:
        random, copier = self.random, self.copiers[Room]
        customers = [o for o in self.organisations if o.rooms]
        holders_left = self.scaled(HOLDER_COUNT)
        shape = {product.pk: _shape(product) for product in self.products}
        weights = [_DEMAND[product.room_type.code, product.quality] for product in self.products]
        for organisation in customers:
            admins = [p for p in organisation.people if p.role == Role.CUSTOMER_ADMIN]
            users = [p for p in organisation.people if p.role == Role.USER]
            random.shuffle(users)
            departments = [
                (f"{code}", unit) for code, unit in zip(range(4100, 9999, 100), UNITS, strict=False)
            ]
            for product in random.choices(self.products, weights, k=organisation.rooms):
                owner = None
                if users and holders_left and random.random() < 0.75:
                    owner = users.pop()
                    holders_left -= 1
                by, on_behalf = random.choice(admins), ""
                if organisation.reseller is not None and random.random() < 0.3:
                    by = random.choice(organisation.reseller.people)
                    on_behalf = organisation.reseller.name
                code, unit = random.choice(departments[: 2 + organisation.rooms // 25])
                age = random.randint(1, 760)
                fate = random.random()
                yield self._room_row(
                    copier.new_id(), organisation, product, next(numbers), age, fate,
                    owner=owner, by=by, on_behalf=on_behalf, unit=unit,
                    cost_centre="" if random.random() < 0.06 else f"{code} {unit}",
                    host_pin=random.choice(host_tokens), guest_pin=random.choice(guest_tokens),
                    shape=shape[product.pk],
                )  # fmt: skip

    def _room_row(
        self,
        pk: int,
        organisation: _Organisation,
        product: RoomProduct,
        number: str,
        age: int,
        fate: float,
        *,
        owner: _Person | None,
        by: _Person,
        on_behalf: str,
        unit: str,
        cost_centre: str,
        host_pin: str,
        guest_pin: str,
        shape: dict[str, Any],
    ) -> dict[str, Any]:
        random, today = self.random, self.today
        ordered_on = today - timedelta(days=age)
        bound_until = terms.bound_until(ordered_on)
        created_at = datetime(
            ordered_on.year, ordered_on.month, ordered_on.day, random.randint(7, 14),
            random.randint(0, 59), tzinfo=UTC,
        )  # fmt: skip
        if owner is not None:
            owner_name, owner_email = owner.name, owner.email
            name = f"{owner.name}, {random.choice(ROOM_NAMES).lower()}"
        else:
            # Nobody with an account, as most owners are.
            first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
            owner_name = f"{first} {last}"
            owner_email = f"r{pk}@{organisation.slug}.example"
            name = f"{unit}, {random.choice(ROOM_NAMES).lower()} {random.randint(1, 40)}"
        row = {
            "id": pk,
            "public_id": uuid.UUID(int=random.getrandbits(128), version=4),
            "organisation_id": organisation.pk,
            "number": number,
            "name": name,
            "product_id": product.pk,
            "platform_id": self.platform_id,
            "owner_name": owner_name,
            "owner_email": owner_email,
            "department": unit,
            "cost_centre": cost_centre,
            "host_pin": host_pin,
            "guest_pin": guest_pin if fate < 0.25 else "",
            **shape,
            "ordered_on": ordered_on,
            "bound_until": bound_until,
            "provisioning": Provisioning.READY.value,
            "provisioned_at": created_at + timedelta(seconds=20),
            "version": 2,
            "created_at": created_at,
            "changed_at": created_at + timedelta(days=random.randint(0, age)),
        }
        charged_until = closed_on = None
        if fate > 0.985:
            row["provisioning"] = Provisioning.FAILED.value
            row["provisioning_error"] = "navnet er allerede i bruk"
            row["provisioned_at"] = None
        elif fate > 0.955 and age > 60:
            terminated_on = today - timedelta(days=random.randint(10, 50))
            charged_until = terms.charged_until(
                terminated_on=terminated_on, bound_until=bound_until
            )
            row["terminated_on"], row["charged_until"] = terminated_on, charged_until
            if fate > 0.97:
                closed_on = terminated_on
                row["closes_on"] = terminated_on
                row["closed_at"] = datetime.combine(terminated_on, created_at.timetz())
            else:
                row["closes_on"] = max(charged_until, today + timedelta(days=1))
                row["charged_until"] = charged_until = terms.month_end(row["closes_on"])
        if owner is not None and closed_on is None:
            self.grants.append((owner.pk, pk))
        self.facts.append(
            _RoomFacts(
                pk, organisation.pk, number, name, product, ordered_on, created_at, owner,
                owner_email, cost_centre, by, on_behalf, charged_until, closed_on,
            )
        )  # fmt: skip
        return row

    def _allocation_rows(self) -> Iterator[dict[str, Any]]:
        copier = self.copiers[NumberAllocation]
        for room in self.facts:
            yield {
                "id": copier.new_id(),
                "number": room.number,
                "quarantined_until": (add_months(room.closed_on, 12) if room.closed_on else None),
            }

    def _subscription_rows(self) -> Iterator[dict[str, Any]]:
        copier, random = self.copiers[RoomSubscription], self.random
        cheapest = next(
            p for p in self.products if (p.room_type.code, p.quality) == ("sensitive", "hd")
        )
        for room in self.facts:
            starts_on = room.ordered_on
            upgraded = terms.next_month(room.ordered_on + timedelta(days=45))
            # One in twenty began as the cheapest product.
            if room.charged_until is None and upgraded < self.today and random.random() < 0.05:
                yield {
                    "id": copier.new_id(),
                    "organisation_id": room.organisation_pk,
                    "room_id": room.pk,
                    "product_id": cheapest.pk,
                    "starts_on": starts_on,
                    "ends_on": upgraded - timedelta(days=1),
                }
                starts_on = upgraded
            yield {
                "id": copier.new_id(),
                "organisation_id": room.organisation_pk,
                "room_id": room.pk,
                "product_id": room.product.pk,
                "starts_on": starts_on,
                "ends_on": room.charged_until,
            }

    def _own_room_rows(self) -> Iterator[dict[str, Any]]:
        copier = self.copiers[RoomUserGrant]
        for person, room in self.grants:
            yield {
                "id": copier.new_id(),
                "user_id": person,
                "content_object_id": room,
                "permission_id": self.own_room,
            }

    def _audit_rows(self) -> Iterator[dict[str, Any]]:
        copier = self.copiers[AuditEntry]
        for organisation in self.organisations:
            yield {
                "id": copier.new_id(),
                "at": organisation.created_at,
                "organisation_id": organisation.pk,
                "action": "tenants.organisation.created",
                "target_type": "tenants.organisation",
                "target_key": str(organisation.pk),
                "target_label": organisation.name,
                "after": Jsonb(
                    {
                        "name": organisation.name,
                        "organisation_number": organisation.number,
                        "kind": organisation.kind.value,
                    }
                ),
            }
        for organisation, person in self._everybody():
            yield {
                "id": copier.new_id(),
                "at": organisation.created_at,
                "organisation_id": organisation.pk,
                "action": "tenants.role.granted",
                "target_type": "tenants.user",
                "target_key": str(person.pk),
                "target_label": person.name,
                "after": Jsonb({"role": person.role.value}),
            }
        yield from self._room_audit_rows(copier)

    def _room_audit_rows(self, copier: _Copier) -> Iterator[dict[str, Any]]:
        # The log is read by key: ordered first, and the later events follow in time.
        later: list[tuple[datetime, _RoomFacts, int]] = []
        masked = Jsonb({"host_pin": audit.MASK})
        names = {product.pk: str(product) for product in self.products}
        for room in sorted(self.facts, key=lambda room: room.created_at):
            yield {
                **self._about(room, copier.new_id(), room.created_at),
                "action": "rooms.room.ordered",
                "after": Jsonb(
                    {
                        "name": room.name,
                        "number": room.number,
                        "owner_email": room.owner_email,
                        "cost_centre": room.cost_centre,
                        "product": names[room.product.pk],
                    }
                ),
            }
            span = int((self.now - room.created_at).total_seconds())
            later.append(
                (
                    room.created_at + timedelta(seconds=self.random.randint(0, span)),
                    room,
                    self.random.randint(0, 2),
                )
            )
        later.sort(key=lambda event: event[0])
        for at, room, kind in later:
            row = self._about(room, copier.new_id(), at)
            if kind == 0:
                row |= {"action": "rooms.pin.renewed", "before": masked, "after": masked}
            elif kind == 1:
                row["action"] = "rooms.host_pin.revealed"
            else:
                row |= {
                    "action": "rooms.room.changed",
                    "before": Jsonb({"show_names": False}),
                    "after": Jsonb({"show_names": True}),
                }
            yield row

    def _about(self, room: _RoomFacts, pk: int, at: datetime) -> dict[str, Any]:
        return {
            "id": pk,
            "at": at,
            "actor_key": str(room.by.pk),
            "actor_label": room.by.name,
            "organisation_id": room.organisation_pk,
            "on_behalf": bool(room.on_behalf),
            "reseller_label": room.on_behalf,
            "target_type": "rooms.room",
            "target_key": str(room.pk),
            "target_label": room.name,
        }


# How often each product is ordered.
_DEMAND = {
    ("sensitive", "hd"): 48,
    ("sensitive", "fullhd"): 8,
    ("personal", "hd"): 14,
    ("personal", "fullhd"): 3,
    ("admin-small", "hd"): 15,
    ("admin-small", "fullhd"): 3,
    ("admin-large", "hd"): 6,
    ("admin-large", "fullhd"): 2,
    ("auditorium", "hd"): 1,
    ("auditorium", "fullhd"): 0.2,
}


def _shape(product: RoomProduct) -> dict[str, Any]:
    """Return the settings that every room of the product has here."""
    settings = actions.default_settings(product)
    settings.pop("host_pin")
    settings.pop("guest_pin")
    settings["autolock"] = product.room_type.autolock == Rule.FORCED
    return {name: getattr(value, "value", value) for name, value in settings.items()}


def organisation_numbers() -> Iterator[str]:
    """Give numbers of nine digits from 320000000 up, each with its modulus 11 check digit."""
    weights = (3, 2, 7, 6, 5, 4, 3, 2)
    body = FIRST_NUMBER_BODY
    while True:
        body += 1
        digits = str(body)
        total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
        check = (11 - total % 11) % 11
        if check < 10:
            yield f"{digits}{check}"


def _organisation_names(random: Random) -> Iterator[str]:
    """Give names of customers, each its own."""
    kinds = (
        "{} kommune", "{} legesenter AS", "{} helsehus", "{} sykehjem", "{} rehabilitering AS",
        "{} tannhelse", "{} psykologsenter AS", "{} distriktspsykiatriske senter",
        "{} fysioterapi AS", "{} barnevernstjeneste", "{} legevakt", "{} omsorg AS",
    )  # fmt: skip
    names = [
        kind.format(first + last) for kind in kinds for first in PLACES[0] for last in PLACES[1]
    ]
    random.shuffle(names)
    yield from names
    for index, name in enumerate(names, 2):
        yield f"{name} {index}"
