"""The figures as one Markdown table, with the bars of the design beside them."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from typing import Any

from benchmarks.pages import Page, Profile

RATIO_BAR = 2.0
MEDIAN_BAR_MS = 25.0
MEMORY_BAR_MB = 150.0
FIRST_BAR_MS = 1000.0


@dataclass
class Loaded:
    """Rounds of load on one address, put together."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    size: int = 0
    statuses: dict[str, int] = field(default_factory=dict)

    def add(self, answer: dict[str, Any]) -> None:
        self.latencies = sorted([*self.latencies, *answer["latencies"]])
        self.seconds += answer["seconds"]
        self.size = answer["bytes"]
        for status, count in answer["statuses"].items():
            self.statuses[status] = self.statuses.get(status, 0) + count

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))]


@dataclass
class Row:
    page: Page
    profile: Profile
    floor_profile: Profile
    plain_sql_ms: float
    load: Loaded
    floor: Loaded
    alone: Loaded

    @property
    def ratio(self) -> float:
        return self.load.percentile(0.5) / self.floor.percentile(0.5)

    @property
    def works(self) -> bool:
        return set(self.load.statuses) == {"200"}


@dataclass
class Single:
    """One measurement without a floor: its words, its figure and its bar."""

    name: str
    figure: str
    bar: str
    met: bool | None


def _verdict(met: bool | None) -> str:
    return {True: "met", False: "**not met**", None: "–"}[met]


def _table(head: list[str], rows: list[list[str]]) -> str:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]

    def line(cells: list[str]) -> str:
        padded = [
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = [":" + "-" * (widths[0] - 1), *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([line(head), line(rule), *(line(row) for row in rows)])


def markdown(
    rows: list[Row],
    *,
    first_ms: float,
    memory: list[float],
    singles: list[Single],
    machine: str,
    options: argparse.Namespace,
) -> str:
    """Return the document's figures."""
    table = _table(
        ["page", "alone p50 ms", "req/s", "p50 ms", "p95", "p99", "queries", "SQL ms", "Python ms",
         "kB", "floor req/s", "floor p50", "plain SQL ms", "× floor", "bar"],
        [_cells(row) for row in rows],
    )  # fmt: skip
    checks = [
        Single(
            "first request after start", f"{first_ms:.0f} ms", "under 1 s", first_ms < FIRST_BAR_MS
        ),
        Single(
            "memory of a web worker after the run",
            " and ".join(f"{size:.0f}" for size in memory) + " MB",
            "under 150 MB",
            max(memory) < MEMORY_BAR_MB,
        ),
        *singles,
    ]
    others = _table(
        ["measured once", "figure", "bar", ""],
        [[check.name, check.figure, check.bar, _verdict(check.met)] for check in checks],
    )
    how = (
        f"{machine}. granian with 2 workers, {options.connections} keep-alive connections, "
        f"{options.rounds} rounds of {options.seconds:g} s for each page and its floor in turn; "
        f"alone: one connection for {options.seconds:g} s."
    )
    return f"{how}\n\n{table}\n\n{others}"


def _cells(row: Row) -> list[str]:
    load, floor = row.load, row.floor
    if not row.works:
        statuses = ", ".join(sorted(load.statuses))
        return [row.page.name, *["–"] * 13, f"answers {statuses}"]
    met = row.profile.queries <= row.page.queries_bar
    if row.page.is_list:
        # The median of one visitor: two at once keep both cores busy, and wait for each other.
        met = met and row.ratio <= RATIO_BAR and row.alone.percentile(0.5) < MEDIAN_BAR_MS
    return [
        row.page.name,
        f"{row.alone.percentile(0.5):.1f}",
        f"{load.per_second:.0f}",
        f"{load.percentile(0.5):.1f}",
        f"{load.percentile(0.95):.1f}",
        f"{load.percentile(0.99):.1f}",
        f"{row.profile.queries} (≤ {row.page.queries_bar})",
        f"{row.profile.sql_ms:.1f}",
        f"{row.profile.python_ms:.1f}",
        f"{load.size / 1000:.0f}",
        f"{floor.per_second:.0f}",
        f"{floor.percentile(0.5):.1f}",
        f"{row.plain_sql_ms:.1f}",
        f"{row.ratio:.2f}",
        _verdict(met),
    ]
