"""Resolve pyproject.toml into the lock files: versions and hashes, no host, no path.

`make lock` keeps what is pinned as far as pyproject.toml allows; `make lock UPGRADE=1`
takes the newest. Every platform's hashes are written, so the files serve any machine.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "requirements.lock": ["--group", "embedded", "--group", "dev"],
    "requirements/production.lock": ["-c", "requirements.lock"],
    "requirements/boot.lock": ["--group", "boot"],
    "requirements/node.lock": ["--group", "node"],
}


def main() -> int:
    upgrade = ["--upgrade"] if os.environ.get("UPGRADE") else []
    for name, options in LOCKS.items():
        source = (
            []
            if name in {"requirements/boot.lock", "requirements/node.lock"}
            else ["pyproject.toml"]
        )
        command = [
            ".boot/venv/bin/uv", "pip", "compile", *source, *options, *upgrade,
            "--python-version", "3.13", "--universal", "--generate-hashes",
            "--no-header", "--no-annotate", "-q", "-o", name,
        ]  # fmt: skip
        if code := subprocess.run(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False
        ).returncode:
            return code
        if "://" in (ROOT / name).read_text():
            print(f"{name} names a host; it must hold versions and hashes only")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
