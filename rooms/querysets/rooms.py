"""Reads of rooms."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Case, Count, F, IntegerField, Q, Sum, Value, When
from django.utils import timezone

from rooms.choices import Provisioning
from rooms.querysets.catalogue import price_on
from rooms.querysets.figures import Facets, RoomFigures
from videoportal.kit.querysets import TenantQuerySet
from videoportal.kit.sorting import NorwegianOrder, norwegian_key
from videoportal.kit.statements import SOME_DAY, SOME_IDS, SOME_MOMENT, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from tenants.models import User

PENDING_LONG = timedelta(minutes=10)
SOON = timedelta(days=30)

STATUS_RANK = Case(
    When(closed_at__isnull=False, then=Value(5)),
    When(provisioning=Provisioning.FAILED, then=Value(1)),
    When(provisioning=Provisioning.PENDING, then=Value(2)),
    When(terminated_on__isnull=False, then=Value(4)),
    default=Value(3),
    output_field=IntegerField(),
)


def _waits_since(moment: datetime) -> Q:
    return Q(provisioning=Provisioning.PENDING, changed_at__lt=moment)


def _waits_long(now: datetime) -> Q:
    return _waits_since(now - PENDING_LONG)


def _changes_by(day: date) -> Q:
    return Q(closes_on__lte=day) | Q(next_product_from__lte=day)


def _changes_soon(today: date) -> Q:
    return _changes_by(today + SOON)


def _task_counts(long_ago: datetime, soon: date) -> dict[str, Count]:
    """Return counts of the rooms that ask for something, as :class:`RoomFigures` names them."""
    asked = (
        apps.get_model("rooms", "RoomRequest")
        .objects.unscoped(reason="tied to the room, whose scope the outer query has")
        .waiting()
        .order_by()
        .filter(room__isnull=False)
        .values("room")
    )
    return {
        "failed": Count("pk", filter=Q(provisioning=Provisioning.FAILED)),
        "waiting": Count("pk", filter=_waits_since(long_ago)),
        "no_cost_centre": Count("pk", filter=Q(cost_centre="")),
        "agreed": Count("pk", filter=_changes_by(soon)),
        "asked": Count("pk", filter=Q(pk__in=asked)),
    }


class OnAddresses(models.Func):
    """Rooms with one of these owners, found by their index.

    Under row-level security PostgreSQL uses no index for ``lower(owner_email)``: it must not
    show a function rows that the policy may hide. The function works as the owner and gives
    ids alone; the policy still judges each row.
    """

    output_field = models.BooleanField()

    def __init__(self, addresses: list[str]) -> None:
        super().__init__(models.F("pk"))
        self.addresses = addresses

    def as_sql(  # type: ignore[override]  # nothing of a function's template is used
        self, compiler: Any, connection: Any, **context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        sql, params = compiler.compile(self.get_source_expressions()[0])
        return f"{sql} = any(rooms_on_addresses(%s::text[]))", (*params, self.addresses)


class RoomQuerySet(TenantQuerySet["Room"]):  # type: ignore[name-defined]  # models import this module
    def own_of(self, user: User) -> Self:
        """Return the rooms registered on one of the person's verified addresses."""
        return self.filter(
            pk__in=user.access.object_ids(apps.get_model("rooms", "RoomUserGrant"))
        )._opened()

    def held_by(self, person: User) -> Self:
        """Return the rooms among these that are registered on the person's confirmed addresses."""
        return self.filter(user_grants__user=person)

    def counts_by_holder(self) -> dict[int, int]:
        """Return how many of these rooms each person holds, by user id."""
        return dict(
            self.order_by()
            .filter(user_grants__isnull=False)
            .values_list("user_grants__user")
            .annotate(rooms=Count("pk"))
        )

    def for_listing(self) -> Self:
        """Return rooms with what a row shows, without decrypting any PIN."""
        return (
            self.select_related("product__room_type")
            .defer("host_pin", "guest_pin", "provisioning_error")
            .alias(
                status_rank=STATUS_RANK,
                name_order=NorwegianOrder("name"),
                owner_order=NorwegianOrder("owner_name"),
                cost_centre_order=NorwegianOrder("cost_centre"),
            )
        )

    def for_export(self, *, with_pins: bool) -> Self:
        """Return rooms with what a file of rooms holds; PINs are decrypted only for ``with_pins``.

        The catalogue is not joined: a file has thousands of rooms and ten products.
        """
        unused = ["provisioning_error", "order_key"]
        pins = [] if with_pins else ["host_pin", "guest_pin"]
        return self.select_related(None).defer(None).defer(*unused, *pins)

    def for_bulk(self) -> Self:
        """Return rooms by name with what a bulk action weighs, PINs decrypted."""
        return self.for_listing().defer(None).order_by("name_order", "pk")

    def for_detail(self) -> Self:
        """Return rooms with what their page shows; ``price`` is today's, kroner a month."""
        return (
            self.alias(day_price=price_on(timezone.localdate(), "product__prices"))
            .annotate(price=F("day_price__amount"))
            .select_related(
                "organisation__reseller",
                "product__room_type",
                "next_product__room_type",
                "platform__contact",
            )
        )

    def by_name(self) -> Self:
        """Return the rooms in Norwegian order of name."""
        return self.order_by(NorwegianOrder("name"), "pk")

    def open(self) -> Self:
        """Return the rooms that are not closed; terminated ones count until they close."""
        return self.filter(closed_at__isnull=True)

    def closed(self) -> Self:
        """Return the rooms that are closed for good."""
        return self.filter(closed_at__isnull=False)

    def ending(self) -> Self:
        """Return the rooms that are terminated and not closed yet."""
        return self.open().filter(terminated_on__isnull=False)

    def waiting_or_failed(self) -> Self:
        """Return open rooms that the platform does not have as they are here."""
        return self.open().exclude(provisioning=Provisioning.READY)

    def with_public_ids(self, ids: Iterable[Any]) -> Self:
        """Return the rooms that have one of these public ids."""
        return self.filter(public_id__in=list(ids))

    def with_owner_address(self, addresses: list[str]) -> Self:
        """Return open rooms registered on one of the addresses, whatever the case."""
        return self.open().filter(OnAddresses([address.lower() for address in addresses]))

    def matching(self, words: str) -> Self:
        """Return rooms by part of name, number or owner; every word must be found."""
        found = self
        for word in words.replace("\N{NO-BREAK SPACE}", " ").split():
            found = found.filter(
                Q(name__icontains=word)
                | Q(number__icontains=word)
                | Q(owner_name__icontains=word)
                | Q(owner_email__icontains=word)
            )
        joined = "".join(words.split())
        if joined.isdigit() and joined != words.strip():
            # A number typed in threes, as the portal itself writes it.
            return found | self.filter(number__icontains=joined)
        return found

    def ordered_with(self, order_key: str) -> Any:
        """Return the room that this order made, or None while it is not placed."""
        return self.filter(order_key=order_key).exclude(order_key="").first()

    def with_numbers(self, numbers: Iterable[str]) -> Self:
        """Return the rooms with these numbers."""
        return self.filter(number__in=list(numbers))

    def with_order_keys(self, keys: Iterable[str]) -> Self:
        """Return the rooms that these keys made, and their successors (``key:1``), oldest first."""
        wanted = list(keys)
        if not wanted:
            return self.none()
        later = [f"{key}:{times}" for key in wanted for times in range(1, 10)]
        return self.filter(order_key__in=wanted + later).order_by("pk")

    def numbers_by_name(self, names: Iterable[str]) -> dict[str, str]:
        """Return the number of one room for each of the names in use, folded."""
        wanted = list(names)
        rows = self.filter(name__in=wanted).values_list("name", "number") if wanted else ()
        return {name.casefold(): number for name, number in rows}

    def stamp(self) -> str:
        """Return a word that is another one after any of these rooms has changed."""
        found = self.aggregate(rooms=Count("pk"), changes=Sum("version"))
        return f"{found['rooms']}-{found['changes'] or 0}"

    def not_removed(self) -> Self:
        """Return closed rooms that the platform has not confirmed to be gone."""
        return self.closed().exclude(provisioning=Provisioning.READY)

    def due_to_close(self, day: date) -> Self:
        """Return open rooms whose closing day has come."""
        return self.open().filter(closes_on__lte=day)

    def due_to_change(self, day: date) -> Self:
        """Return rooms whose agreed change of product has come."""
        return self.filter(next_product__isnull=False, next_product_from__lte=day)

    def summary(self) -> dict[str, Any]:
        """Return counts over open rooms.

        ``rooms``, ``failed``, ``pending``, ``no_cost_centre`` and ``ending``.
        """
        return self.open().aggregate(
            rooms=Count("pk"),
            failed=Count("pk", filter=Q(provisioning=Provisioning.FAILED)),
            pending=Count("pk", filter=Q(provisioning=Provisioning.PENDING)),
            no_cost_centre=Count("pk", filter=Q(cost_centre="")),
            ending=Count("pk", filter=Q(terminated_on__isnull=False)),
        )

    def facets(self) -> Facets:
        """Return the filter choices and the summary of these rooms, in two queries.

        The catalogue is read apart: a price asked for inside the grouping would be looked up
        for every room.
        """
        catalogue = apps.get_model("rooms", "RoomProduct").objects.priced_on(timezone.localdate())
        found = Facets(products={product.pk: product for product in catalogue.order_by()})
        groups = (
            self.order_by()
            .values_list("product_id", "cost_centre")
            .annotate(rooms=Count("pk"), closed=Count("closed_at"))
        )
        open_rooms_of: Counter[int] = Counter()
        cost_centres = set()
        for product_id, cost_centre, rooms, closed in groups:
            cost_centres.add(cost_centre)
            found.rooms += rooms
            open_rooms_of[product_id] += rooms - closed
        used = {}
        for product_id, open_rooms in open_rooms_of.items():
            product: Any = found.products[product_id]  # priced
            used[product.room_type.code] = product.room_type
            found.open_rooms += open_rooms
            found.monthly_cost += open_rooms * (product.price or 0)
        for room_type in sorted(used.values(), key=lambda item: (item.position, item.code)):
            found.room_types[room_type.code] = room_type.name
        found.lacks_cost_centre = "" in cost_centres
        found.cost_centres = list(cost_centres - {""})
        found.cost_centres.sort(key=norwegian_key)
        return found

    def values_in_use(self, field: str) -> list[str]:
        """Return the distinct, non-empty values of a text column, in Norwegian order."""
        values = self.exclude(**{field: ""}).order_by().values_list(field, flat=True).distinct()
        return sorted(values, key=norwegian_key)

    def figures(self, *, now: datetime) -> dict[int, RoomFigures]:
        """Return what the open rooms of each organisation ask for, by organisation id.

        One query over all of them; an organisation without open rooms is left out.
        """
        rows = (
            self.open()
            .order_by()
            .values("organisation_id")
            .annotate(
                rooms=Count("pk"),
                **_task_counts(now - PENDING_LONG, timezone.localdate(now) + SOON),
            )
        )
        return {row.pop("organisation_id"): RoomFigures(**row) for row in rows}

    def totals_of(
        self, organisation_ids: Iterable[int], *, now: datetime
    ) -> dict[int, tuple[int, int]]:
        """Return open rooms and things to do of each of the organisations, by id.

        The same numbers as :meth:`figures` gives, summed by the database.
        """
        rows = _TOTALS.rows(
            ids=tuple(organisation_ids),
            long_ago=now - PENDING_LONG,
            soon=timezone.localdate(now) + SOON,
        )
        return {organisation_id: (rooms, to_do) for organisation_id, rooms, to_do in rows}

    def on_overview(self, *, now: datetime, keys: Iterable[str], limit: int = 40) -> Self:
        """Return rooms that the overview names: those with these keys, then those in trouble.

        Refused by the platform, waiting long for it, or with an agreed change within
        :data:`SOON`; without any PIN.
        """
        mentioned = Q(pk__in=[key for key in keys if key.isascii() and key.isdigit()])
        troubled = Q(provisioning=Provisioning.FAILED) | _waits_long(now)
        agreed = _changes_soon(timezone.localdate(now))
        return (
            self.filter(mentioned | (Q(closed_at__isnull=True) & (troubled | agreed)))
            .select_related("next_product__room_type")
            .defer("host_pin", "guest_pin")
            .annotate(
                first=Case(When(mentioned, then=Value(0)), default=Value(1)),
                changes_on=models.functions.Least("closes_on", "next_product_from"),
                waits_long=Case(When(_waits_long(now), then=Value(True)), default=Value(False)),
                changes_soon=Case(
                    When(Q(closed_at__isnull=True) & agreed, then=Value(True)),
                    default=Value(False),
                ),
            )
            .order_by("first", STATUS_RANK, F("changes_on").asc(nulls_last=True), "pk")[:limit]
        )


def _totals(ids: tuple[int, ...], long_ago: datetime, soon: date) -> Any:
    rooms = apps.get_model("rooms", "Room").objects.in_organisations(ids).open()
    return (
        rooms.order_by()
        .values_list("organisation_id")
        .annotate(rooms=Count("pk"), to_do=reduce(add, _task_counts(long_ago, soon).values()))
    )


_TOTALS = Statement(_totals, ids=SOME_IDS, long_ago=SOME_MOMENT, soon=SOME_DAY)
