"""`/simulator/`: what tests and demonstrations ask for that no platform has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from scripts.pexip_simulator.calls import HANGUP
from scripts.pexip_simulator.fields import Resource
from scripts.pexip_simulator.policy import Caller
from scripts.pexip_simulator.resources import RESOURCES
from scripts.pexip_simulator.simulator import Simulator
from scripts.pexip_simulator.store import Row, Store
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
    if wish not in WISHES:
        return NOT_FOUND
    body = WISHES[wish](simulator, given)
    return Answer(204) if body is None else Answer(200, body)


def _plan_fault(simulator: Simulator, given: Any) -> Row:
    return {"number": simulator.faults.add(given).number}


def _requests(simulator: Simulator, given: Any) -> Row:
    return {
        **simulator.recording.shown(),
        "list_deletes": simulator.configuration.list_deletes,
    }


def _forget_requests(simulator: Simulator, given: Any) -> None:
    simulator.recording.clear()
    simulator.configuration.list_deletes.clear()


def _attach(simulator: Simulator, given: Any) -> None:
    def side(name: str) -> tuple[str, str, str] | None:
        one = given.get(name)
        return (one["url"], one["user"], one["password"]) if one else None

    simulator.attach(policy=side("policy"), sink=side("sink"), bulk=given.get("bulk", False))


def _dial(simulator: Simulator, given: Any) -> Row:
    pins = given.pop("pins", None) or [given.pop("pin", "")]
    given.pop("pin", None)
    return asdict(simulator.calls.dial(Caller(**given), pins))


def _hang_up(simulator: Simulator, given: Any) -> Row:
    reason = given.get("reason", HANGUP)
    return {"gone": simulator.calls.hang_up(given["participant_id"], reason)}


def _present(simulator: Simulator, given: Any) -> None:
    simulator.calls.present(simulator.calls.people[given["participant_id"]], on=given["on"])


def _register(simulator: Simulator, given: Any) -> Row:
    """Register an address as a phone does: policy first, then the platform's own devices."""
    alias, protocol = given["alias"], given.get("protocol", "sip")
    user, password = given.get("username", ""), given.get("password", "")
    said = simulator.policy.registration(alias, protocol)
    source = "policy"
    account = said.result
    if said.verdict == "local":
        source = "configuration"
        account = simulator.store.find("device", "alias", alias)
    if said.verdict == "reject" or account is None:
        simulator.reading.unregister(alias)
        return {"verdict": "refused", "source": source}
    wanted = (account.get("username", ""), account.get("password", ""))
    if wanted not in (("", ""), (user, password)):
        return {"verdict": "wrong_password", "source": source}
    simulator.reading.register(alias, user, protocol)
    return {"verdict": "registered", "source": source}


def _directory(simulator: Simulator, given: Any) -> Row:
    said = simulator.policy.directory(given.get("q", ""), given.get("registration_alias", ""))
    return {"verdict": said.verdict, "result": said.result}


def _sink_wait(simulator: Simulator, given: Any) -> Row:
    return {"empty": simulator.sink.wait(given.get("seconds", 10)), **simulator.sink.shown()}


def _sink_hold(simulator: Simulator, given: Any) -> None:
    simulator.sink.holding = True


def _sink_release(simulator: Simulator, given: Any) -> Row:
    return {"sent": simulator.sink.release(**given)}


def _sink_restart(simulator: Simulator, given: Any) -> None:
    simulator.sink.restart(given.get("node", "10.0.4.11"))


def _sink_say(simulator: Simulator, given: Any) -> None:
    simulator.sink.say(given["body"])


def _set(simulator: Simulator, given: dict[str, Any]) -> None:
    for name, value in given.items():
        match name:
            case "error_shape" if value in ("nested", "flat", "error"):
                simulator.configuration.error_shape = value
            case "requests_per_minute":
                simulator.requests_per_minute = int(value)
            case "command_failure_status":
                simulator.commands.failure_status = int(value)
            case "sink_first_pause":
                simulator.sink.first_pause = float(value)
            case "token_seconds":
                simulator.tokens.seconds = float(value)
            case "latency":
                simulator.latency = float(value) / 1000
            case _:
                raise ValueError(f"no such setting or value: {name}={value}")


def _load(simulator: Simulator, given: dict[str, list[Row]]) -> Row:
    """Store rows as they are, unchecked, by resource: a platform that was there before.

    ``history_conference`` and ``history_participant`` are its past.
    """
    store, calls = simulator.store, simulator.calls
    past = {"history_conference": calls.past_conferences, "history_participant": calls.past_people}
    with calls.lock, store.lock:
        for name, rows in given.items():
            if name in past:
                past[name].extend(rows)
                continue
            for values in rows:
                _load_row(store, RESOURCES[name], values)
    return {name: len(rows) for name, rows in given.items()}


def _load_row(store: Store, resource: Resource, values: Row) -> None:
    plain = {key: value for key, value in values.items() if key != "aliases"}
    row = store.add(resource, plain)
    for alias in values.get("aliases", ()) if resource.name == "conference" else ():
        made = {"alias": alias, "conference": row["resource_uri"]}
        store.add(RESOURCES["conference_alias"], made)


WISHES: dict[str, Callable[[Simulator, Any], Row | None]] = {
    "GET /faults": lambda simulator, _given: {"faults": simulator.faults.shown()},
    "POST /faults": _plan_fault,
    "DELETE /faults": lambda simulator, _given: simulator.faults.clear(),
    "GET /requests": _requests,
    "DELETE /requests": _forget_requests,
    "POST /reset": lambda simulator, _given: simulator.reset(),
    "PATCH /settings": _set,
    "POST /load": _load,
    "POST /tokens/revoke": lambda simulator, _given: simulator.tokens.revoke(),
    "POST /attach": _attach,
    "GET /live": lambda simulator, _given: simulator.calls.shown(),
    "GET /policy": lambda simulator, _given: {"asked": [*simulator.policy.log]},
    "POST /dial": _dial,
    "POST /hangup": _hang_up,
    "POST /present": _present,
    "POST /register": _register,
    "POST /directory": _directory,
    "GET /sink": lambda simulator, _given: simulator.sink.shown(),
    "POST /sink/wait": _sink_wait,
    "POST /sink/hold": _sink_hold,
    "POST /sink/release": _sink_release,
    "POST /sink/restart": _sink_restart,
    "POST /sink/say": _sink_say,
}
