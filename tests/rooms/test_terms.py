"""Binding, charging and quotes over every kind of day."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms import terms
from videoportal.kit.dates import add_months

days = st.dates(min_value=date(2021, 1, 1), max_value=date(2090, 12, 31))
prices = st.decimals(min_value=0, max_value=100_000, places=2)


@pytest.mark.parametrize(
    ("ordered", "until"),
    [
        (date(2026, 11, 23), date(2027, 11, 22)),
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2026, 12, 31), date(2027, 12, 30)),
        (date(2026, 3, 1), date(2027, 2, 28)),
        (date(2027, 3, 1), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2027, 2, 28), date(2028, 2, 27)),
    ],
)
def test_binding_ends_the_day_before_the_same_day_next_year(ordered: date, until: date) -> None:
    assert terms.bound_until(ordered) == until


@given(days)
def test_binding_is_a_year_give_or_take_the_leap_day(ordered: date) -> None:
    until = terms.bound_until(ordered)
    assert 364 <= (until - ordered).days <= 365
    assert terms.bound_until(ordered + timedelta(days=1)) >= until


@given(days, st.integers(min_value=-800, max_value=800))
def test_charging_ends_with_a_month_and_never_before_binding_or_notice(
    ordered: date, later: int
) -> None:
    bound = terms.bound_until(ordered)
    terminated = max(ordered, bound + timedelta(days=later))
    charged = terms.charged_until(terminated_on=terminated, bound_until=bound)
    assert charged == terms.month_end(charged)
    assert charged >= max(bound, terminated)
    # Never a month more than it has to be.
    assert charged.replace(day=1) <= max(bound, terminated)


@given(days, days)
def test_downgrade_starts_on_a_first_after_the_binding(asked: date, bound: date) -> None:
    starts = terms.downgrade_from(asked_on=asked, bound_until=bound)
    assert starts.day == 1
    assert starts > max(asked, bound)
    assert starts - timedelta(days=1) == terms.charged_until(terminated_on=asked, bound_until=bound)


@given(days)
def test_upgrade_costs_from_the_next_month(asked: date) -> None:
    starts = terms.upgrade_price_from(asked)
    assert starts.day == 1
    assert 1 <= (starts - asked).days <= 31


@given(days, prices)
def test_quote_adds_up_to_what_the_binding_costs(ordered: date, monthly: Decimal) -> None:
    quote = terms.quote(monthly=monthly, ordered_on=ordered)
    days_in_month = calendar.monthrange(ordered.year, ordered.month)[1]
    assert quote.days_in_first_month == days_in_month
    assert quote.first_month_days == days_in_month - ordered.day + 1
    assert quote.first_month <= monthly
    assert abs(quote.first_month * days_in_month - monthly * quote.first_month_days) <= (
        Decimal("0.005") * days_in_month
    )
    assert quote.binding_total == quote.first_month + monthly * quote.whole_months
    # A room ordered on a first is whole from the start: eleven more months fill the year.
    assert quote.whole_months == (11 if ordered.day == 1 else 12)
    assert quote.free_from == terms.charged_until(
        terminated_on=ordered, bound_until=quote.bound_until
    ) + timedelta(days=1)


def test_quote_of_the_price_list() -> None:
    quote = terms.quote(monthly=Decimal("80.00"), ordered_on=date(2026, 11, 23))
    assert (quote.first_month, quote.first_month_days, quote.binding_total) == (
        Decimal("21.33"),
        8,
        Decimal("981.33"),
    )
    assert (quote.bound_until, quote.free_from) == (date(2027, 11, 22), date(2027, 12, 1))


def test_half_an_ore_is_rounded_up() -> None:
    # 15 of 30 days of 0.01 is half an øre.
    quote = terms.quote(monthly=Decimal("0.01"), ordered_on=date(2026, 11, 16))
    assert quote.first_month == Decimal("0.01")


@given(days, st.integers(min_value=0, max_value=60))
def test_adding_months_keeps_the_day_or_takes_the_last(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later == terms.month_end(later) and later.day < day.day)
