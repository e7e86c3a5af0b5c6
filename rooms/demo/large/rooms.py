"""Rooms of the large set, row by row."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from rooms import actions, pins, terms
from rooms.choices import Provisioning, Rule
from rooms.demo.large.ground import Ground, Person, PlannedOrganisation, RoomFacts
from rooms.demo.names import FIRST_NAMES, LAST_NAMES, ROOM_NAMES, UNITS
from rooms.models import (
    NumberAllocation,
    NumberRange,
    Room,
    RoomProduct,
    RoomSubscription,
    RoomUserGrant,
)
from tenants.roles import Role
from videoportal.kit.dates import add_months
from videoportal.kit.fields import encrypt

HOLDER_COUNT = 30_000
PIN_POOL = 2_000


class RoomRows:
    """Rows of rooms and of the tables around them."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def pin_pool(self) -> tuple[set[str], list[str], list[str]]:
        """Return the PINs in clear, and tokens for hosts and for guests: never one for both."""
        clear: list[str] = []
        while len(clear) < self.ground.scaled(PIN_POOL, 20):
            pin = f"{self.ground.random.randrange(10**6):06d}"
            if pin not in clear and pins.weakness(pin) is None:
                clear.append(pin)
        half = len(clear) // 2
        tokens = [encrypt(pin) for pin in clear]
        return {*clear, *(pin[::-1] for pin in clear)}, tokens[:half], tokens[half:]

    def numbers(self, count: int, unwanted: set[str]) -> list[str]:
        """Return free numbers of the active ranges, in random order and none a PIN of the pool."""
        taken = set(NumberAllocation.objects.values_list("number", flat=True)) | unwanted
        free = [
            number
            for number_range in NumberRange.objects.filter(is_active=True)
            for value in range(number_range.first, number_range.last + 1)
            if (number := f"{value:0{number_range.digits}}") not in taken
        ]
        return self.ground.random.sample(free, count)

    def room_rows(
        self, numbers: Iterator[str], host_tokens: list[str], guest_tokens: list[str]
    ) -> Iterator[dict[str, Any]]:
        random, copier = self.ground.random, self.ground.copiers[Room]
        customers = [o for o in self.ground.organisations if o.rooms]
        holders_left = self.ground.scaled(HOLDER_COUNT)
        shape = {product.pk: _shape(product) for product in self.ground.products}
        weights = [
            _DEMAND[product.room_type.code, product.quality] for product in self.ground.products
        ]
        for organisation in customers:
            admins = [p for p in organisation.people if p.role == Role.CUSTOMER_ADMIN]
            users = [p for p in organisation.people if p.role == Role.USER]
            random.shuffle(users)
            departments = [
                (f"{code}", unit) for code, unit in zip(range(4100, 9999, 100), UNITS, strict=False)
            ]
            for product in random.choices(self.ground.products, weights, k=organisation.rooms):
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
        organisation: PlannedOrganisation,
        product: RoomProduct,
        number: str,
        age: int,
        fate: float,
        *,
        owner: Person | None,
        by: Person,
        on_behalf: str,
        unit: str,
        cost_centre: str,
        host_pin: str,
        guest_pin: str,
        shape: dict[str, Any],
    ) -> dict[str, Any]:
        random, today = self.ground.random, self.ground.today
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
            "platform_id": self.ground.platform_id,
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
            self.ground.grants.append((owner.pk, pk))
        self.ground.facts.append(
            RoomFacts(
                pk, organisation.pk, number, name, product, ordered_on, created_at, owner,
                owner_email, cost_centre, by, on_behalf, charged_until, closed_on,
                row["public_id"],
            )
        )  # fmt: skip
        return row

    def allocation_rows(self) -> Iterator[dict[str, Any]]:
        copier = self.ground.copiers[NumberAllocation]
        for room in self.ground.facts:
            yield {
                "id": copier.new_id(),
                "number": room.number,
                "quarantined_until": (add_months(room.closed_on, 12) if room.closed_on else None),
            }

    def subscription_rows(self) -> Iterator[dict[str, Any]]:
        copier, random = self.ground.copiers[RoomSubscription], self.ground.random
        cheapest = next(
            p for p in self.ground.products if (p.room_type.code, p.quality) == ("sensitive", "hd")
        )
        for room in self.ground.facts:
            starts_on = room.ordered_on
            upgraded = terms.next_month(room.ordered_on + timedelta(days=45))
            # One in twenty began as the cheapest product.
            if (
                room.charged_until is None
                and upgraded < self.ground.today
                and random.random() < 0.05
            ):
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

    def own_room_rows(self) -> Iterator[dict[str, Any]]:
        copier = self.ground.copiers[RoomUserGrant]
        for person, room in self.ground.grants:
            yield {
                "id": copier.new_id(),
                "user_id": person,
                "content_object_id": room,
                "permission_id": self.ground.own_room,
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
