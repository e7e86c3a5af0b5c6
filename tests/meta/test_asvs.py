"""docs/asvs.md and docs/threat-model.md name every requirement once, and files that exist."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASVS = ROOT / "docs/asvs.md"
# Requirements of levels 1 and 2 in each chapter of ASVS 5.0.0.
CHAPTERS = {
    1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7, 10: 29, 11: 14, 12: 9, 13: 13,
    14: 9, 15: 13, 16: 16, 17: 7,
}  # fmt: skip
LINE = re.compile(r"^\| (\d+)\.(\d+)\.(\d+) \| ([^|]+) \| (met|not applicable|open) \| (.+) \|$")
FILE = re.compile(
    r"(?<![\w./])((?:tests|rooms|tenants|videoportal|templates|static|scripts|docs|requirements)"
    r"/[\w./-]*\w|requirements\.lock|package-lock\.json|pyproject\.toml|Dockerfile)"
)


def lines() -> list[re.Match[str]]:
    return [match for line in ASVS.read_text().splitlines() if (match := LINE.match(line))]


def test_every_requirement_stands_once() -> None:
    numbers = [tuple(int(part) for part in line.groups()[:3]) for line in lines()]
    assert len(numbers) == len(set(numbers))
    assert numbers == sorted(numbers)
    assert Counter(chapter for chapter, *_rest in numbers) == CHAPTERS


def test_the_sums_are_right() -> None:
    counted = Counter(line.group(5) for line in lines())
    said = (
        f"{counted['met']} met, {counted['not applicable']} not applicable, {counted['open']} open."
    )
    assert said in ASVS.read_text().splitlines()


@pytest.mark.parametrize("name", ["docs/asvs.md", "docs/threat-model.md"])
def test_files_that_are_named_exist(name: str) -> None:
    named = set(FILE.findall((ROOT / name).read_text()))
    assert len(named) > 20
    missing = {
        path for path in named if not (ROOT / path).exists() and not (ROOT / f"{path}.py").exists()
    }
    assert missing == set()
