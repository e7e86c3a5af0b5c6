"""The small set's rooms, each with the story behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from rooms import actions, numbers, pins, terms
from rooms.choices import Layout, Provisioning, Rule, Theme
from rooms.demo import rooms as stories
from rooms.demo.members import SILENT
from rooms.demo.people import MYRVANG, NORDLYS, PEOPLE
from rooms.demo.rooms import ROOMS, DemoRoom
from rooms.demo.small.moments import moment
from rooms.models import Room, RoomProduct, RoomSubscription
from rooms.platforms.models import VideoPlatform
from tenants import audit
from tenants.models import AuditEntry, Organisation, User
from tenants.roles import Role

KEY = "demo-{index:03d}"
ALREADY_USED = "navnet er allerede i bruk"


@dataclass
class _Told:
    """What one room has behind it."""

    room: Room
    plan: DemoRoom
    by: User
    entries: list[AuditEntry] = field(default_factory=list)
    subscriptions: list[RoomSubscription] = field(default_factory=list)


class Loader:
    """Makes the missing rooms with their numbers, subscriptions and history in a few queries."""

    def __init__(self, organisations: dict[str, Organisation], people: dict[str, User]) -> None:
        self.organisations = organisations
        self.people = people
        self.today = timezone.localdate()
        self.platform = VideoPlatform.objects.usual()
        self.products = {
            (product.room_type.code, product.quality): product
            for product in RoomProduct.objects.select_related("room_type")
        }
        self.rooms: list[Room] = []
        self.told: list[_Told] = []

    def load(self, besides: list[AuditEntry]) -> None:
        """Make what is missing; ``besides`` goes into the log in the same order of time."""
        present = set(
            Room.objects.in_organisations(o.pk for o in self.organisations.values())
            .filter(order_key__startswith="demo-")
            .values_list("order_key", flat=True)
        )
        keys = {KEY.format(index=index): plan for index, plan in enumerate(ROOMS)}
        missing = {key: plan for key, plan in keys.items() if key not in present}
        if not missing:
            AuditEntry.objects.bulk_create(besides)
            return
        for key, plan in missing.items():
            self._tell(key, plan)
        self.rooms = Room.objects.bulk_create([told.room for told in self.told])
        RoomSubscription.objects.bulk_create(
            subscription for told in self.told for subscription in told.subscriptions
        )
        entries = [*besides, *(entry for told in self.told for entry in told.entries)]
        for told in self.told:
            for entry in told.entries:
                entry.target_key = str(told.room.pk)
        if len(missing) == len(keys):
            entries += self._sign_ins()
        # The log is read by key: the keys must follow the time.
        AuditEntry.objects.bulk_create(sorted(entries, key=lambda entry: entry.at))
        for user in self.people.values():
            actions.sync_own_rooms(user)

    def _administrator(self, plan: DemoRoom, random: Random) -> User:
        """Return who ordered: an administrator, or now and then the reseller for them."""
        if plan.organisation != MYRVANG and random.random() < 0.2:
            return self._one_of(NORDLYS, Role.RESELLER, random)
        return self._one_of(plan.organisation, Role.CUSTOMER_ADMIN, random)

    def _one_of(self, organisation: str, role: str, random: Random) -> User:
        names = [p.name for p in PEOPLE if p.organisation == organisation and p.role == role]
        return self.people[random.choice(names)]

    def _tell(self, key: str, plan: DemoRoom) -> None:
        random = Random(key)
        owner = self.people[plan.owner]
        ordered_on = self.today - timedelta(days=_age(plan, random))
        told = _Told(self._room(key, plan, owner, ordered_on, random), plan, owner)
        told.by = self._administrator(plan, random)
        told.subscriptions = [
            RoomSubscription(
                organisation_id=told.room.organisation_id,
                room=told.room,
                product=told.room.product,
                starts_on=ordered_on,
            )
        ]
        ordered = self._note(
            told,
            told.room.created_at,
            told.by,
            "rooms.room.ordered",
            after={
                **{name: getattr(told.room, name) for name in actions.ORDERED_FIELDS},
                "product": str(told.room.product),
            },
        )
        self._happen(told, random, ordered)
        # Life goes on in an open room.
        if not told.room.is_closed and told.room.provisioning == Provisioning.READY:
            self._live(told, random)
        told.room.changed_at = max(entry.at for entry in told.entries)
        self.told.append(told)

    def _room(
        self, key: str, plan: DemoRoom, owner: User, ordered_on: date, random: Random
    ) -> Room:
        product = self.products[plan.code, plan.quality]
        room_type = product.room_type
        number = self._number(plan, random)
        created_at = moment(ordered_on, random)
        host_pin = _pin(random, number)
        guests = room_type.host_pin_required or random.random() < 0.85
        has_pin = guests or random.random() < 0.5
        return Room(
            organisation=self.organisations[plan.organisation],
            number=number,
            name=plan.name,
            product=product,
            platform=self.platform,
            owner_name=owner.name,
            owner_email=owner.email,
            department=plan.department,
            cost_centre=plan.cost_centre,
            guests_allowed=guests,
            host_pin=host_pin if has_pin else "",
            guest_pin=(
                _pin(random, number, unlike=host_pin)
                if guests and room_type.guest_pin_allowed and random.random() < 0.3
                else ""
            ),
            autolock=room_type.autolock == Rule.FORCED
            or (room_type.autolock == Rule.ALLOWED and random.random() < 0.5),
            layout=random.choice(room_type.layouts[:2]),
            theme=room_type.themes[0],
            chat=room_type.chat_on_order and random.random() < 0.15,
            guests_may_present=random.random() < 0.8,
            show_names=random.random() < 0.9,
            participant_limit=room_type.max_participants,
            ordered_on=ordered_on,
            bound_until=terms.bound_until(ordered_on),
            provisioning=Provisioning.READY,
            provisioned_at=created_at + timedelta(seconds=random.randint(3, 40)),
            order_key=key,
            created_at=created_at,
        )

    @staticmethod
    def _number(plan: DemoRoom, random: Random) -> str:
        wanted = plan.number or f"{random.randint(10_000, 999_999):06d}"
        return wanted if numbers.claim_number(wanted) else numbers.draw_number()

    def _note(
        self, told: _Told, at: datetime, by: User | None, action: str, **values: Any
    ) -> datetime:
        organisation = told.room.organisation
        on_behalf = by is not None and by.access.acts_on_behalf(organisation.pk)
        told.entries.append(
            AuditEntry(
                at=at,
                actor_key=str(by.pk) if by else "",
                actor_label=str(by) if by else "",
                organisation=organisation,
                on_behalf=on_behalf,
                reseller_label=self.organisations[NORDLYS].name if on_behalf else "",
                action=action,
                target_type=Room._meta.label_lower,
                target_label=told.room.name,
                before=values.get("before", {}),
                after=values.get("after", {}),
            )
        )
        return at

    def _happen(self, told: _Told, random: Random, ordered: datetime) -> None:
        """Bring the room to where its story leaves it."""
        room, story = told.room, told.plan.story
        if story == stories.PENDING:
            room.provisioning, room.provisioned_at = Provisioning.PENDING, None
        elif story == stories.FAILED:
            room.provisioning, room.provisioned_at = Provisioning.FAILED, None
            room.provisioning_error = ALREADY_USED
        elif story == stories.UPGRADED:
            self._upgrade(told, random)
        elif story == stories.DOWNGRADE_AGREED:
            self._agree_downgrade(told, random)
        elif story in {stories.ENDING, stories.CLOSED}:
            self._terminate(told, random, closed=story == stories.CLOSED)

    def _upgrade(self, told: _Told, random: Random) -> None:
        room = told.room
        before = self.products[
            (told.plan.code, "hd") if told.plan.quality == "fullhd" else ("sensitive", "hd")
        ]
        # Ordered as the cheaper one, and charged as that to the end of the month.
        told.entries[0].after["product"] = str(before)
        day = room.ordered_on + timedelta(days=random.randint(40, 90))
        higher_from = terms.upgrade_price_from(day)
        told.subscriptions[0].product = before
        told.subscriptions[0].ends_on = higher_from - timedelta(days=1)
        told.subscriptions.append(
            RoomSubscription(
                organisation_id=room.organisation_id,
                room=room,
                product=room.product,
                starts_on=higher_from,
            )
        )
        room.version += 1
        self._note(
            told,
            moment(day, random),
            told.by,
            "rooms.product.upgraded",
            before={"product": str(before)},
            after={"product": str(room.product)},
        )

    def _agree_downgrade(self, told: _Told, random: Random) -> None:
        room = told.room
        cheaper = {"admin-large": ("admin-small", "hd"), "admin-small": ("sensitive", "hd")}
        product = self.products[cheaper[told.plan.code]]
        asked_on = self.today - timedelta(days=random.randint(3, 30))
        room.next_product = product
        room.next_product_from = terms.downgrade_from(
            asked_on=asked_on, bound_until=room.bound_until
        )
        room.version += 1
        self._note(
            told,
            moment(asked_on, random),
            told.by,
            "rooms.product.downgrade_agreed",
            before={"product": str(room.product)},
            after={"product": str(product), "from": room.next_product_from},
        )

    def _terminate(self, told: _Told, random: Random, *, closed: bool) -> None:
        room = told.room
        ago = random.randint(70, 200) if closed else random.randint(2, 25)
        day = self.today - timedelta(days=ago)
        room.terminated_on = day
        room.charged_until = terms.charged_until(terminated_on=day, bound_until=room.bound_until)
        room.closes_on = day if closed else min(room.charged_until, self.today + timedelta(days=35))
        told.subscriptions[0].ends_on = room.charged_until
        room.version += 1
        at = moment(day, random)
        if closed:
            room.closed_at = at
            numbers.quarantine_number(room.number, closed_on=day)
        self._note(
            told,
            at,
            told.by,
            "rooms.room.terminated",
            after={"closes_on": room.closes_on, "charged_until": room.charged_until},
        )

    def _live(self, told: _Told, random: Random) -> None:
        """Add small changes, PINs shown and new PINs, so that they end where the room is."""
        room, owner = told.room, self.people[told.plan.owner]
        days = sorted(
            random.randint(0, (self.today - room.ordered_on).days)
            for _event in range(random.randint(0, 4))
        )
        shown: set[str] = set()
        for ago in reversed(days):
            at = moment(self.today - timedelta(days=ago), random)
            by = random.choice([owner, owner, told.by])
            kind = random.choice(("revealed", "revealed", "renewed", "changed", "handout"))
            if kind == "revealed" and room.host_pin:
                self._note(told, at, by, "rooms.host_pin.revealed")
            elif kind == "renewed" and room.host_pin:
                masked = {"host_pin": audit.MASK}
                self._note(told, at, by, "rooms.pin.renewed", before=masked, after=masked)
                room.version += 1
            elif kind == "handout" and room.host_pin:
                self._note(told, at, by, "rooms.pin.included", after={"where": "handout"})
            elif kind == "changed" and (change := _change(room, shown, random)):
                self._note(told, at, by, "rooms.room.changed", **change)
                room.version += 1

    def _sign_ins(self) -> list[AuditEntry]:
        random = Random("sign-ins")
        entries = []
        for person in PEOPLE:
            if person.name in SILENT:
                continue
            user = self.people[person.name]
            for _visit in range(random.randint(1, 4)):
                at = moment(self.today - timedelta(days=random.randint(0, 40)), random)
                entries.append(
                    AuditEntry(
                        at=at,
                        actor_key=str(user.pk),
                        actor_label=user.name,
                        organisation=self.organisations[person.organisation],
                        action="tenants.session.started",
                        target_type=User._meta.label_lower,
                        target_key=str(user.pk),
                        target_label=user.name,
                    )
                )
        return entries


def _age(plan: DemoRoom, random: Random) -> int:
    """Return how many days ago the room was ordered."""
    spans = {
        stories.PENDING: (0, 0),
        stories.FAILED: (4, 5),
        stories.UPGRADED: (200, 330),
        # Within the binding: that is what makes the downgrade wait.
        stories.DOWNGRADE_AGREED: (150, 330),
        stories.ENDING: (240, 320),
        stories.CLOSED: (600, 740),
    }
    return random.randint(*spans.get(plan.story, (10, 740)))


def _pin(random: Random, number: str, *, unlike: str = "") -> str:
    while True:
        pin = "".join(random.choices("0123456789", k=pins.GENERATED_LENGTH))
        if pin != unlike and pins.weakness(pin, room_number=number) is None:
            return pin


def _change(room: Room, shown: set[str], random: Random) -> dict[str, Any] | None:
    """Return before and after of one setting, each setting once: it ends as the room is."""
    earlier: dict[str, Sequence[Any]] = {
        "layout": [layout for layout in room.product.room_type.layouts if layout != room.layout],
        "guests_may_present": [not room.guests_may_present],
        "show_names": [not room.show_names],
    }
    if room.cost_centre:
        earlier["cost_centre"] = [""]
    if len(room.product.room_type.themes) > 1:
        earlier["theme"] = [theme for theme in Theme.values if theme != room.theme]
    left = sorted(earlier.keys() - shown)
    if not left:
        return None
    name = random.choice(left)
    shown.add(name)
    value = getattr(room, name)
    if isinstance(value, Layout | Theme):
        value = value.value
    return {"before": {name: random.choice(earlier[name])}, "after": {name: value}}
