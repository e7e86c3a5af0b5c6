"""What a platform wrote, made such that it can be stored."""

from __future__ import annotations

from typing import Any


def storable(written: str) -> str:
    """Return the text without what PostgreSQL cannot hold: NUL and halves of a surrogate pair."""
    if written.isascii():
        return written.replace("\x00", "")
    return written.replace("\x00", "").encode(errors="ignore").decode()


def on_one_line(written: str) -> str:
    """Return the text for a terminal, which signs beyond printing could steer; ``?`` for each."""
    return "".join(sign if sign.isprintable() else "?" for sign in written)


def all_storable(value: Any) -> Any:
    """Return a JSON value with each of its texts, names of fields too, made storable."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [all_storable(inner) for inner in value]
    if isinstance(value, dict):
        return {storable(name): all_storable(inner) for name, inner in value.items()}
    return value
