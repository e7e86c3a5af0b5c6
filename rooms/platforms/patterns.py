"""The addresses that rooms have by a platform's patterns, and what they would clash with."""

from __future__ import annotations

import re
from itertools import permutations
from typing import Any

from django.db.models import Exists, F, IntegerField, OuterRef, Q, Value
from django.db.models.functions import Concat, Length, Lower, Substr
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms.models import Room
from rooms.platforms.holders import holders
from rooms.platforms.models import DOMAIN, NUMBER, VideoPlatform
from videoportal.kit.formats import number

NUMBERS = "[0-9]{4,20}"


def expression_of(pattern: str, domain: str) -> str:
    """Return a regular expression for all that the platform would take for a room's address.

    A pattern without a domain is dialled with the platform's own, too.
    """
    written = re.escape(pattern.replace(DOMAIN, domain)).replace(re.escape(NUMBER), NUMBERS)
    return written if "@" in pattern else f"{written}(?:@{re.escape(domain)})?"


def clashes(platform: VideoPlatform) -> list[str]:
    """Return what the platform's patterns, stored or not, would clash with, in sentences."""
    expressions = [expression_of(one, platform.domain) for one in platform.alias_patterns]
    faults = []
    if count := holders().with_address_like(platform.pk, expressions):
        faults.append(
            ngettext(
                "%(count)s video endpoint has an address that would be a room’s. Choose another "
                "pattern, or have the endpoint given another address first.",
                "%(count)s video endpoints have addresses that would be rooms’. Choose another "
                "pattern, or have the endpoints given other addresses first.",
                count,
            )
            % {"count": number(count)}
        )
    if count := rooms_that_share(platform):
        faults.append(
            _("%(count)s open rooms would share addresses. Choose another pattern.")
            % {"count": number(count)}
        )
    return faults


def rooms_that_share(platform: VideoPlatform) -> int:
    """Return how many open rooms would have an address of another open room by the patterns.

    With ``{number}`` and ``9{number}`` the room 4711 has the address of the room 94711.
    """
    cut = [_ends(pattern, platform.domain) for pattern in platform.alias_patterns]
    shared: set[int] = set()
    for one, other in permutations(cut, 2):
        if _may_meet(one[0], other[0]) and _may_meet(one[1][::-1], other[1][::-1]):
            shared |= set(_sharing(platform, one, other))
    return len(shared)


def _ends(pattern: str, domain: str) -> tuple[str, str]:
    head, _number, tail = pattern.replace(DOMAIN, domain).lower().partition(NUMBER)
    return head, tail


def _may_meet(one: str, other: str) -> bool:
    """Return whether one beginning is the other and digits."""
    longer, shorter = sorted((one, other), key=len, reverse=True)
    rest = longer.removeprefix(shorter) if longer.startswith(shorter) else "?"
    return not rest or rest.isdecimal()


def _sharing(platform: VideoPlatform, one: tuple[str, str], other: tuple[str, str]) -> Any:
    """Return ids of the rooms whose address by one pattern is another room's by the other."""
    rooms = Room.objects.unscoped(reason="an address is one room's, whoever has it").open()
    rooms = rooms.filter(platform=platform).order_by()
    head, tail = (len(part) for part in other)
    named = rooms.annotate(
        address=Concat(Value(one[0]), Lower("number"), Value(one[1])),
    ).annotate(
        there=Substr(
            "address",
            head + 1,
            Length("address") - Value(head + tail, output_field=IntegerField()),
        )
    )
    long_enough = Q(address__startswith=other[0]) & Q(address__endswith=other[1])
    fits = named.annotate(length=Length("address")).filter(long_enough, length__gt=head + tail)
    there = rooms.filter(number=OuterRef("there"))
    return fits.exclude(number=F("there")).filter(Exists(there)).values_list("pk", flat=True)
