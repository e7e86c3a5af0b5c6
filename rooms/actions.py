"""Every write to rooms: order, change, PINs, owner, product, termination, and the platform's part.

Each action checks the right of ``by``, locks the room, writes the audit entry in the same
transaction and tells the platform after commit. ``by`` is None only in the scheduled ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import structlog
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms import numbers, pins, terms
from rooms.choices import Provisioning, Rule
from rooms.models import Room, RoomProduct, RoomSubscription, RoomUserGrant
from rooms.platforms.port import (
    PlatformRefused,
    PlatformUnavailable,
    RoomSpec,
    current_platform,
)
from tenants import audit
from tenants.access import require
from tenants.actions import set_object_holders
from tenants.models import Organisation, User

log = structlog.get_logger(__name__)

OWN_ROOM_PERMISSION = "rooms.edit_own_room"
# What the holder of an own room may change (design.md 3); the rest is the administrator's.
OWN_ROOM_FIELDS = frozenset(
    {
        "name",
        "host_pin",
        "guest_pin",
        "guests_allowed",
        "layout",
        "theme",
        "chat",
        "guests_may_present",
        "show_names",
        "autolock",
    }
)
ADMINISTRATOR_FIELDS = OWN_ROOM_FIELDS | {
    "description",
    "owner_name",
    "owner_email",
    "department",
    "cost_centre",
    "reference",
    "participant_limit",
}
# Fields that the platform never hears of.
PORTAL_ONLY_FIELDS = frozenset({"department", "cost_centre", "reference", "owner_name"})


class StaleEdit(Exception):
    """Somebody else changed the room after the form was opened. ``room`` is how it is now."""

    def __init__(self, room: Room) -> None:
        super().__init__("the room was changed by somebody else")
        self.room = room


class NotPossible(Exception):
    """The room's state or terms forbid the change; ``str()`` is the sentence for the reader."""


def may_edit(user: User, room: Room) -> bool:
    """Return whether the person may change the room, as administrator or as its holder."""
    return user.access.can("manage_rooms", room.organisation_id) or is_own(user, room)


def is_own(user: User, room: Room) -> bool:
    """Return whether the room is registered on one of the person's verified addresses."""
    return room.pk in user.access.object_ids(RoomUserGrant)


def _require_edit(by: User, room: Room, fields: Iterable[str]) -> None:
    if is_own(by, room) and OWN_ROOM_FIELDS.issuperset(fields):
        return
    require(by, "manage_rooms", room.organisation_id)


def _locked(room: Room) -> Room:
    return (
        Room.objects.in_organisation(room.organisation_id)
        .select_related("product__room_type", "organisation")
        .select_for_update(of=("self",))
        .get(pk=room.pk)
    )


def _locked_open(room: Room) -> Room:
    locked = _locked(room)
    if locked.is_closed:
        raise NotPossible(_("The room is closed and cannot be changed."))
    return locked


def _push_after_commit(room: Room) -> None:
    from rooms.tasks import push_room  # noqa: PLC0415 - tasks import this module

    # The sweep finds the room if the broker is down: the order stands either way.
    push_room.delay_on_commit(room_id=room.pk)


def _save(room: Room, fields: Iterable[str], *, tell_platform: bool) -> None:
    changed = set(fields) | {"version", "changed_at"}
    room.version += 1
    room.changed_at = timezone.now()
    if tell_platform:
        room.provisioning = Provisioning.PENDING
        room.provisioning_error = ""
        room.provisioning_attempts = 0
        changed |= {"provisioning", "provisioning_error", "provisioning_attempts"}
    room.save(update_fields=sorted(changed))
    if tell_platform:
        _push_after_commit(room)


