"""Dates and prices of an order: binding, what a change costs and from when.

Pure functions over dates in Europe/Oslo and Decimal amounts in kroner without VAT.
The provider's rules: bound for twelve months from the order; the first month is charged by
the day, later months whole, and the end falls at a month's end.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from videoportal.kit.dates import add_months

BINDING_MONTHS = 12
ORE = Decimal("0.01")


def month_end(day: date) -> date:
    """Return the last day of the day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def next_month(day: date) -> date:
    """Return the first day of the month after."""
    return month_end(day) + timedelta(days=1)


def bound_until(ordered_on: date) -> date:
    """Return the last day of the binding: twelve months less a day after the order."""
    end = add_months(ordered_on, BINDING_MONTHS)
    # Ordered on 29 February: the last day of the next February still belongs to the binding.
    return end if end.day < ordered_on.day else end - timedelta(days=1)


def charged_until(*, terminated_on: date, bound_until: date) -> date:
    """Return the last day that is paid for: the end of the month in which both have passed."""
    return month_end(max(terminated_on, bound_until))


def downgrade_from(*, asked_on: date, bound_until: date) -> date:
    """Return the first day on which a cheaper product can hold: a month's first."""
    return next_month(max(asked_on, bound_until))


def upgrade_price_from(asked_on: date) -> date:
    """Return the first day of the higher price; the room itself changes at once."""
    return next_month(asked_on)


@dataclass(frozen=True)
class Quote:
    """What an order costs: all amounts in kroner without VAT."""

    monthly: Decimal
    first_month: Decimal
    first_month_days: int
    days_in_first_month: int
    whole_months: int
    binding_total: Decimal
    bound_until: date
    free_from: date


def quote(*, monthly: Decimal, ordered_on: date) -> Quote:
    """Return the price of a room from its order to the end of what the binding makes it cost."""
    days_in_month = calendar.monthrange(ordered_on.year, ordered_on.month)[1]
    days = days_in_month - ordered_on.day + 1
    first = (monthly * days / days_in_month).quantize(ORE, ROUND_HALF_UP)
    until = bound_until(ordered_on)
    last = month_end(until)
    whole = (last.year - ordered_on.year) * 12 + last.month - ordered_on.month
    return Quote(
        monthly=monthly,
        first_month=first,
        first_month_days=days,
        days_in_first_month=days_in_month,
        whole_months=whole,
        binding_total=first + monthly * whole,
        bound_until=until,
        free_from=next_month(until),
    )
