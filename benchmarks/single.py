"""What is measured once: export, handout, import; each when its page answers."""

from __future__ import annotations

import contextlib
import csv
import io
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import transaction
from django.urls import reverse

from benchmarks.report import Single
from rooms.demo.large import BIG_ORGANISATION, TRUST
from rooms.models import Room
from tenants.models import Organisation
from tenants.roles import Role

WHY = "the benchmark picks its own people and rooms"
IMPORT_ROWS = 5_000
HANDOUTS = 9


class _UndoneOnPurpose(Exception):
    """Rolls the measured import back: the next run measures the same data."""


def measure(web: Any, pages: Any) -> list[Single]:
    """Return export, handout and import, each with its bar."""
    organisations = Organisation.objects.unscoped(reason=WHY)
    big, trust = organisations.get(slug=BIG_ORGANISATION), organisations.get(slug=TRUST)
    admin = pages.one_of(Role.CUSTOMER_ADMIN, big)
    cookie = pages.session_cookie(admin)
    before = max(web.worker_megabytes())
    status, first, whole, size = web.get(
        reverse("rooms:export", args=[big.slug, "xlsx"]) + "?status=all", cookie
    )
    growth = max(web.worker_megabytes()) - before
    found = [
        Single(
            "XLSX export of 10,000 rooms, first byte", *_timed(status, first, 1000, "under 1 s")
        ),
        Single("— whole file", _shown(status, f"{whole:.0f} ms, {size / 1000:.0f} kB"), "", None),
        Single("— growth of a worker", _shown(status, f"{growth:.0f} MB"), "memory flat", None),
    ]
    room = Room.objects.in_organisation(trust).open().order_by("pk")[0]
    cookie = pages.session_cookie(pages.one_of(Role.CUSTOMER_ADMIN, trust))
    handout = reverse("rooms:handout", args=[trust.slug, room.public_id])
    drawn = [web.get(handout, cookie) for _time in range(HANDOUTS)]
    status = drawn[-1][0]
    # Each worker loads WeasyPrint with its first one, and which worker answers is chance.
    usual = statistics.median(whole for _status, _first, whole, _size in drawn)
    found += [
        Single("handout PDF, median", *_timed(status, usual, 500, "under 0.5 s")),
        Single("— first of a worker", _shown(status, f"{drawn[0][2]:.0f} ms"), "", None),
        Single("— a worker's memory after", f"{max(web.worker_megabytes()):.0f} MB", "", None),
    ]
    found.append(_import(trust))
    return found


def _shown(status: int, figure: str) -> str:
    return figure if status == 200 else f"answers {status}"


def _timed(
    status: int, milliseconds: float, bar_ms: float, bar: str
) -> tuple[str, str, bool | None]:
    met = milliseconds < bar_ms if status == 200 else None
    return _shown(status, f"{milliseconds:.0f} ms"), bar, met


def _import(organisation: Organisation) -> Single:
    name, bar = "import of 5,000 rooms", "under 20 s"
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["name", "primary_owner_email_address", "pin", "allow_guests", "alias_alias"])
    taken = set(Room.objects.unscoped(reason=WHY).open().values_list("number", flat=True))
    numbers = (n for n in map(str, range(7_000_000, 8_000_000)) if n not in taken)
    for index, number in zip(range(IMPORT_ROWS), numbers, strict=False):
        pin = f"{(index * 7919 + 104729) % 900_000 + 100_000}"
        writer.writerow([f"Importert rom {index}", "", pin, "False", number])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rooms.csv")
        path.write_text(text.getvalue(), encoding="utf-8")
        words = io.StringIO()
        started = time.perf_counter()
        try:
            with contextlib.suppress(_UndoneOnPurpose), transaction.atomic():
                call_command(
                    "import_rooms", str(path), organisation=organisation.organisation_number,
                    stdout=words, stderr=words,
                )  # fmt: skip
                raise _UndoneOnPurpose
        except (Exception, SystemExit) as fault:  # noqa: BLE001 - a figure less is no reason to stop
            first = (words.getvalue() or str(fault)).strip().splitlines()[:1]
            return Single(name, f"refused: {' '.join(first)[:80]}", bar, None)
        seconds = time.perf_counter() - started
    return Single(name, f"{seconds:.1f} s", bar, seconds < 20)
