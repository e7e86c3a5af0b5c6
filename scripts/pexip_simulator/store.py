"""The configuration as it stands: rows by number, unique values and aliases by index."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts.pexip_simulator.fields import Resource
from scripts.pexip_simulator.resources import RESOURCES

type Row = dict[str, Any]


def now_text() -> str:
    """Return the time as the platform writes it: UTC without a zone, no fraction when it is 0."""
    return as_text(datetime.now(UTC))


def as_text(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat()


class Store:
    """Everything that was configured. Hold ``lock`` around whatever reads and then writes."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.changed = False
        self.clear()

    def clear(self) -> None:
        """Forget everything, and make the two singletons anew."""
        with self.lock:
            self.rows: dict[str, dict[int, Row]] = {name: {} for name in RESOURCES}
            self.last: dict[str, int] = dict.fromkeys(RESOURCES, 0)
            self.unique: dict[tuple[str, str], dict[Any, int]] = defaultdict(dict)
            self.aliases_of: dict[int, list[int]] = defaultdict(list)
            for resource in RESOURCES.values():
                if resource.singleton:
                    self.add(resource, {})

    # One row

    def add(self, resource: Resource, values: Row) -> Row:
        """Store a new row with the resource's defaults under what is given."""
        self.last[resource.name] += 1
        number = self.last[resource.name]
        row: Row = {
            name: list(spec.default) if isinstance(spec.default, tuple) else spec.default
            for name, spec in resource.fields.items()
        }
        if "creation_time" in row:
            row["creation_time"] = now_text()
        row |= {"id": number, "resource_uri": f"{resource.path}{number}/"}
        self.rows[resource.name][number] = row
        self.set(resource, row, values)
        return row

    def set(self, resource: Resource, row: Row, values: Row) -> None:
        """Change values of a row and keep the indexes right."""
        self._forget(resource, row)
        row.update(values)
        for name, spec in resource.fields.items():
            if spec.unique:
                self.unique[resource.name, name][row[name]] = row["id"]
        if resource.name == "conference_alias" and row["conference"]:
            self.aliases_of[number_in(row["conference"])].append(row["id"])
        self.changed = True

    def remove(self, resource: Resource, row: Row) -> None:
        """Delete a row and what hangs on it."""
        if resource.name == "conference":
            for number in list(self.aliases_of.pop(row["id"], ())):
                alias = self.rows["conference_alias"].get(number)
                if alias:
                    self.remove(RESOURCES["conference_alias"], alias)
            for other in self.rows["automatic_participant"].values():
                if row["resource_uri"] in other["conference"]:
                    other["conference"].remove(row["resource_uri"])
        self._forget(resource, row)
        self.rows[resource.name].pop(row["id"], None)
        self.changed = True

    def _forget(self, resource: Resource, row: Row) -> None:
        for name, spec in resource.fields.items():
            if spec.unique and self.unique[resource.name, name].get(row[name]) == row["id"]:
                del self.unique[resource.name, name][row[name]]
        if resource.name == "conference_alias" and row["conference"]:
            siblings = self.aliases_of.get(number_in(row["conference"]), [])
            if row["id"] in siblings:
                siblings.remove(row["id"])

    # Reading

    def find(self, resource: str, field: str, value: Any) -> Row | None:
        """Return the row with this value in a unique field."""
        number = self.unique[resource, field].get(value)
        return None if number is None else self.rows[resource][number]

    def at(self, uri: Any, resource: str) -> Row | None:
        """Return the row that a URI names, if it is one of this resource."""
        path = RESOURCES[resource].path
        if not isinstance(uri, str) or not uri.startswith(path):
            return None
        rest = uri.removeprefix(path).rstrip("/")
        return self.rows[resource].get(int(rest)) if rest.isdecimal() else None

    def shown(self, resource: Resource, row: Row) -> Row:
        """Return a row as it is answered: with what other resources say of it."""
        if resource.name != "conference":
            return dict(row)
        aliases = self.rows["conference_alias"]
        uri = row["resource_uri"]
        return {
            **row,
            "aliases": [dict(aliases[number]) for number in self.aliases_of.get(row["id"], ())],
            "automatic_participants": [
                other["resource_uri"]
                for other in self.rows["automatic_participant"].values()
                if uri in other["conference"]
            ],
        }

    def settings(self) -> Row:
        """Return the global settings."""
        return self.rows["global"][1]

    # Between runs

    def save(self, path: Path) -> None:
        """Write everything to a file that only its owner reads."""
        with self.lock:
            body = json.dumps({"rows": {n: list(r.values()) for n, r in self.rows.items()}})
            self.changed = False
        beside = path.with_suffix(".new")
        beside.touch(mode=0o600)
        beside.write_text(body)
        beside.replace(path)

    def load(self, path: Path) -> None:
        """Read what :meth:`save` wrote."""
        kept = json.loads(path.read_text())["rows"]
        with self.lock:
            self.clear()
            for name, rows in kept.items():
                resource = RESOURCES[name]
                for row in rows:
                    self.rows[name][row["id"]] = row
                    self.last[name] = max(self.last[name], row["id"])
                    self.set(resource, row, {})
            self.changed = False


def number_in(uri: str) -> int:
    """Return the number at the end of a resource's URI."""
    return int(uri.rstrip("/").rpartition("/")[2])
