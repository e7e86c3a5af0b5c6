"""``make bench``: measure, print one table, end by itself."""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

import django

from benchmarks import stack
from videoportal.kit.scope import everywhere

DOCUMENT = Path(__file__).resolve().parent.parent / "docs/benchmarks.md"
START_MARK, END_MARK = "<!-- figures -->", "<!-- end of figures -->"


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--seconds", type=float, default=3, help="a round of load for each page")
    parser.add_argument("--rounds", type=int, default=2, help="rounds, page and floor in turn")
    parser.add_argument("--connections", type=int, default=2, help="keep-alive connections")
    parser.add_argument(
        "--only",
        default="",
        help="part of the name of the pages to measure, or 'machines': policy and events",
    )
    parser.add_argument("--fresh", action="store_true", help="load the large data anew")
    parser.add_argument(
        "--write", type=Path, nargs="?", const=DOCUMENT, help="put the figures into this document"
    )
    options = parser.parse_args()
    started = time.monotonic()
    with stack.servers():
        stack.use_bench_database(fresh=options.fresh)
        stack.production_environment()
        django.setup()
        logging.disable(logging.INFO)  # here only: the web workers log as in production
        prepare()
        with everywhere(reason="the benchmark picks its own people and rooms"):
            figures = measure(options)
    say(figures)
    if options.write:
        write(options.write, figures)
    say(f"\nTook {time.monotonic() - started:.0f} s.")
    return 0


def prepare() -> None:
    """Migrate, load the data once, and collect static files."""
    from django.conf import settings  # noqa: PLC0415 - Django is set up by now
    from django.core.cache import cache  # noqa: PLC0415 - as above
    from django.core.management import call_command  # noqa: PLC0415 - as above
    from django.db import connection  # noqa: PLC0415 - as above

    from rooms.demo.large import seed_large  # noqa: PLC0415 - as above
    from rooms.demo.small import seed_small  # noqa: PLC0415 - as above
    from scripts.prepare import collect_static  # noqa: PLC0415 - as above
    from videoportal.kit.logins import as_owner  # noqa: PLC0415 - as above

    call_command("migrate", interactive=False, verbosity=0)
    lines: list[str] = []
    started = time.monotonic()
    with as_owner():  # COPY is not for roles that row-level security holds for
        seed_small(password=settings.DEMO_PASSWORD)
        if seed_large(password=settings.DEMO_PASSWORD, say=lines.append):
            with connection.cursor() as cursor:
                # As the server does by itself in time: it then reads some things in an index alone.
                cursor.execute("vacuum (analyze)")
            say(f"Large data loaded in {time.monotonic() - started:.0f} s.")
    cache.clear()
    collect_static()


def measure(options: argparse.Namespace) -> str:
    """Run everything and return the figures as Markdown."""
    from benchmarks import machines, report, single  # noqa: PLC0415 - as above
    from benchmarks import pages as bench_pages  # noqa: PLC0415 - Django is set up by now

    shown = bench_pages.pages()
    chosen = [page for page in shown if options.only in page.name]
    cookies = {page.user.pk: bench_pages.session_cookie(page.user) for page in [*chosen, shown[0]]}
    rows: list[report.Row] = []
    load = stack.Load()
    try:
        web = stack.Web()
        try:
            web.wait()
            first = web.get(shown[0].path, cookies[shown[0].user.pk])[2]
            for page in chosen:
                say(f"… {page.name}")
                rows.append(
                    report.Row(
                        page,
                        bench_pages.profile(page, page.path),
                        bench_pages.profile(page, page.floor),
                        bench_pages.plain_sql_ms(page),
                        *loaded(load, web.port, page, cookies[page.user.pk], options),
                    )
                )
            memory = web.worker_megabytes()
            singles = [] if options.only else single.measure(web, bench_pages)
            if options.only in {"", "machines"}:
                singles += machines.measure(load, web.port)
        finally:
            web.stop()
    finally:
        load.stop()
    return report.markdown(
        rows, first_ms=first, memory=memory, singles=singles, machine=machine(), options=options
    )


def loaded(
    load: stack.Load, port: int, page: Any, cookie: str, options: argparse.Namespace
) -> tuple[Any, Any, Any]:
    """Return the page's and the floor's figures under load, in turn, and the page's alone."""
    from benchmarks.report import Loaded  # noqa: PLC0415 - Django is set up by now

    def ask(path: str, connections: int, seconds: float) -> dict[str, Any]:
        return load.order(
            port=port, path=path, cookie=cookie, connections=connections, seconds=seconds
        )

    both: list[Any] = [Loaded(), Loaded()]
    for path in (page.path, page.floor):
        ask(path, options.connections, 0.7)  # warms up
    for _round in range(options.rounds):
        for figures, path in zip(both, (page.path, page.floor), strict=True):
            figures.add(ask(path, options.connections, options.seconds))
    alone = Loaded()
    alone.add(ask(page.path, 1, options.seconds))
    return both[0], both[1], alone


def machine() -> str:
    """Return what the figures were taken on, in words that name no machine."""
    from django.db import connection  # noqa: PLC0415 - Django is set up by now

    connection.ensure_connection()
    major = connection.connection.info.server_version // 10000
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, "
        f"Django {django.get_version()}, PostgreSQL {major}, "
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}"
    )


def write(path: Path, figures: str) -> None:
    """Put the figures between the document's marks."""
    text = path.read_text()
    before, rest = text.split(START_MARK, 1)
    after = rest.split(END_MARK, 1)[1]
    path.write_text(f"{before}{START_MARK}\n\n{figures}\n\n{END_MARK}{after}")


if __name__ == "__main__":
    sys.exit(main())
