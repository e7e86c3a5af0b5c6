"""What has happened to the large set, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from rooms.demo.large.copying import Copier
from rooms.demo.large.ground import Ground, RoomFacts
from tenants import audit
from tenants.models import AuditEntry


class HistoryRows:
    """Rows of the audit log, in the order of time."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def audit_rows(self) -> Iterator[dict[str, Any]]:
        copier = self.ground.copiers[AuditEntry]
        for organisation in self.ground.organisations:
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
        for organisation, person in self.ground.everybody():
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

    def _room_audit_rows(self, copier: Copier) -> Iterator[dict[str, Any]]:
        # The log is read by key: ordered first, and the later events follow in time.
        later: list[tuple[datetime, RoomFacts, int]] = []
        masked = Jsonb({"host_pin": audit.MASK})
        names = {product.pk: str(product) for product in self.ground.products}
        for room in sorted(self.ground.facts, key=lambda room: room.created_at):
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
            span = int((self.ground.now - room.created_at).total_seconds())
            later.append(
                (
                    room.created_at + timedelta(seconds=self.ground.random.randint(0, span)),
                    room,
                    self.ground.random.randint(0, 2),
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

    def _about(self, room: RoomFacts, pk: int, at: datetime) -> dict[str, Any]:
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
