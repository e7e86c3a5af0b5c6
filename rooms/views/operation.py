"""The provider's own page: number ranges, catalogue and prices, and what the platform refuses."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from rooms.models import NumberRange, Room, RoomType
from tenants.decorators import operator_only


@operator_only
def operation(request: HttpRequest) -> HttpResponse:
    rooms = Room.objects.unscoped(reason="the operator sees counts over the platform, no names")
    return render(
        request,
        "rooms/operation.html",
        {
            "ranges": NumberRange.objects.with_use(),
            "room_types": RoomType.objects.with_prices(),
            "counts": rooms.summary(),
            "today": timezone.localdate(),
        },
    )
