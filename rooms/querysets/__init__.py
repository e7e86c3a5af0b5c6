"""Reads of the catalogue, numbers and rooms."""

from rooms.querysets.catalogue import NumberRangeQuerySet, RoomProductQuerySet, RoomTypeQuerySet
from rooms.querysets.figures import Facets, MonthlyCost, RoomFigures
from rooms.querysets.imports import RoomImportQuerySet
from rooms.querysets.requests import RoomRequestQuerySet
from rooms.querysets.rooms import PENDING_LONG, RoomQuerySet
from rooms.querysets.subscriptions import RoomSubscriptionQuerySet

__all__ = [
    "PENDING_LONG",
    "Facets",
    "MonthlyCost",
    "NumberRangeQuerySet",
    "RoomFigures",
    "RoomImportQuerySet",
    "RoomProductQuerySet",
    "RoomQuerySet",
    "RoomRequestQuerySet",
    "RoomSubscriptionQuerySet",
    "RoomTypeQuerySet",
]