def check_settings(room: Room, *, weak_pins_allowed: bool = False) -> None:
    """Raise ``ValidationError`` by field where the type's or the platform's rules are broken."""
    errors: dict[str, list[Any]] = {}
    room_type = room.product.room_type
    if weak_pins_allowed:
        for fault in pins.platform_faults(
            guests_allowed=room.guests_allowed, host_pin=room.host_pin, guest_pin=room.guest_pin
        ):
            errors.setdefault(fault.field, []).append(
                ValidationError(fault.message, code=fault.code)
            )
    else:
        try:
            pins.check_set_here(
                guests_allowed=room.guests_allowed,
                host_pin=room.host_pin,
                guest_pin=room.guest_pin,
                room_number=room.number,
            )
        except ValidationError as error:
            errors = dict(error.error_dict)
    if room_type.host_pin_required and not room.host_pin and "host_pin" not in errors:
        errors["host_pin"] = [
            ValidationError(_("This room type needs a PIN for the host."), code="host_pin_required")
        ]
    if room.guest_pin and not room_type.guest_pin_allowed:
        errors.setdefault("guest_pin", []).append(
            ValidationError(
                _("This room type has no PIN for guests."), code="guest_pin_not_allowed"
            )
        )
    if room_type.autolock == Rule.FORCED and not room.autolock:
        errors["autolock"] = [
            ValidationError(_("Autolock is always on in this room type."), code="autolock_forced")
        ]
    if room_type.autolock == Rule.NO and room.autolock:
        errors["autolock"] = [
            ValidationError(_("This room type has no autolock."), code="autolock_not_available")
        ]
    if room.layout not in room_type.layouts:
        errors["layout"] = [
            ValidationError(_("This room type does not have that layout."), code="layout")
        ]
    if room.theme not in room_type.themes:
        errors["theme"] = [
            ValidationError(_("This room type does not have that theme."), code="theme")
        ]
    if room.chat and not room_type.chat_on_order:
        errors["chat"] = [ValidationError(_("This room type has no chat."), code="chat")]
    if not 2 <= room.participant_limit <= room_type.max_participants:
        errors["participant_limit"] = [
            ValidationError(
                _("This room type takes from 2 to %(most)s participants.")
                % {"most": room_type.max_participants},
                code="participant_limit",
            )
        ]
    if errors:
        raise ValidationError(errors)


def default_settings(product: RoomProduct, *, number: str = "") -> dict[str, Any]:
    """Return the settings that a new room of this product starts with, PINs generated."""
    room_type = product.room_type
    return {
        "autolock": room_type.autolock == Rule.FORCED,
        "layout": room_type.layouts[0],
        "theme": room_type.themes[0],
        "participant_limit": room_type.max_participants,
        "guests_allowed": True,
        "host_pin": pins.generate(room_number=number),
        "guest_pin": "",
        "chat": False,
        "guests_may_present": True,
        "show_names": True,
    }


@transaction.atomic
def order_room(
    organisation: Organisation,
    product: RoomProduct,
    *,
    by: User,
    order_key: str = "",
    today: date | None = None,
    **values: Any,
) -> Room:
    """Return a new room with a number of its own, bound for twelve months from today.

    ``order_key`` makes the order repeatable: a second call with the same key (a double
    submit) returns the first room. Settings not given are the product's defaults. Raises
    ``ValidationError`` by field, :class:`NotPossible` when the product is not open for
    order, and :class:`rooms.numbers.NumbersExhausted`.
    """
    require(by, "manage_rooms", organisation)
    today = today or timezone.localdate()
    if order_key:
        # Only one of two equal orders gets past this line at a time.
        Organisation.objects.in_organisation(organisation).select_for_update(no_key=True).get()
        earlier = Room.objects.in_organisation(organisation).filter(order_key=order_key).first()
        if earlier is not None:
            return earlier
    if not RoomProduct.objects.open_on(today).filter(pk=product.pk).exists():
        raise NotPossible(_("This room type can no longer be ordered. Choose another one."))
    number = numbers.draw_number()
    room = _new_room(
        organisation, product, number, today, {**default_settings(product, number=number), **values}
    )
    room.order_key = order_key
    check_settings(room)
    _create([room], by=by, action="rooms.room.ordered")
    return room


def _new_room(
    organisation: Organisation,
    product: RoomProduct,
    number: str,
    today: date,
    values: dict[str, Any],
) -> Room:
    room = Room(
        organisation=organisation,
        product=product,
        number=number,
        ordered_on=today,
        bound_until=terms.bound_until(today),
        **values,
    )
    room.full_clean(exclude=["number", "product", "organisation", "next_product"])
    return room


ORDERED_FIELDS = ("name", "number", "owner_email", "cost_centre")


def _create(rooms: list[Room], *, by: User, action: str) -> None:
    Room.objects.bulk_create(rooms, batch_size=500)
    RoomSubscription.objects.bulk_create(
        [
            RoomSubscription(
                organisation_id=room.organisation_id,
                room=room,
                product=room.product,
                starts_on=room.ordered_on,
            )
            for room in rooms
        ],
        batch_size=1000,
    )
    audit.record_many(
        {
            "action": action,
            "by": by,
            "organisation": room.organisation_id,
            "target": room,
            "after": {
                **{name: getattr(room, name) for name in ORDERED_FIELDS},
                "product": str(room.product),
            },
        }
        for room in rooms
    )
    holders = _holders(rooms)
    for room in rooms:
        # Most owners of an imported list have no account yet, and a new room no grants.
        if room.owner_email.lower() in holders:
            _give_to_owner(room, holders)
        _push_after_commit(room)


