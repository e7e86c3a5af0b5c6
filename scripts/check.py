"""`make test`: every check, then every test; the first that fails ends it.

The tests' own PostgreSQL and Valkey are started once and serve all steps. pytest comes
last, so that its closing line is the last line. `--lint` leaves the tests out.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scripts import services

ROOT = services.ROOT
BIN = Path(sys.executable).parent


@dataclass
class Step:
    name: str
    command: list[str]
    extra: dict[str, str] = field(default_factory=dict)


# As on a server of one's own: what `check --deploy` must find nothing to say about.
DEPLOYED = {
    "DJANGO_SETTINGS_MODULE": "videoportal.settings",
    "DEBUG": "off",
    "DEMO": "off",
    "HTTPS": "on",
    "ALLOWED_HOSTS": "portal.example",
    "BASE_URL": "https://portal.example",
    "LOG_FORMAT": "json",
    "EMAIL_HOST": "mail.example",
}


def checks() -> Iterator[Step]:
    manage = [sys.executable, "manage.py"]
    yield Step("ruff", [f"{BIN}/ruff", "check", "."])
    yield Step("ruff format", [f"{BIN}/ruff", "format", "--check", "."])
    yield Step("import-linter", [f"{BIN}/lint-imports"])
    yield Step("translations", [sys.executable, "-m", "scripts.messages", "check"])
    yield Step("packages", [str(ROOT / ".boot/venv/bin/uv"), "pip", "check", "-p", sys.executable])
    yield Step("migrations", [*manage, "makemigrations", "--check", "--dry-run"])
    yield Step("deploy", [*manage, "check", "--deploy", "--fail-level", "WARNING"], DEPLOYED)
    yield Step("mypy", [f"{BIN}/mypy", "."])


def passes(step: Step) -> bool:
    """Run a step in silence; show what it printed only when it fails."""
    started = time.monotonic()
    print(f"{step.name} … ", end="", flush=True)
    done = subprocess.run(
        step.command,
        cwd=ROOT,
        env={**os.environ, **step.extra},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - started
    print(f"{'failed' if done.returncode else 'passed'}, {seconds:.1f} s", flush=True)
    if done.returncode:
        print(f"{done.stdout}\n{step.name} failed: {' '.join(step.command)}", flush=True)
    return not done.returncode


def main(arguments: list[str]) -> int:
    started = time.monotonic()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    try:
        services.start_for_tests()
    except services.ServiceError as fault:
        print(fault)
        return 1
    if not all(passes(step) for step in checks()):
        return 1
    print(f"checks passed, {time.monotonic() - started:.0f} s", flush=True)
    if "--lint" in arguments:
        return 0
    # In small shares: a process with a long queue would be left alone with it at the end.
    # Exit code 5, nothing collected, is a failure as well: the tests are there.
    return subprocess.run(
        [f"{BIN}/pytest", "-n", "auto", "--maxschedchunk", "4", "-q"], cwd=ROOT, check=False
    ).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
