"""What must not be forgotten when the process ends: the configuration, and who was in a call.

Nobody tells the portal that a call has ended when this process is killed. So it writes down
who is there and which events are still to be told, and the next one takes leave for them.
"""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

from scripts.pexip_simulator.simulator import Simulator

EVERY_SECONDS = 2
REASON = "Node restarted"


class Remains:
    """Two files beside each other: the configuration as ``path``, the calls as ``path``.calls."""

    def __init__(self, simulator: Simulator, path: Path) -> None:
        self.simulator = simulator
        self.configuration = path
        self.calls = path.with_name(f"{path.name}.calls")
        self._written = ""

    def read(self) -> None:
        """Be configured as the last process was."""
        if self.configuration.exists():
            self.simulator.store.load(self.configuration)

    def take_leave(self) -> None:
        """Tell what the last process did not, and end the calls that it left behind."""
        if not self.calls.exists():
            return
        left = json.loads(self.calls.read_text())
        sink = self.simulator.sink
        for envelope in left["untold"]:
            sink.say(envelope)
        for node in left["nodes"]:
            sink.restart(node)
        for leg in left["legs"]:
            end = {
                "disconnect_reason": REASON,
                "end_time": left["at"],
                "duration": max(left["at"] - leg["connect_time"], 0),
            }
            sink.tell("participant_disconnected", leg | end, node=leg["signalling_node"])
        for node, conference in left["conferences"]:
            sink.tell("conference_ended", conference | {"end_time": left["at"]}, node=node)

    def keep(self, stopped: threading.Event) -> None:
        """Write now and then what has changed, and once more at the end."""
        while not stopped.wait(EVERY_SECONDS):
            self.write()
        self.write()

    def write(self) -> None:
        """Write both files where something is new."""
        if self.simulator.store.changed:
            self.simulator.store.save(self.configuration)
        calls, sink = self.simulator.calls, self.simulator.sink
        with calls.lock:
            conferences = list(calls.conferences.values())
            left: dict[str, Any] = {
                "legs": [one.event_data() for one in calls.people.values()],
                "conferences": [
                    (node, one.event_data()) for one in conferences for node in sorted(one.nodes)
                ],
                "nodes": sorted({one.node for one in calls.people.values()}),
                "untold": sink.untold(),
            }
        if any(left.values()) or self._written != "nothing":
            self._written = "something" if any(left.values()) else "nothing"
            beside = self.calls.with_name(f"{self.calls.name}.new")
            beside.touch(mode=0o600)
            beside.write_text(json.dumps(left | {"at": time.time()}))
            beside.replace(self.calls)
