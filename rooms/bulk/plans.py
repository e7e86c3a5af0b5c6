"""Which rooms a change to many would touch, and the seal that confirms them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.core import signing
from django.utils.translation import gettext as _

from rooms.choices import BulkAction
from rooms.models import Room, RoomProduct
from tenants.models import Organisation

MAX_ROOMS = 1000


@dataclass(frozen=True)
class LeftOut:
    """Rooms that the action does not touch, and the reason."""

    reason: str
    rooms: list[Room]


@dataclass(frozen=True)
class Plan:
    """What an action would do: to which rooms, and which it leaves out."""

    organisation: Organisation
    rooms: list[Room]
    left_out: list[LeftOut]

    def seal(self) -> str:
        """Return the rooms and versions as a signed text for the confirming form."""
        shown = [(room.pk, room.version) for room in self.rooms]
        return signing.dumps(shown, salt=_salt(self.organisation), compress=True)


def _salt(organisation: Organisation) -> str:
    return f"rooms.bulk.{organisation.pk}"


def unseal(seal: str, organisation: Organisation) -> dict[int, int]:
    """Return versions by room id. Raises ``BadSignature`` for a seal that is not ours."""
    return dict(signing.loads(seal, salt=_salt(organisation)))


def plan(
    rooms: Iterable[Room],
    action: BulkAction,
    *,
    organisation: Organisation,
    product: RoomProduct | None = None,
) -> Plan:
    """Return which of the rooms the action would change, and which not and why."""
    taken: list[Room] = []
    left: dict[str, list[Room]] = {}
    for room in rooms:
        reason = _reason_against(room, action, product)
        if reason:
            left.setdefault(reason, []).append(room)
        else:
            taken.append(room)
    return Plan(organisation, taken, [LeftOut(*item) for item in left.items()])


def _reason_against(room: Room, action: BulkAction, product: RoomProduct | None) -> str:
    if room.is_closed:
        return _("Closed rooms cannot be changed")
    if action == BulkAction.PINS and not (room.host_pin or room.guest_pin):
        return _("Rooms without a PIN code get none")
    if action == BulkAction.TERMINATE and room.is_terminated:
        return _("These are terminated already")
    if action == BulkAction.PRODUCT:
        if room.is_terminated:
            return _("Terminated rooms keep their type")
        if product and room.product_id == product.pk and room.next_product_id is None:
            return _("These are of that type already")
    return ""