@transaction.atomic
def change_room(
    room: Room,
    *,
    by: User,
    version: int | None = None,
    action: str = "rooms.room.changed",
    **changes: Any,
) -> Room:
    """Return the room with the changes stored; nothing is written when nothing differs.

    With ``version`` (from the form) a change made meanwhile by somebody else raises
    :class:`StaleEdit`. Raises ``ValidationError`` by field, :class:`NotPossible` for a
    closed room and ``Forbidden`` for a field that the person may not change.
    """
    unknown = changes.keys() - ADMINISTRATOR_FIELDS
    if unknown:
        raise ValueError(f"change_room does not change {sorted(unknown)}")
    _require_edit(by, room, changes)
    room = _locked_open(room)
    if version is not None and room.version != version:
        raise StaleEdit(room)
    changed = {name for name, value in changes.items() if getattr(room, name) != value}
    if not changed:
        return room
    before = audit.snapshot(room, changed)
    for name in changed:
        setattr(room, name, changes[name])
    room.full_clean(exclude=["number", "product", "organisation", "next_product"])
    # Weak PINs that came with an import may stay; what is set here may not be weak.
    check_settings(room, weak_pins_allowed=not changed & {"host_pin", "guest_pin"})
    _save(room, changed, tell_platform=bool(changed - PORTAL_ONLY_FIELDS))
    audit.record(
        action,
        by=by,
        organisation=room.organisation,
        target=room,
        before=before,
        after=audit.snapshot(room, changed),
    )
    if "owner_email" in changed:
        _give_to_owner(room, _holders([room]))
    return room


def renew_pin(room: Room, which: str, *, by: User) -> Room:
    """Return the room with a new random PIN; ``which`` is ``host_pin`` or ``guest_pin``."""
    if which not in {"host_pin", "guest_pin"}:
        raise ValueError(which)
    other = "guest_pin" if which == "host_pin" else "host_pin"
    fresh = pins.generate(room_number=room.number, unlike=str(getattr(room, other)))
    return change_room(room, by=by, action="rooms.pin.renewed", **{which: fresh})


@transaction.atomic
def reveal_pin(room: Room, which: str, *, by: User) -> str:
    """Return the PIN in clear and log that it was shown."""
    if which not in {"host_pin", "guest_pin"}:
        raise ValueError(which)
    _require_edit(by, room, {which})
    audit.record(f"rooms.{which}.revealed", by=by, organisation=room.organisation_id, target=room)
    return str(getattr(room, which))


def note_pins_shown(rooms: Iterable[Room], *, by: User, where: str) -> None:
    """Log that the PINs of these rooms left the portal in a document, text or file."""
    audit.record_many(
        {
            "action": "rooms.pin.included",
            "by": by,
            "organisation": room.organisation_id,
            "target": room,
            "after": {"where": where},
        }
        for room in rooms
    )


def is_upgrade(current: RoomProduct, wanted: RoomProduct, *, today: date) -> bool:
    """Return whether ``wanted`` costs at least as much today; a cheaper one is a downgrade."""
    prices = {
        product.pk: product.price or 0
        for product in RoomProduct.objects.priced_on(today).filter(pk__in=[current.pk, wanted.pk])
    }
    return prices[wanted.pk] >= prices[current.pk]


