"""What the platform is told of endpoints, made from rows. Pure: no database, no request.

Each answer is held against the platform's own rules (docs/pexip.md, External policy) before it
leaves; the ``…_faults`` functions name what breaks one, and quote no value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from endpoints.policy.lookup import Searching
from rooms.platforms.models import DOMAIN, NUMBER
from rooms.platforms.policy.validity import LONGEST
from videoportal.kit.fields import decrypt

LONGEST_ACCOUNT = 100


def registration_result(endpoint: Mapping[str, Any]) -> dict[str, str]:
    """Return the account that the endpoint must show, in clear."""
    return {"username": endpoint["username"], "password": decrypt(endpoint["password"])}


def registration_faults(result: Mapping[str, str]) -> list[str]:
    """Return what is wrong with an account; empty when it may leave.

    An empty password would let anybody register, so it is the first thing looked for.
    """
    return [
        f"{field} is empty or too long"
        for field in ("password", "username")
        if not 0 < len(result.get(field, "")) <= LONGEST_ACCOUNT
    ]


def directory_result(asked: Searching) -> list[dict[str, str]]:
    """Return the entries in their order; no account's user name is told."""
    pattern = _called_pattern(asked.platform["alias_patterns"])
    domain = asked.platform["domain"]
    return [
        {
            "username": "",
            "alias": entry["address"]
            or pattern.replace(NUMBER, entry["number"]).replace(DOMAIN, domain),
            "description": entry["name"],
        }
        for entry in asked.entries
    ]


def _called_pattern(patterns: list[str]) -> str:
    """Return how a room is best called: by its address with the domain, where it has one."""
    return next((pattern for pattern in patterns if DOMAIN in pattern), patterns[0])


def directory_faults(entries: list[dict[str, str]], most: int) -> list[str]:
    """Return what is wrong with a directory's answer; empty when it may leave."""
    return [*_directory_faults(entries, most)]


def _directory_faults(entries: list[dict[str, str]], most: int) -> Iterator[str]:
    if len(entries) > most:
        yield "too many entries"
    for position, entry in enumerate(entries):
        for field in ("alias", "description"):
            if not 0 < len(entry[field]) <= LONGEST:
                yield f"{field} of entry {position} is empty or too long"
