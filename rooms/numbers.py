"""Room numbers: drawn at random from the operator's ranges, each to one room only.

The row in NumberAllocation is the claim: two orders that draw the same number at once meet
in its unique index, where the second waits and draws again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date

import structlog
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms.models import NumberAllocation, NumberRange, Room
from videoportal.kit.dates import add_months

QUARANTINE_MONTHS = 12
# Blind draws before the free numbers are listed; in a range that is 90 % full, 40 misses
# in a row happen once in 68 times, and the listing is still right.
BLIND_DRAWS = 40

log = structlog.get_logger(__name__)


class NumbersExhausted(Exception):
    """No free number is left in any active range."""

    def __str__(self) -> str:
        return _(
            "There are no free room numbers right now. We have been told and will add more. "
            "Nothing has been ordered."
        )


_CLAIM = """
    insert into rooms_numberallocation (number) values (%s)
    on conflict (number) do nothing returning number
"""
_FREE = """
    select lpad(candidate::text, %s, '0') from generate_series(%s::bigint, %s::bigint) candidate
    where not exists (
        select from rooms_numberallocation taken
        where taken.number = lpad(candidate::text, %s, '0'))
    order by random() limit 1
"""


def draw_number() -> str:
    """Return a number that is now claimed by the caller's transaction.

    Raises :class:`NumbersExhausted` when every active range is used up. Must run inside a
    transaction: rolling back gives the number free again.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("draw_number needs a transaction")
    ranges = list(NumberRange.objects.filter(is_active=True))
    total = sum(number_range.size for number_range in ranges)
    with connection.cursor() as cursor:
        for _attempt in range(BLIND_DRAWS if total else 0):
            if number := _claim(cursor, _pick(ranges, secrets.randbelow(total))):
                return number
        for number_range in ranges:
            digits = number_range.digits
            while True:
                cursor.execute(_FREE, [digits, number_range.first, number_range.last, digits])
                row = cursor.fetchone()
                if row is None:
                    break
                if number := _claim(cursor, row[0]):
                    return number
    log.error("room_numbers_exhausted", ranges=len(ranges), total=total)
    raise NumbersExhausted


def _pick(ranges: list[NumberRange], index: int) -> str:
    for number_range in ranges:
        if index < number_range.size:
            return f"{number_range.first + index:0{number_range.digits}}"
        index -= number_range.size
    raise IndexError(index)


def _claim(cursor: object, number: str) -> str | None:
    cursor.execute(_CLAIM, [number])  # type: ignore[attr-defined]  # a database cursor
    row = cursor.fetchone()  # type: ignore[attr-defined]  # a database cursor
    return row[0] if row else None


def claim_number(number: str) -> bool:
    """Claim one certain number, for import; return whether it was free."""
    with connection.cursor() as cursor:
        return _claim(cursor, number) is not None


_CLAIM_MANY = """
    insert into rooms_numberallocation (number)
    select wanted from unnest(%s::text[]) wanted order by wanted
    on conflict (number) do nothing returning number
"""


def taken(wanted: Iterable[str]) -> set[str]:
    """Return those of the numbers that are in use or resting, whoever had them. One query."""
    return set(
        NumberAllocation.objects.filter(number__in=list(wanted)).values_list("number", flat=True)
    )


def claim_numbers(wanted: Iterable[str]) -> set[str]:
    """Claim these numbers for the caller's transaction and return those that were free.

    One statement. It claims in order, so that two imports that meet wait for each other and
    never in a ring.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM_MANY, [list(wanted)])
        return {row[0] for row in cursor.fetchall()}


def draw_numbers(count: int) -> list[str]:
    """Return ``count`` random numbers, claimed by the caller's transaction.

    Raises :class:`NumbersExhausted` when the active ranges do not hold so many.
    """
    ranges = list(NumberRange.objects.filter(is_active=True))
    total = sum(number_range.size for number_range in ranges)
    drawn: list[str] = []
    for _attempt in range(BLIND_DRAWS if total else 0):
        if len(drawn) == count:
            break
        candidates = {
            _pick(ranges, secrets.randbelow(total)) for _position in range(count - len(drawn))
        }
        drawn += claim_numbers(candidates)
    # What is left lies in nearly full ranges.
    drawn += [draw_number() for _position in range(count - len(drawn))]
    # The claims come back in order; who gets which must not follow from it.
    secrets.SystemRandom().shuffle(drawn)
    return drawn


def quarantine_number(number: str, *, closed_on: date) -> None:
    """Let the number rest for twelve months: somebody may still hold an old link."""
    quarantine_numbers([number], closed_on=closed_on)


def quarantine_numbers(taken: Iterable[str], *, closed_on: date) -> None:
    """Let many numbers rest at once."""
    NumberAllocation.objects.filter(number__in=list(taken)).update(
        quarantined_until=add_months(closed_on, QUARANTINE_MONTHS)
    )


def release_rested_numbers() -> int:
    """Free numbers whose rest is over; return how many.

    A number that the platform may still answer on, because it never took the closed room
    away, stays out of use.
    """
    still_there = (
        Room.objects.unscoped(reason="numbers are the platform's, whoever had them")
        .not_removed()
        .values("number")
    )
    rested = NumberAllocation.objects.filter(quarantined_until__lt=timezone.localdate())
    return rested.exclude(number__in=still_there).delete()[0]
