"""Reads of the catalogue, numbers and rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import models
from django.db.models import (
    Case,
    Count,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from rooms.choices import Provisioning
from videoportal.kit.querysets import TenantQuerySet

if TYPE_CHECKING:
    from datetime import date

    from tenants.models import User


def _open_on(day: date, prefix: str = "") -> Q:
    return Q(**{f"{prefix}open_from__lte": day}) & (
        Q(**{f"{prefix}open_to__isnull": True}) | Q(**{f"{prefix}open_to__gte": day})
    )


class RoomTypeQuerySet(models.QuerySet["RoomType"]):  # type: ignore[name-defined]  # models import this module
    def open_on(self, day: date) -> Self:
        """Return the types that can be ordered on the day."""
        return self.filter(_open_on(day))


class RoomProductQuerySet(models.QuerySet["RoomProduct"]):  # type: ignore[name-defined]  # models import this module
    def open_on(self, day: date) -> Self:
        """Return the products that can be ordered on the day, by type and by quality."""
        return self.filter(_open_on(day), _open_on(day, "room_type__"))

    def priced_on(self, day: date) -> Self:
        """Return the products with ``price`` (kroner a month) as it is on the day, and the type."""
        prices = apps.get_model("rooms", "ProductPrice").objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=day),
            product=OuterRef("pk"),
            valid_from__lte=day,
        )
        return self.annotate(price=Subquery(prices.values("amount")[:1])).select_related(
            "room_type"
        )


class NumberRangeQuerySet(models.QuerySet["NumberRange"]):  # type: ignore[name-defined]  # models import this module
    def with_use(self) -> Self:
        """Return the ranges with ``used``, the count of numbers taken or resting in each."""
        used = (
            apps.get_model("rooms", "NumberAllocation")
            .objects.filter(
                number__regex=r"^[0-9]+$",
            )
            .annotate(value=models.functions.Cast("number", models.BigIntegerField()))
            .filter(
                value__gte=OuterRef("first"),
                value__lte=OuterRef("last"),
            )
            .order_by()
            .annotate(one=Value(1))
            .values("one")
            .annotate(total=Count("pk"))
            .values("total")
        )
        return self.annotate(used=Coalesce(Subquery(used, output_field=IntegerField()), 0))


STATUS_RANK = Case(
    When(closed_at__isnull=False, then=Value(5)),
    When(provisioning=Provisioning.FAILED, then=Value(1)),
    When(provisioning=Provisioning.PENDING, then=Value(2)),
    When(terminated_on__isnull=False, then=Value(4)),
    default=Value(3),
    output_field=IntegerField(),
)


class RoomQuerySet(TenantQuerySet["Room"]):  # type: ignore[name-defined]  # models import this module
    def visible_to(self, user: User) -> Self:
        """Return every room that the person may see: of their organisations, and their own."""
        organisations = user.access.organisation_ids("view_rooms")
        own = user.access.object_ids(apps.get_model("rooms", "RoomUserGrant"))
        return self.filter(Q(organisation_id__in=organisations) | Q(pk__in=own))._opened()

    def own_of(self, user: User) -> Self:
        """Return the rooms registered on one of the person's verified addresses."""
        return self.filter(
            pk__in=user.access.object_ids(apps.get_model("rooms", "RoomUserGrant"))
        )._opened()

    def for_listing(self) -> Self:
        """Return rooms with what a row shows, without decrypting any PIN."""
        return (
            self.select_related("product__room_type")
            .defer("host_pin", "guest_pin", "provisioning_error")
            .annotate(status_rank=STATUS_RANK)
        )

    def for_detail(self) -> Self:
        """Return rooms with what their page shows."""
        return self.select_related(
            "organisation__reseller", "product__room_type", "next_product__room_type"
        )

    def open(self) -> Self:
        """Return the rooms that are not closed; terminated ones count until they close."""
        return self.filter(closed_at__isnull=True)

    def needing_attention(self) -> Self:
        """Return open rooms that the platform refused."""
        return self.open().filter(provisioning=Provisioning.FAILED)

    def without_cost_centre(self) -> Self:
        """Return open rooms that no cost centre pays for."""
        return self.open().filter(cost_centre="")

    def with_owner_address(self, addresses: list[str]) -> Self:
        """Return open rooms registered on one of the addresses, whatever the case."""
        return (
            self.open()
            .annotate(owner_key=models.functions.Lower("owner_email"))
            .filter(owner_key__in=[address.lower() for address in addresses])
        )

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

    def waiting_for_platform(self) -> Self:
        """Return rooms whose last change the platform has not heard of, oldest first."""
        return self.filter(provisioning=Provisioning.PENDING).order_by("changed_at", "pk")

    def due_to_close(self, day: date) -> Self:
        """Return open rooms whose closing day has come."""
        return self.filter(closed_at__isnull=True, closes_on__lte=day)

    def due_to_change(self, day: date) -> Self:
        """Return rooms whose agreed change of product has come."""
        return self.filter(next_product__isnull=False, next_product_from__lte=day)

    def summary(self) -> dict[str, Any]:
        """Return counts over open rooms: ``rooms``, ``failed``, ``pending``, ``no_cost_centre``."""
        return self.open().aggregate(
            rooms=Count("pk"),
            failed=Count("pk", filter=Q(provisioning=Provisioning.FAILED)),
            pending=Count("pk", filter=Q(provisioning=Provisioning.PENDING)),
            no_cost_centre=Count("pk", filter=Q(cost_centre="")),
            ending=Count("pk", filter=Q(terminated_on__isnull=False)),
        )

    def monthly_cost(self) -> Any:
        """Return what these open rooms cost a month today, in kroner without VAT."""
        today = timezone.localdate()
        prices = apps.get_model("rooms", "ProductPrice").objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=today),
            product=OuterRef("product"),
            valid_from__lte=today,
        )
        per_product = (
            self.open()
            .order_by()
            .values("product")
            .annotate(rooms=Count("pk"), price=Subquery(prices.values("amount")[:1]))
        )
        return sum((row["rooms"] * (row["price"] or 0) for row in per_product), 0)

    def values_in_use(self, field: str) -> list[str]:
        """Return the distinct, non-empty values of a text column, sorted."""
        values = self.exclude(**{field: ""}).order_by().values_list(field, flat=True).distinct()
        return sorted(values, key=str.casefold)


class RoomImportQuerySet(TenantQuerySet["RoomImport"]):  # type: ignore[name-defined]  # models import this module
    def without_content(self) -> Self:
        """Return imports without decrypting their files."""
        return self.defer("content")
