"""Code and documents point to files that a reader of the repository has."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from scripts.services import ROOT

# Own names of documents, and those that others' programs write or read.
NAMED = re.compile(r"(?<![\w/.-])((?:[\w-]+/|\.\./)*[\w-]+\.md)\b(?!://)")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a checkout of git")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def test_every_document_that_is_named_is_here() -> None:
    looked_at, missing = 0, []
    for path in tracked("*.py", "*.md", "*.html", "*.toml", "*.yml", "Makefile", "Dockerfile"):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            for name in NAMED.findall(line):
                looked_at += 1
                places = (ROOT / name, path.parent / name, ROOT / "docs" / name)
                if not any(place.is_file() for place in places):
                    missing.append(f"{path.relative_to(ROOT)}:{number}: {name}")

    assert missing == []
    assert looked_at > 50
