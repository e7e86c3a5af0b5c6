"""The catalogue, numbers, rooms with their terms, and imports."""

from rooms.models.catalogue import ProductPrice, RoomProduct, RoomType
from rooms.models.imports import RoomImport
from rooms.models.numbers import NumberAllocation, NumberRange
from rooms.models.ranges import DateRange, IntRange
from rooms.models.requests import RoomRequest
from rooms.models.rooms import Room, RoomGroupGrant, RoomSubscription, RoomUserGrant
from rooms.platforms.comparing.models import PlatformComparison, PlatformDifference
from rooms.platforms.outbox.models import OutboxEntry, PlatformContact

__all__ = [
    "DateRange",
    "IntRange",
    "NumberAllocation",
    "NumberRange",
    "OutboxEntry",
    "PlatformComparison",
    "PlatformContact",
    "PlatformDifference",
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