@transaction.atomic
def change_product(
    room: Room,
    product: RoomProduct,
    *,
    by: User,
    version: int | None = None,
    today: date | None = None,
) -> Room:
    """Return the room upgraded at once, or with its downgrade agreed for the first day it may hold.

    An upgrade changes the room now and the price from the next month; the binding stays.
    A downgrade waits for the end of the binding (design.md 4). Raises :class:`NotPossible`
    and :class:`StaleEdit`.
    """
    require(by, "manage_rooms", room.organisation_id)
    today = today or timezone.localdate()
    room = _locked_open(room)
    if version is not None and room.version != version:
        raise StaleEdit(room)
    if room.is_terminated:
        raise NotPossible(_("The room is terminated, so its type can no longer be changed."))
    if product.pk == room.product_id:
        if room.next_product_id is None:
            return room
        return _cancel_next_product(room, by=by)
    if not RoomProduct.objects.open_on(today).filter(pk=product.pk).exists():
        raise NotPossible(_("This room type can no longer be ordered. Choose another one."))
    if is_upgrade(room.product, product, today=today):
        return _upgrade(room, product, by=by, today=today)
    room.next_product = product
    room.next_product_from = terms.downgrade_from(asked_on=today, bound_until=room.bound_until)
    _save(room, ["next_product", "next_product_from"], tell_platform=False)
    audit.record(
        "rooms.product.downgrade_agreed",
        by=by,
        organisation=room.organisation,
        target=room,
        before={"product": str(room.product)},
        after={"product": str(product), "from": room.next_product_from},
    )
    return room


def _cancel_next_product(room: Room, *, by: User) -> Room:
    agreed = str(room.next_product)
    room.next_product = None
    room.next_product_from = None
    _save(room, ["next_product", "next_product_from"], tell_platform=False)
    audit.record(
        "rooms.product.downgrade_cancelled",
        by=by,
        organisation=room.organisation,
        target=room,
        before={"product": agreed},
    )
    return room


def _upgrade(room: Room, product: RoomProduct, *, by: User, today: date) -> Room:
    before = {"product": str(room.product)}
    fields = _fit_to(room, product)
    room.next_product = None
    room.next_product_from = None
    _charge_from(room, product, terms.upgrade_price_from(today))
    check_settings(room, weak_pins_allowed=True)
    _save(room, {*fields, "product", "next_product", "next_product_from"}, tell_platform=True)
    audit.record(
        "rooms.product.upgraded",
        by=by,
        organisation=room.organisation,
        target=room,
        before=before,
        after={"product": str(product)},
    )
    return room


def _fit_to(room: Room, product: RoomProduct) -> set[str]:
    """Move the room to the product and bring its settings inside what the type allows."""
    room_type = product.room_type
    changed = {"autolock", "layout", "theme", "chat", "participant_limit", "guest_pin", "host_pin"}
    grew = room.participant_limit == room.product.room_type.max_participants
    room.product = product
    if room_type.autolock != Rule.ALLOWED:
        room.autolock = room_type.autolock == Rule.FORCED
    if room.layout not in room_type.layouts:
        room.layout = room_type.layouts[0]
    if room.theme not in room_type.themes:
        room.theme = room_type.themes[0]
    if not room_type.chat_on_order:
        room.chat = False
    if not room_type.guest_pin_allowed:
        room.guest_pin = ""
    if room_type.host_pin_required and not room.host_pin:
        room.host_pin = pins.generate(room_number=room.number, unlike=str(room.guest_pin))
    if grew or room.participant_limit > room_type.max_participants:
        room.participant_limit = room_type.max_participants
    return changed


def _charge_from(room: Room, product: RoomProduct, day: date) -> None:
    """End the running subscription the day before and start one of the product on the day."""
    subscriptions = RoomSubscription.objects.in_organisation(room.organisation_id).filter(room=room)
    subscriptions.filter(starts_on__gte=day).delete()
    subscriptions.filter(ends_on__isnull=True, starts_on__lt=day).update(
        ends_on=day - timedelta(days=1)
    )
    subscriptions.filter(ends_on__gte=day, starts_on__lt=day).update(
        ends_on=day - timedelta(days=1)
    )
    RoomSubscription.objects.create(
        organisation_id=room.organisation_id, room=room, product=product, starts_on=day
    )


@transaction.atomic
def terminate_room(
    room: Room, *, by: User, closes_on: date, version: int | None = None, today: date | None = None
) -> Room:
    """Return the room terminated: it closes on the chosen day and is paid for as long as bound.

    ``closes_on`` today closes it at once. Raises :class:`NotPossible` for a day in the past
    or after the last day paid for, and :class:`StaleEdit`.
    """
    require(by, "manage_rooms", room.organisation_id)
    today = today or timezone.localdate()
    room = _locked_open(room)
    if version is not None and room.version != version:
        raise StaleEdit(room)
    charged_until = terms.charged_until(terminated_on=today, bound_until=room.bound_until)
    if closes_on < today:
        raise NotPossible(_("The closing date cannot be in the past."))
    if closes_on > charged_until:
        raise NotPossible(_("The closing date cannot be after the last day you pay for."))
    room.terminated_on = today
    room.closes_on = closes_on
    room.charged_until = charged_until
    room.next_product = None
    room.next_product_from = None
    _end_subscriptions(room, charged_until)
    fields = {"terminated_on", "closes_on", "charged_until", "next_product", "next_product_from"}
    if closes_on == today:
        fields |= _close(room, today)
    _save(room, fields, tell_platform=room.is_closed)
    audit.record(
        "rooms.room.terminated",
        by=by,
        organisation=room.organisation,
        target=room,
        after={"closes_on": closes_on, "charged_until": charged_until},
    )
    return room


