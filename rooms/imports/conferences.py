"""A platform's own conferences as rows of its bulk export, so that one import serves both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from rooms.imports.reading import Cell, Sheet
from rooms.imports.rows import PEXIP_COLUMNS
from rooms.platforms.pexip.rooms import alias_name, is_ours

# What the portal has rooms for; receptions, test calls and recordings stay where they are.
ROOM_TYPES = frozenset({"conference", "lecture"})
# Word in a pattern -> field of the conference.
MATCHED = {
    "name": "name",
    "description": "description",
    "tag": "tag",
    "owner": "primary_owner_email_address",
}


@dataclass(frozen=True)
class Pattern:
    """One condition on a conference: ``tag=org-8841``, ``owner=*@klinikk.no``, ``alias=48*``.

    Judged here and not by the platform: one that does not know a filter gives out everybody's.
    """

    field: str
    glob: str

    @classmethod
    def read(cls, written: str) -> Pattern:
        """Return the pattern that was written; raises ``ValueError`` for no such field."""
        name, equals, glob = written.partition("=")
        if not equals or name not in {*MATCHED, "alias"}:
            known = ", ".join([*MATCHED, "alias"])
            raise ValueError(f"{written!r}: write FIELD=PATTERN, the field one of {known}")
        return cls(name, glob)

    def meets(self, conference: Mapping[str, Any]) -> bool:
        """Return whether the conference is one of those meant, whatever the case."""
        if self.field == "alias":
            values = [alias_name(alias) for alias in conference.get("aliases", [])]
        else:
            values = [str(conference.get(MATCHED[self.field]) or "")]
        return any(fnmatchcase(value.casefold(), self.glob.casefold()) for value in values)


@dataclass
class Chosen:
    """The conferences to import: as a sheet, and by the row that each begins in.

    ``ours`` counts those that the portal made, ``other`` those that are no rooms.
    """

    sheet: Sheet = field(default_factory=lambda: Sheet("csv"))
    by_row: dict[int, dict[str, Any]] = field(default_factory=dict)
    ours: int = 0
    other: int = 0

    def name_at(self, row: int) -> str:
        """Return the name of the conference that the row is about."""
        return str(self.at(row).get("name", ""))

    def at(self, row: int) -> dict[str, Any]:
        """Return the conference that the row is about: one has a row for each address."""
        first = max((start for start in self.by_row if start <= row), default=0)
        return self.by_row.get(first, {})


def chosen(
    conferences: Iterable[Mapping[str, Any]],
    patterns: Iterable[Pattern],
    *,
    theme_names: Mapping[str, str],
    themes: Mapping[str, str],
) -> Chosen:
    """Return the conferences that meet every pattern.

    ``theme_names`` are the platform's, by address; ``themes`` leads from ours to its names.
    """
    found = Chosen()
    wanted = list(patterns)
    of_platform = {theirs: ours for ours, theirs in themes.items()}
    rows: list[list[Cell]] = [list(PEXIP_COLUMNS)]
    for conference in conferences:
        if not all(pattern.meets(conference) for pattern in wanted):
            continue
        if is_ours(str(conference.get("tag") or "")):
            found.ours += 1
        elif conference.get("service_type") not in ROOM_TYPES:
            found.other += 1
        else:
            found.by_row[len(rows) + 1] = dict(conference)
            theme = theme_names.get(str(conference.get("ivr_theme")), "")
            rows.extend(_rows(conference, of_platform.get(theme, theme)))
    found.sheet.rows = list(enumerate(rows, 1))
    return found


def _rows(conference: Mapping[str, Any], theme: str) -> Iterator[list[Cell]]:
    """Give a row for each address of the conference, one at least."""
    fields = {
        **conference,
        "ivr_theme_name": theme,
        # Nothing is written for a field that the platform leaves to its own settings.
        "alias_description": "",
    }
    for alias in conference.get("aliases") or [""]:
        fields["alias_alias"] = alias_name(alias)
        yield [_cell(fields.get(column)) for column in PEXIP_COLUMNS]


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
