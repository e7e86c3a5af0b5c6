"""`python -m scripts.pexip_simulator`: the simulator until it is told to stop."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from scripts.pexip_simulator.life import Life
from scripts.pexip_simulator.remains import Remains
from scripts.pexip_simulator.server import LOOPBACK, Server
from scripts.pexip_simulator.simulator import LOOKUPS, Simulator

SIDES = ("policy", "sink")


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="pexip_simulator", description=__doc__)
    found.add_argument("--port", type=int, default=0, help="0 for any that is free")
    found.add_argument("--user", default="admin")
    found.add_argument("--password", default="")
    found.add_argument("--latency", type=float, default=0, metavar="MS", help="before any answer")
    found.add_argument("--state", type=Path, help="keep configuration and calls in this file")
    for side, what in zip(SIDES, ("policy server", "event sink"), strict=True):
        found.add_argument(f"--{side}-url", help=f"the {what} of the location Oslo")
        found.add_argument(f"--{side}-user", default="")
        found.add_argument(f"--{side}-password", default="")
    found.add_argument("--bulk", action="store_true", help="let the event sink take many at once")
    found.add_argument(
        "--config",
        type=Path,
        help="JSON with port, user, password, policy and sink (url, user, password), lookups, "
        "themes, and meetings: groups of addresses, in each of which a meeting is kept going",
    )
    return found


def wishes(arguments: list[str]) -> tuple[argparse.Namespace, dict[str, Any]]:
    """Return the options and the rest of the file; what the file says stands.

    Passwords belong in the file: everybody on the machine sees the arguments.
    """
    options = parser().parse_args(arguments)
    given = json.loads(options.config.read_text()) if options.config else {}
    for name in ("port", "user", "password"):
        setattr(options, name, given.get(name, getattr(options, name)))
    if not options.password:
        sys.exit("A password is needed: --password, or in --config.")
    for side in SIDES:
        values = [getattr(options, f"{side}_{part}") for part in ("url", "user", "password")]
        if side in given:
            values = [given[side][part] for part in ("url", "user", "password")]
        given[side] = tuple(values) if values[0] else None
    return options, given


def main(arguments: list[str]) -> int:
    options, given = wishes(arguments)
    simulator = Simulator(options.user, options.password, options.latency / 1000)
    stopped = threading.Event()
    threads = []
    remains = Remains(simulator, options.state) if options.state else None
    if remains:
        remains.read()
    if given["policy"] or given["sink"]:
        lookups = given.get("lookups", LOOKUPS)
        simulator.attach(
            policy=given["policy"], sink=given["sink"], bulk=options.bulk, lookups=lookups
        )
    for theme in given.get("themes", ()):
        simulator.put("ivr_theme", theme, {})
    if remains:
        remains.take_leave()
        threads.append(threading.Thread(target=remains.keep, args=(stopped,)))
    if given.get("meetings"):
        life = Life(simulator.calls, simulator.policy, given["meetings"])
        threads.append(threading.Thread(target=life.run, args=(stopped,)))
    server = Server(simulator, options.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the loop that the signal interrupts, so another thread calls it.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"http://{LOOPBACK}:{server.server_port}", flush=True)
    for thread in threads:
        thread.start()
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()
        stopped.set()
        for thread in threads:
            thread.join()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
