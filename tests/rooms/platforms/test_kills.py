"""Parts of a running portal killed at random while platforms tell of calls: nothing is lost.

A few kills here; `make kills` does fifty and says what it killed.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from scripts import services

pytestmark = [pytest.mark.long, pytest.mark.timeout(280)]


def test_no_event_is_lost_or_doubled_by_kills_at_random() -> None:
    # With this seed every part is killed, worker and database in the middle of reading.
    command = [sys.executable, "-m", "benchmarks.kills", "--kills", "7", "--pause", "2"]
    done = subprocess.run(
        [*command, "--seed", "16"],
        cwd=services.ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=270,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lost 0, doubled 0, different 0. Conferences" in done.stdout
