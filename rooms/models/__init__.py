"""The catalogue, numbers, rooms with their terms, and imports."""

from rooms.models.catalogue import ProductPrice, RoomProduct, RoomType
from rooms.models.imports import RoomImport
from rooms.models.numbers import NumberAllocation, NumberRange
from rooms.models.ranges import DateRange, IntRange
from rooms.models.requests import RoomRequest
from rooms.models.rooms import Room, RoomGroupGrant, RoomSubscription, RoomUserGrant

__all__ = [
    "DateRange",
    "IntRange",
    "NumberAllocation",
    "NumberRange",
    "ProductPrice",
    "Room",
    "RoomGroupGrant",
    "RoomImport",
    "RoomProduct",
    "RoomRequest",
    "RoomSubscription",
    "RoomType",
    "RoomUserGrant",
]
