"""Trouble on demand: slow, refusing, silent or broken answers, for some requests or for all."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field
from typing import Any

from scripts.pexip_simulator.wire import Request

# delay: answer late. answer: answer this instead of acting. reset: break the connection before
# anything happened. lose: act, then say nothing (for ``seconds``) and break the connection.
KINDS = ("delay", "answer", "reset", "lose")


@dataclass
class Fault:
    """One trouble. ``times`` is how often it still strikes, None until it is cleared."""

    kind: str
    times: int | None = None
    seconds: float = 0.0
    status: int = 500
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    method: str = ""
    path: str = ""
    room: str = ""
    number: int = 0

    def meets(self, request: Request, names: list[str]) -> bool:
        """Return whether it strikes this request; ``names`` are the room's that it is about."""
        return (
            (self.times is None or self.times > 0)
            and self.method in ("", request.method)
            and self.path in request.path
            and (not self.room or any(self.room in name for name in names))
        )


class Faults:
    """The troubles that were asked for, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._last = 0

    def add(self, given: dict[str, Any]) -> Fault:
        """Plan a trouble; raises ``ValueError`` for one that is not known."""
        try:
            fault = Fault(**given)
        except TypeError as error:
            raise ValueError(str(error)) from None
        if fault.kind not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")
        with self._lock:
            self._last += 1
            fault.number = self._last
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """End all trouble."""
        with self._lock:
            self._faults.clear()

    def shown(self) -> list[dict[str, Any]]:
        """Return what is planned still."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def strike(self, request: Request, names: list[str]) -> list[Fault]:
        """Return what strikes this request: any delays, and the first of the others."""
        with self._lock:
            struck: list[Fault] = []
            for fault in self._faults:
                taken = fault.kind != "delay" and any(one.kind != "delay" for one in struck)
                if not taken and fault.meets(request, names):
                    struck.append(fault)
                    if fault.times is not None:
                        fault.times -= 1
            self._faults = [fault for fault in self._faults if fault.times != 0]
            return struck
