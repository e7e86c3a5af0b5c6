"""Bring database and static files to where the code expects them; every step may be repeated.

One process for all of it: Django starts once. Called by `make run` and by the image's
migrate step (`python -m scripts.prepare --image`).
"""

import argparse
import hashlib
import io
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command, get_commands

ROOT = Path(__file__).resolve().parent.parent


def static_digest() -> str:
    """Hash of what collectstatic would read: our files, and the versions of everyone else's."""
    whole = hashlib.sha256()
    for name in ("requirements.lock", "package-lock.json"):
        whole.update((ROOT / name).read_bytes())
    for path in sorted((ROOT / "static").rglob("*")):
        if path.is_file():
            whole.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def collect_static() -> None:
    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    value = static_digest()
    if stamp.is_file() and stamp.read_text() == value:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(value)


def seed_demo(accounts: Path | None) -> None:
    """Load the demo data; what the command says of its accounts goes into a file, to be shown."""
    words = io.StringIO()
    call_command("seed_demo", stdout=words)
    if accounts:
        accounts.write_text(words.getvalue())


def connect_simulator(file: Path) -> None:
    """Make the simulator that a file names the demo's platform, and add what it must know."""
    # The settings must be there before the models.
    from rooms.demo.simulator import connect_simulator as connect  # noqa: PLC0415
    from videoportal.kit.scope import everywhere  # noqa: PLC0415

    given = json.loads(file.read_text())
    with everywhere(reason="the demo's meetings go on in several of its organisations"):
        known = connect(
            url=f"http://127.0.0.1:{given['port']}",
            user=given["user"],
            password=given["password"],
            portal=given.pop("portal"),
        )
    file.write_text(json.dumps(given | known))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts.prepare")
    parser.add_argument("--no-demo", action="store_true", help="no demo organisations and people")
    parser.add_argument(
        "--image",
        action="store_true",
        help="in the image: static files are there, demo data only with DEMO=on",
    )
    parser.add_argument("--accounts", type=Path, help="file to write the demo accounts to")
    parser.add_argument(
        "--simulator", type=Path, help="file with port, user and password of a simulated platform"
    )
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videoportal.settings")
    django.setup()
    # Somebody waits for the portal's address: what is put in the queue meanwhile is no news.
    logging.getLogger("django_structlog.celery").setLevel(logging.WARNING)
    steps: list[tuple[str, Callable[[], object]]] = [
        ("database", lambda: call_command("migrate", interactive=False, verbosity=0)),
    ]
    if not chosen.image:
        steps.append(("static files", collect_static))
    commands = get_commands()
    if "load_catalogue" in commands:
        steps.append(("catalogue", lambda: call_command("load_catalogue", stdout=io.StringIO())))
    with_demo = settings.DEMO if chosen.image else not chosen.no_demo
    if with_demo and "seed_demo" in commands:
        steps.append(("demo data", lambda: seed_demo(chosen.accounts)))
        if chosen.simulator:
            steps.append(("simulator", lambda: connect_simulator(chosen.simulator)))
    for name, step in steps:
        started = time.monotonic()
        step()
        if (seconds := time.monotonic() - started) > 1:
            print(f"{name}: {seconds:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
