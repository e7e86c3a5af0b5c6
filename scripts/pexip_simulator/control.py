"""`/simulator/`: what tests and demonstrations ask for that no platform has."""

from __future__ import annotations

from typing import Any

from scripts.pexip_simulator.resources import RESOURCES
from scripts.pexip_simulator.simulator import Simulator
from scripts.pexip_simulator.wire import NOT_FOUND, Answer, Request

PREFIX = "/simulator"


def control(simulator: Simulator, request: Request) -> Answer:
    """Carry out a wish; a faulty one is told as 400 with the reason."""
    try:
        given = request.json() if request.body else {}
        return _carried_out(simulator, request, given)
    except (ValueError, KeyError, TypeError) as error:
        return Answer(400, {"error": f"{type(error).__name__}: {error}"})


def _carried_out(simulator: Simulator, request: Request, given: Any) -> Answer:
    wish = f"{request.method} {request.path.removeprefix(PREFIX)}"
    match wish:
        case "GET /faults":
            return Answer(200, {"faults": simulator.faults.shown()})
        case "POST /faults":
            return Answer(201, {"number": simulator.faults.add(given).number})
        case "DELETE /faults":
            simulator.faults.clear()
            return Answer(204)
        case "GET /requests":
            return Answer(
                200,
                {
                    **simulator.recording.shown(),
                    "list_deletes": simulator.configuration.list_deletes,
                },
            )
        case "DELETE /requests":
            simulator.recording.clear()
            simulator.configuration.list_deletes.clear()
            return Answer(204)
        case "POST /reset":
            simulator.reset()
            return Answer(204)
        case "PATCH /settings":
            return _set(simulator, given)
        case "POST /load":
            return _load(simulator, given)
        case _:
            return NOT_FOUND


def _set(simulator: Simulator, given: dict[str, Any]) -> Answer:
    for name, value in given.items():
        match name:
            case "error_shape" if value in ("nested", "flat", "error"):
                simulator.configuration.error_shape = value
            case "requests_per_minute":
                simulator.requests_per_minute = int(value)
            case "latency":
                simulator.latency = float(value) / 1000
            case _:
                raise ValueError(f"no such setting or value: {name}={value}")
    return Answer(204)


def _load(simulator: Simulator, given: dict[str, list[dict[str, Any]]]) -> Answer:
    """Store rows as they are, unchecked, by resource: a platform that was there before."""
    loaded = {}
    store = simulator.store
    with store.lock:
        for name, rows in given.items():
            resource = RESOURCES[name]
            for values in rows:
                plain = {key: value for key, value in values.items() if key != "aliases"}
                row = store.add(resource, plain)
                for alias in values.get("aliases", ()) if name == "conference" else ():
                    made = {"alias": alias, "conference": row["resource_uri"]}
                    store.add(RESOURCES["conference_alias"], made)
            loaded[name] = len(rows)
    return Answer(201, loaded)
