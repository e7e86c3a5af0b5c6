"""What has happened to the large set, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from psycopg.types.json import Jsonb

from rooms.demo.large.ground import Ground, Person, PlannedOrganisation, RoomFacts
from tenants import audit
from tenants.models import AuditEntry
from tenants.roles import Role

type Told = dict[str, Any]
type Event = tuple[datetime, Callable[..., Told], tuple[Any, ...]]


class HistoryRows:
    """Rows of the audit log, those of all organisations among each other in the order of time.

    The log is read by time and by key, and both go the same way.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._masked = Jsonb({"host_pin": audit.MASK})
        self._products = {product.pk: str(product) for product in ground.products}

    def audit_rows(self) -> Iterator[Told]:
        copier = self.ground.copiers[AuditEntry]
        for at, told, facts in sorted(self._events(), key=itemgetter(0)):
            yield {"id": copier.new_id(), "at": at, **told(*facts)}

    def _events(self) -> Iterator[Event]:
        for organisation in self.ground.organisations:
            yield organisation.created_at, self._created, (organisation,)
        for organisation, person in self.ground.everybody():
            begins = organisation.created_at
            # Users come one by one; who administers was there from the start.
            at = self._later(begins) if person.role == Role.USER else begins
            yield at, self._granted, (organisation, person)
        for room in self.ground.facts:
            yield room.created_at, self._ordered, (room,)
            kind = self.ground.random.randint(0, 2)
            yield self._later(room.created_at), self._changed, (room, kind)

    def _later(self, moment: datetime) -> datetime:
        span = int((self.ground.now - moment).total_seconds())
        return moment + timedelta(seconds=self.ground.random.randint(0, span))

    def _created(self, organisation: PlannedOrganisation) -> Told:
        return {
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

    def _granted(self, organisation: PlannedOrganisation, person: Person) -> Told:
        return {
            "organisation_id": organisation.pk,
            "action": "tenants.role.granted",
            "target_type": "tenants.user",
            "target_key": str(person.pk),
            "target_label": person.name,
            "after": Jsonb({"role": person.role.value}),
        }

    def _ordered(self, room: RoomFacts) -> Told:
        return {
            **self._about(room),
            "action": "rooms.room.ordered",
            "after": Jsonb(
                {
                    "name": room.name,
                    "number": room.number,
                    "owner_email": room.owner_email,
                    "cost_centre": room.cost_centre,
                    "product": self._products[room.product.pk],
                }
            ),
        }

    def _changed(self, room: RoomFacts, kind: int) -> Told:
        what: Told = {"action": "rooms.host_pin.revealed"}
        if kind == 0:
            what = {"action": "rooms.pin.renewed", "before": self._masked, "after": self._masked}
        elif kind == 1:
            what = {
                "action": "rooms.room.changed",
                "before": Jsonb({"show_names": False}),
                "after": Jsonb({"show_names": True}),
            }
        return self._about(room) | what

    def _about(self, room: RoomFacts) -> Told:
        return {
            "actor_key": str(room.by.pk),
            "actor_label": room.by.name,
            "organisation_id": room.organisation_pk,
            "on_behalf": bool(room.on_behalf),
            "reseller_label": room.on_behalf,
            "target_type": "rooms.room",
            "target_key": str(room.pk),
            "target_label": room.name,
        }
