"""What a payload is made of, without anything that it says: for the operator's pages."""

from __future__ import annotations

import json
import re
from typing import Any

# Names of fields as the platform writes them; another key may be somebody's name.
_KEY = re.compile(r"[a-z][a-z0-9_.-]{0,40}")
DEEPEST = 3
MOST = 40


def shape_of(text: str | bytes) -> str:
    """Return the names of the payload's fields with their kinds, values left out.

    Empty for what is not whole JSON.
    """
    try:
        return _shape(json.loads(text), DEEPEST)
    except (ValueError, RecursionError):
        return ""


def _shape(value: Any, depth: int) -> str:
    if isinstance(value, dict):
        if not depth:
            return "{…}"
        parts = [f"{_name(key)}: {_shape(value[key], depth - 1)}" for key in list(value)[:MOST]]
        return "{" + ", ".join([*parts, *(["…"] if len(value) > MOST else [])]) + "}"
    if isinstance(value, list):
        inner = _shape(value[0], depth - 1) if value and depth else ""
        return f"[{len(value)} × {inner}]" if inner else f"[{len(value)}]"
    if value is None:
        return "null"
    return {bool: "bool", int: "int", float: "float"}.get(type(value), "str")


def _name(key: str) -> str:
    return key if _KEY.fullmatch(key) else "?"
