"""Filters, order and pages of a list, for every area of the API."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from scripts.pexip_simulator.fields import OPERATORS
from scripts.pexip_simulator.validation import Refused

type Query = list[tuple[str, str]]
type Row = dict[str, Any]

PAGING = ("limit", "offset", "order_by", "format")
DEFAULT_LIMIT = 20
LARGEST_LIMIT = 5000

TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "lt": lambda held, asked: held < asked,
    "lte": lambda held, asked: held <= asked,
    "gt": lambda held, asked: held > asked,
    "gte": lambda held, asked: held >= asked,
}
TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "exact": lambda held, asked: held == asked,
    "contains": lambda held, asked: asked in held,
    "startswith": lambda held, asked: held.startswith(asked),
    "endswith": lambda held, asked: held.endswith(asked),
    "regex": lambda held, asked: re.search(asked, held) is not None,
}


def filters_in(query: Query, allowed: Iterable[str]) -> list[tuple[list[str], str, str]]:
    """Return path, operator and value of every filter; refuse a field that takes none."""
    found = []
    for key, value in query:
        if key in PAGING:
            continue
        path = key.split("__")
        operator = path.pop() if len(path) > 1 and path[-1] in OPERATORS else "exact"
        if path[0] not in allowed:
            raise Refused(f"The '{path[0]}' field does not allow filtering.")
        found.append((path, operator, value))
    return found


def narrowed(rows: Iterable[Row], query: Query, allowed: Iterable[str]) -> list[Row]:
    """Return the rows that every filter of the query lets through."""
    filters = filters_in(query, allowed)
    return [
        row
        for row in rows
        if all(
            any(_passes(held, operator, asked) for held in _held(row, path))
            for path, operator, asked in filters
        )
    ]


def _held(value: Any, path: list[str]) -> list[Any]:
    """Return what stands at the end of a path, through lists and nested objects."""
    if isinstance(value, list):
        return [found for item in value for found in _held(item, path)]
    if not path:
        return [value]
    return _held(value.get(path[0]), path[1:]) if isinstance(value, dict) else [value]


def _passes(held: Any, operator: str, asked: str) -> bool:
    if operator == "in":
        return any(_passes(held, "exact", one) for one in asked.split(","))
    if held is None:
        return operator == "exact" and asked.lower() in ("none", "null")
    if isinstance(held, bool):
        return str(held).lower() == asked.lower()
    if operator in TESTS:
        return _compared(held, operator, asked)
    if operator == "exact" and asked.isdecimal() and str(held).startswith("/api/"):
        return str(held).rstrip("/").endswith(f"/{asked}")  # a related row by its number
    name = operator if operator in TEXT_TESTS else operator.removeprefix("i")
    if name != operator:
        return TEXT_TESTS[name](str(held).lower(), asked.lower())
    return TEXT_TESTS[name](str(held), asked)


def _compared(held: Any, operator: str, asked: str) -> bool:
    if isinstance(held, (int, float)):
        try:
            return TESTS[operator](held, float(asked))
        except ValueError:
            raise Refused(f"Invalid resource lookup data provided: '{asked}'.") from None
    moment, limit = _moment(held), _moment(asked)
    if moment and limit:
        return TESTS[operator](moment, limit)
    return TESTS[operator](str(held), asked)


def _moment(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def ordered(rows: list[Row], query: Query, allowed: Iterable[str]) -> list[Row]:
    """Return the rows in the order that the query asks for."""
    for word in reversed([value for key, value in query if key == "order_by"]):
        name = word.removeprefix("-")
        if name not in allowed:
            raise Refused(f"No matching '{name}' field for ordering on.")
        rows = sorted(rows, key=lambda row: _rank(row.get(name)), reverse=word.startswith("-"))
    return rows


def _rank(value: Any) -> tuple[bool, Any]:
    return (False, "") if value is None else (True, value)


def page(path: str, rows: list[Row], query: Query) -> tuple[dict[str, Any], list[Row]]:
    """Return ``meta`` and the rows of one page."""
    limit = _count(query, "limit", DEFAULT_LIMIT)
    offset = _count(query, "offset", 0)
    limit = min(limit or LARGEST_LIMIT, LARGEST_LIMIT)
    total = len(rows)
    rest = [(key, value) for key, value in query if key not in ("limit", "offset")]

    def address(start: int) -> str:
        return f"{path}?{urlencode([*rest, ('limit', limit), ('offset', start)])}"

    meta = {
        "limit": limit,
        "offset": offset,
        "total_count": total,
        "next": address(offset + limit) if offset + limit < total else None,
        "previous": address(max(offset - limit, 0)) if offset > 0 else None,
    }
    return meta, rows[offset : offset + limit]


def _count(query: Query, name: str, default: int) -> int:
    word = next((value for key, value in query if key == name), None)
    if word is None:
        return default
    if not word.isdecimal():
        raise Refused(f"Invalid {name} '{word}' provided. Please provide a positive integer.")
    return int(word)