def _end_subscriptions(room: Room, day: date) -> None:
    subscriptions = RoomSubscription.objects.in_organisation(room.organisation_id).filter(room=room)
    subscriptions.filter(starts_on__gt=day).delete()
    subscriptions.filter(starts_on__lte=day, ends_on__isnull=True).update(ends_on=day)


@transaction.atomic
def withdraw_termination(room: Room, *, by: User, version: int | None = None) -> Room:
    """Return the room as if it had not been terminated, while it is still open."""
    require(by, "manage_rooms", room.organisation_id)
    room = _locked_open(room)
    if version is not None and room.version != version:
        raise StaleEdit(room)
    if not room.is_terminated:
        return room
    before = {"closes_on": room.closes_on, "charged_until": room.charged_until}
    RoomSubscription.objects.in_organisation(room.organisation_id).filter(
        room=room, ends_on=room.charged_until
    ).update(ends_on=None)
    room.terminated_on = room.closes_on = room.charged_until = None
    _save(room, ["terminated_on", "closes_on", "charged_until"], tell_platform=False)
    audit.record(
        "rooms.termination.withdrawn",
        by=by,
        organisation=room.organisation,
        target=room,
        before=before,
    )
    return room


def _close(room: Room, today: date) -> set[str]:
    room.closed_at = timezone.now()
    numbers.quarantine_number(room.number, closed_on=today)
    set_object_holders(OWN_ROOM_PERMISSION, room, [])
    return {"closed_at"}


@transaction.atomic
def _apply_due_change(room_id: int, today: date) -> bool:
    room = (
        Room.objects.unscoped(reason="the schedule serves every tenant")
        .select_related("product__room_type", "next_product__room_type", "organisation")
        .select_for_update(of=("self",), skip_locked=True)
        .filter(pk=room_id, closed_at__isnull=True)
        .first()
    )
    if room is None:
        return False
    if room.closes_on is not None and room.closes_on <= today:
        _save(room, _close(room, today), tell_platform=True)
        audit.record("rooms.room.closed", by=None, organisation=room.organisation, target=room)
        return True
    if (
        room.next_product is None
        or room.next_product_from is None
        or room.next_product_from > today
    ):
        return False
    before, product = {"product": str(room.product)}, room.next_product
    fields = _fit_to(room, product)
    _charge_from(room, product, room.next_product_from)
    room.next_product = None
    room.next_product_from = None
    _save(room, {*fields, "product", "next_product", "next_product_from"}, tell_platform=True)
    audit.record(
        "rooms.product.downgraded",
        by=None,
        organisation=room.organisation,
        target=room,
        before=before,
        after={"product": str(product)},
    )
    return True


def apply_due_changes(today: date) -> int:
    """Close the rooms and change the products whose day has come; return how many.

    Each room is its own transaction: one that fails is logged and does not stop the rest.
    """
    rooms = Room.objects.unscoped(reason="the schedule serves every tenant")
    due = set(rooms.due_to_close(today).values_list("pk", flat=True))
    due |= set(rooms.due_to_change(today).values_list("pk", flat=True))
    applied = 0
    for room_id in sorted(due):
        try:
            applied += _apply_due_change(room_id, today)
        except Exception:
            log.exception("due_room_change_failed", room_id=room_id)
    return applied


# The platform's part ---------------------------------------------------------------------

MAX_ATTEMPTS = 12


def spec_of(room: Room) -> RoomSpec:
    """Return the room as the platform must have it."""
    return RoomSpec(
        number=room.number,
        # The platform wants every name to be its own; numbers are.
        name=f"{room.name} ({room.number})",
        aliases=(room.number, room.sip_address),
        tag=f"{room.organisation_id}:{room.public_id}",
        guests_allowed=room.guests_allowed,
        host_pin=str(room.host_pin),
        guest_pin=str(room.guest_pin),
        participant_limit=room.participant_limit,
        full_hd=room.product.quality == "fullhd",
        layout=room.layout,
        theme=room.theme,
        chat=room.chat,
        guests_may_present=room.guests_may_present,
        show_names=room.show_names,
        autolock=room.autolock,
        owner_email=room.owner_email,
    )


