"""Ranges as PostgreSQL has them, for exclusion constraints."""

from __future__ import annotations

from django.contrib.postgres.fields import DateRangeField
from django.db.models import Func


class DateRange(Func):
    """``daterange(from, to)`` for exclusion constraints; no end means for ever."""

    function = "daterange"
    output_field = DateRangeField()


class IntRange(Func):
    """``int8range(first, last)`` for exclusion constraints."""

    function = "int8range"
