"""Termination, its withdrawal, and the closing of rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms import numbers, terms
from rooms.actions.editing import OWN_ROOM_PERMISSION, NotPossible, lock_open, store, store_many
from rooms.models import Room, RoomSubscription
from tenants import audit
from tenants.access import require
from tenants.actions import set_holders_of_many
from tenants.models import User


@transaction.atomic
def terminate_room(
    room: Room, *, by: User, closes_on: date, version: int | None = None, today: date | None = None
) -> Room:
    """Return the room terminated: it closes on the chosen day and is paid for as long as bound.

    ``closes_on`` today closes it at once; a later day closes it when that day begins, in
    Europe/Oslo. A room that is terminated already gets the new closing day, and its last
    day paid for stays. Raises :class:`NotPossible` for a day in the past or after the last
    day paid for, and :class:`StaleEdit`.
    """
    require(by, "manage_rooms", room.organisation_id)
    today = today or timezone.localdate()
    room = lock_open(room, version=version)
    write_endings([end_room(room, closes_on=closes_on, today=today)], by=by, today=today)
    return room


@dataclass(frozen=True)
class Ending:
    """A locked room as it is after its termination, not stored yet; ``before`` is for the log."""

    room: Room
    before: dict[str, Any]


def end_room(room: Room, *, closes_on: date, today: date) -> Ending:
    """Terminate a locked room in memory. Raises :class:`NotPossible` as ``terminate_room`` does."""
    before = audit.snapshot(room, ["closes_on", "charged_until"]) if room.is_terminated else {}
    charged_until = room.charged_until or terms.charged_until(
        terminated_on=today, bound_until=room.bound_until
    )
    if closes_on < today:
        raise NotPossible(_("The closing date cannot be in the past."))
    if closes_on > charged_until:
        raise NotPossible(_("The closing date cannot be after the last day you pay for."))
    room.terminated_on = room.terminated_on or today
    room.closes_on = closes_on
    room.charged_until = charged_until
    room.next_product = None
    room.next_product_from = None
    return Ending(room, before)


def write_endings(endings: list[Ending], *, by: User, today: date) -> None:
    """Store terminations of locked rooms, and close those whose day is today."""
    rooms = [ending.room for ending in endings]
    _end_subscriptions(rooms)
    closing = [room for room in rooms if room.closes_on == today]
    fields = {"terminated_on", "closes_on", "charged_until", "next_product", "next_product_from"}
    store_many(rooms, fields | close(closing, today), told=closing)
    audit.record_many(
        {
            "action": "rooms.termination.changed" if ending.before else "rooms.room.terminated",
            "by": by,
            "organisation": ending.room.organisation_id,
            "target": ending.room,
            "before": ending.before,
            "after": audit.snapshot(ending.room, ["closes_on", "charged_until"]),
        }
        for ending in endings
    )


def _end_subscriptions(rooms: list[Room]) -> None:
    by_day: dict[date, list[Room]] = {}
    for room in rooms:
        if room.charged_until is not None:
            by_day.setdefault(room.charged_until, []).append(room)
    for day, ending in by_day.items():
        subscriptions = RoomSubscription.objects.in_organisations(
            {room.organisation_id for room in ending}
        ).filter(room__in=[room.pk for room in ending])
        subscriptions.filter(starts_on__gt=day).delete()
        subscriptions.filter(starts_on__lte=day, ends_on__isnull=True).update(ends_on=day)


@transaction.atomic
def withdraw_termination(room: Room, *, by: User) -> Room:
    """Return the room no longer terminated, while it is still open; charging goes on.

    A downgrade that was agreed before the termination must be asked for again.
    """
    require(by, "manage_rooms", room.organisation_id)
    room = lock_open(room)
    if room.charged_until is None:
        return room
    before = {"closes_on": room.closes_on, "charged_until": room.charged_until}
    _resume_subscription(room, room.charged_until)
    room.terminated_on = room.closes_on = room.charged_until = None
    store(room, ["terminated_on", "closes_on", "charged_until"], tell_platform=False)
    audit.record(
        "rooms.termination.withdrawn",
        by=by,
        organisation=room.organisation,
        target=room,
        before=before,
    )
    return room


def _resume_subscription(room: Room, charged_until: date) -> None:
    """Charge on after ``charged_until`` for the product that the room has now."""
    subscriptions = RoomSubscription.objects.in_organisation(room.organisation_id).filter(room=room)
    if subscriptions.filter(ends_on=charged_until, product=room.product_id).update(ends_on=None):
        return
    # Upgraded in its last month: the old price ends with the month, as the upgrade said.
    RoomSubscription.objects.create(
        organisation_id=room.organisation_id,
        room=room,
        product=room.product,
        starts_on=charged_until + timedelta(days=1),
    )


def close(rooms: list[Room], today: date) -> set[str]:
    """Close locked rooms: numbers rest and nobody holds them. Return the changed fields."""
    if not rooms:
        return set()
    now = timezone.now()
    for room in rooms:
        room.closed_at = now
    numbers.quarantine_numbers([room.number for room in rooms], closed_on=today)
    set_holders_of_many(OWN_ROOM_PERMISSION, [(room, []) for room in rooms])
    return {"closed_at"}
