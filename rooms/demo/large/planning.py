"""Which organisations and people the large set has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from rooms.demo.large.ground import (
    BIG_ORGANISATION,
    BIG_RESELLER,
    BIG_RESELLER_CLIENTS,
    TRUST,
    Ground,
    Person,
    PlannedOrganisation,
)
from rooms.demo.names import FIRST_NAMES, LAST_NAMES, PLACES
from tenants.models import Organisation, User
from tenants.roles import Role

ORGANISATION_COUNT = 10_000
ROOM_COUNT = 200_000
USER_COUNT = 50_000
# The first large organisation number: known again, and not among the small set's.
FIRST_NUMBER_BODY = 32_000_000


class Planning:
    """Which organisations and people there are, and how many rooms each has."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def plan_organisations(self) -> None:
        numbers = organisation_numbers()
        total = self.ground.scaled(ORGANISATION_COUNT, 40)
        resellers = self.ground.scaled(20, 2)
        clients = [self.ground.scaled(BIG_RESELLER_CLIENTS, 5)] + [self.ground.scaled(100)] * (
            resellers - 1
        )
        names = _organisation_names(self.ground.random)
        copier = self.ground.copiers[Organisation]

        def add(
            kind: Organisation.Kind, name: str, slug: str, by: PlannedOrganisation | None
        ) -> None:
            created = self.ground.now - timedelta(days=self.ground.random.randint(900, 1900))
            self.ground.organisations.append(
                PlannedOrganisation(copier.new_id(), next(numbers), name, slug, kind, by, created)
            )

        add(Organisation.Kind.RESELLER, "Storvidde Video AS", BIG_RESELLER, None)
        for index in range(1, resellers):
            add(
                Organisation.Kind.RESELLER,
                f"Videopartner {index:02d} AS",
                f"forhandler-{index:02d}",
                None,
            )
        reseller_rows = self.ground.organisations[:resellers]
        add(Organisation.Kind.CUSTOMER, "Region Fjellheim IKT", BIG_ORGANISATION, None)
        add(Organisation.Kind.CUSTOMER, "Havgløtt helseforetak", TRUST, None)
        for reseller, count in zip(reseller_rows, clients, strict=True):
            for _client in range(count):
                name = next(names)
                add(Organisation.Kind.CUSTOMER, name, f"o{copier.last_id + 1}", reseller)
        while len(self.ground.organisations) < total:
            add(Organisation.Kind.CUSTOMER, next(names), f"o{copier.last_id + 1}", None)
        self._share_rooms(reseller_rows[0])

    def _share_rooms(self, big: PlannedOrganisation) -> None:
        """Say how many rooms each customer has: few for most, many for some."""
        customers = [o for o in self.ground.organisations if o.kind == Organisation.Kind.CUSTOMER]
        first, trust, *rest = customers
        first.rooms, trust.rooms = self.ground.scaled(10_000), self.ground.scaled(2_000)
        of_big = [o for o in rest if o.reseller is big]
        others = [o for o in rest if o.reseller is not big]
        left = self.ground.scaled(ROOM_COUNT) - first.rooms - trust.rooms
        for group, count in (
            (of_big, self.ground.scaled(10_000)),
            (others, left - self.ground.scaled(10_000)),
        ):
            weights = [self.ground.random.paretovariate(1.6) for _organisation in group]
            total = sum(weights)
            given = 0
            for organisation, weight in zip(group, weights, strict=True):
                organisation.rooms = min(1500, int(count * weight / total))
                given += organisation.rooms
            for index in range(count - given):
                group[index % len(group)].rooms += 1

    def plan_people(self) -> None:
        copier = self.ground.copiers[User]
        total = self.ground.scaled(USER_COUNT)

        def add(organisation: PlannedOrganisation, role: Role) -> None:
            pk = copier.new_id()
            first, last = (
                self.ground.random.choice(FIRST_NAMES),
                self.ground.random.choice(LAST_NAMES),
            )
            email = f"p{pk}@{organisation.slug}.example"
            organisation.people.append(Person(pk, f"{first} {last}", email, role))

        for organisation in self.ground.organisations:
            if organisation.kind == Organisation.Kind.RESELLER:
                for _employee in range(3):
                    add(organisation, Role.RESELLER)
            else:
                add(organisation, Role.CUSTOMER_ADMIN)
                if organisation.rooms > 20:
                    add(organisation, Role.CUSTOMER_ADMIN)
        customers = [o for o in self.ground.organisations if o.kind == Organisation.Kind.CUSTOMER]
        left = total - sum(len(o.people) for o in self.ground.organisations)
        for organisation in self.ground.random.choices(
            customers, weights=[o.rooms + 1 for o in customers], k=max(left, 0)
        ):
            add(organisation, Role.USER)


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
