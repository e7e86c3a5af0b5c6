"""`python -m scripts.pexip_simulator`: the simulator until it is told to stop."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from scripts.pexip_simulator.server import LOOPBACK, Server
from scripts.pexip_simulator.simulator import Simulator

SAVE_SECONDS = 5


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="pexip_simulator", description=__doc__)
    found.add_argument("--port", type=int, required=True, help="0 for any that is free")
    found.add_argument("--user", default="admin")
    found.add_argument("--password", required=True)
    found.add_argument("--latency", type=float, default=0, metavar="MS", help="before any answer")
    found.add_argument("--state", type=Path, help="keep the configuration in this file")
    for side, what in (("policy", "policy server"), ("sink", "event sink")):
        found.add_argument(f"--{side}-url", help=f"the {what} of the location Oslo")
        found.add_argument(f"--{side}-user", default="")
        found.add_argument(f"--{side}-password", default="")
    found.add_argument("--bulk", action="store_true", help="let the event sink take many at once")
    return found


def sides(options: argparse.Namespace) -> dict[str, Any]:
    """Return whom to ask and whom to tell, as :meth:`Simulator.attach` takes it."""
    found = {}
    for side in ("policy", "sink"):
        values = [getattr(options, f"{side}_{part}") for part in ("url", "user", "password")]
        found[side] = tuple(values) if values[0] else None
    return found


def keep(simulator: Simulator, path: Path, stopped: threading.Event) -> None:
    """Write the configuration now and then, and once more at the end."""
    while not stopped.wait(SAVE_SECONDS):
        if simulator.store.changed:
            simulator.store.save(path)
    simulator.store.save(path)


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    simulator = Simulator(options.user, options.password, options.latency / 1000)
    stopped = threading.Event()
    keeper = None
    if options.state:
        with contextlib.suppress(FileNotFoundError):
            simulator.store.load(options.state)
        keeper = threading.Thread(target=keep, args=(simulator, options.state, stopped))
        keeper.start()
    if options.policy_url or options.sink_url:
        simulator.attach(**sides(options), bulk=options.bulk)
    server = Server(simulator, options.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the loop that the signal interrupts, so another thread calls it.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"http://{LOOPBACK}:{server.server_port}", flush=True)
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()
        stopped.set()
        if keeper:
            keeper.join()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