def provision_room(room_id: int) -> str:
    """Bring the platform in line with the room and return the provisioning state.

    A refusal is stored with the platform's own words; silence is stored as an attempt and
    raises :class:`PlatformUnavailable` again, so that the caller may retry. The answer is
    stored only if the room was not changed meanwhile: a later change has its own push.
    """
    rooms = Room.objects.unscoped(reason="the platform serves every tenant")
    room = rooms.select_related("product__room_type").filter(pk=room_id).first()
    if room is None or room.provisioning != Provisioning.PENDING:
        return room.provisioning if room is not None else ""
    mine = rooms.filter(pk=room_id, version=room.version)
    try:
        if room.is_closed:
            current_platform().remove_room(room.number)
        else:
            current_platform().put_room(spec_of(room))
    except PlatformRefused as error:
        mine.update(provisioning=Provisioning.FAILED, provisioning_error=str(error))
        log.warning("room_refused", room_id=room_id, reason=str(error))
        return Provisioning.FAILED
    except PlatformUnavailable as error:
        mine.update(
            provisioning_attempts=F("provisioning_attempts") + 1,
            provisioning_error=str(error),
            # Silence for an hour is told as a failure; the button and the next change retry.
            provisioning=(
                Provisioning.FAILED
                if room.provisioning_attempts + 1 >= MAX_ATTEMPTS
                else Provisioning.PENDING
            ),
        )
        raise
    mine.update(
        provisioning=Provisioning.READY,
        provisioning_error="",
        provisioning_attempts=0,
        provisioned_at=timezone.now(),
    )
    return Provisioning.READY


@transaction.atomic
def retry_provisioning(room: Room, *, by: User) -> Room:
    """Send the room to the platform once more."""
    require(by, "manage_rooms", room.organisation_id)
    room = _locked(room)
    if room.provisioning == Provisioning.READY:
        return room
    _save(room, [], tell_platform=True)
    audit.record("rooms.provisioning.retried", by=by, organisation=room.organisation, target=room)
    return room


def waiting_room_ids(limit: int = 500) -> list[int]:
    """Return ids of rooms that have waited a while for the platform, oldest first."""
    since = timezone.now() - timedelta(seconds=30)
    return list(
        Room.objects.unscoped(reason="the platform serves every tenant")
        .waiting_for_platform()
        .filter(changed_at__lt=since)
        .values_list("pk", flat=True)[:limit]
    )


# Own rooms -------------------------------------------------------------------------------


def _holders(rooms: Iterable[Room]) -> dict[str, list[User]]:
    """Return the active people by verified address, in lower case, for these rooms' owners."""
    addresses = {room.owner_email.lower() for room in rooms if room.owner_email}
    holders: dict[str, list[User]] = {}
    if addresses:
        for address in (
            EmailAddress.objects.filter(verified=True, user__is_active=True)
            .annotate(key=Lower("email"))
            .filter(key__in=addresses)
            .select_related("user")
        ):
            holders.setdefault(address.email.lower(), []).append(address.user)
    return holders


def _give_to_owner(room: Room, holders: dict[str, list[User]]) -> None:
    """Let exactly the holders of the room's owner address edit it."""
    set_object_holders(OWN_ROOM_PERMISSION, room, holders.get(room.owner_email.lower(), []))


@transaction.atomic
def sync_own_rooms(user: User) -> int:
    """Let the person hold exactly the open rooms on their verified addresses; return how many."""
    addresses = [
        address.lower()
        for address in EmailAddress.objects.filter(user=user, verified=True).values_list(
            "email", flat=True
        )
    ]
    rooms = Room.objects.unscoped(reason="own rooms follow the address, whatever the tenant")
    wanted = {room.pk: room for room in rooms.with_owner_address(addresses)} if addresses else {}
    held = user.access.object_ids(RoomUserGrant)
    lost = rooms.filter(pk__in=held - wanted.keys())
    moved = [*lost, *(room for pk, room in wanted.items() if pk not in held)]
    holders = _holders(moved)
    for room in moved:
        _give_to_owner(room, holders)
    user.__dict__.pop("access", None)
    return len(wanted)
