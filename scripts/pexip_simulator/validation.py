"""What the platform refuses: wrong types, values out of range, doubles, PINs that break rules."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from scripts.pexip_simulator.fields import Field, Resource
from scripts.pexip_simulator.store import Row, Store

PIN = re.compile(r"[0-9]+#?")


class Refused(Exception):
    """A 400. ``faults`` by field of ``resource``, or a sentence that belongs to no field."""

    def __init__(self, faults: dict[str, list[str]] | str, resource: str = "") -> None:
        super().__init__(str(faults))
        self.faults = faults
        self.resource = resource


def pin_faults(*, guests: bool, pin: str, guest_pin: str, shortest: int = 4) -> dict[str, str]:
    """Return what is wrong with a service's PINs, by field; an empty text is no PIN."""
    faults = {}
    for name, value in (("pin", pin), ("guest_pin", guest_pin)):
        if value and not PIN.fullmatch(value):
            faults[name] = "PIN must contain digits only, optionally followed by one #."
        elif value and not shortest <= len(value) <= 20:
            faults[name] = f"PIN must have between {shortest} and 20 characters."
    if faults:
        return faults
    if guest_pin and not guests:
        return {"guest_pin": "A guest PIN requires that guests are allowed."}
    if guests and not pin:
        return {"pin": "A host PIN is required when guests are allowed."}
    if pin and guest_pin:
        if pin.endswith("#") != guest_pin.endswith("#"):
            return {"guest_pin": "If one PIN ends in #, the other must as well."}
        if len(pin) != len(guest_pin) and not pin.endswith("#"):
            return {"guest_pin": "PINs of different length must both end in #."}
        if pin == guest_pin:
            return {"guest_pin": "Host PIN and guest PIN must differ."}
    return {}


def checked(store: Store, resource: Resource, row: Row | None, given: Row) -> Row:
    """Return the values to store, or raise :class:`Refused` with every fault.

    ``row`` is what stands there, None for a new one. Unknown and read-only fields are dropped,
    as the platform does.
    """
    values = {
        name: value
        for name, value in given.items()
        if name in resource.fields and not resource.fields[name].readonly and name != "aliases"
    }
    faults: dict[str, list[str]] = {}
    for name, spec in resource.fields.items():
        if name in values:
            fault = _fault(spec, values[name])
            if fault:
                faults[name] = [fault]
        elif row is None and spec.required:
            faults[name] = ["This field is required."]
    if faults:
        raise Refused(faults, resource.name)
    for name, value in values.items():
        _check_links(store, resource.fields[name], value)
    for name, spec in resource.fields.items():
        if spec.unique and name in values:
            holder = store.find(resource.name, name, values[name])
            if holder is not None and holder is not row:
                title = name.replace("_", " ").capitalize()
                faults[name] = [f"{resource.title} with this {title} already exists."]
    if not faults and resource.name == "conference":
        defaults = {name: spec.default for name, spec in resource.fields.items()}
        faults = _conference_faults(store, {**defaults, **(row or {}), **values})
    if faults:
        raise Refused(faults, resource.name)
    return values


def _fault(spec: Field, value: Any) -> str:
    if value is None:
        return "" if spec.nullable else "This field cannot be null."
    if spec.choices:
        return "" if value in spec.choices else f"Value '{value}' is not a valid choice."
    match spec.type:
        case "boolean":
            return "" if isinstance(value, bool) else f"'{value}' must be either true or false."
        case "integer":
            return _number_fault(spec, value)
        case "datetime":
            return "" if _is_moment(value) else f"'{value}' is not a date and time."
        case "related" if spec.many:
            return "" if isinstance(value, list) else "A list is expected."
        case "related":
            return "" if isinstance(value, str) else "A resource URI is expected."
        case _:
            return _text_fault(spec, value)


def _number_fault(spec: Field, value: Any) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        return f"'{value}' value must be an integer."
    if spec.low is not None and value < spec.low:
        return f"Ensure this value is greater than or equal to {spec.low}."
    if spec.high is not None and value > spec.high:
        return f"Ensure this value is less than or equal to {spec.high}."
    return ""


def _text_fault(spec: Field, value: Any) -> str:
    if not isinstance(value, str):
        return "A text is expected."
    if spec.required and not value.strip():
        return "This field is required."
    if spec.longest and len(value) > spec.longest:
        return f"Ensure this value has at most {spec.longest} characters (it has {len(value)})."
    return ""


def _is_moment(value: Any) -> bool:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


def _check_links(store: Store, spec: Field, value: Any) -> None:
    for uri in value if spec.many else [value]:
        if spec.type == "related" and uri is not None and store.at(uri, spec.related) is None:
            raise Refused(f"Could not find the provided object via resource URI '{uri}'.")


def _conference_faults(store: Store, row: Row) -> dict[str, list[str]]:
    shortest = store.settings()["min_pin_length"]
    pins = pin_faults(
        guests=row["allow_guests"], pin=row["pin"], guest_pin=row["guest_pin"], shortest=shortest
    )
    faults = {name: [sentence] for name, sentence in pins.items()}
    lecture = row["service_type"] == "lecture"
    if row["guest_view"] is not None and not lecture:
        faults["guest_view"] = ["A guest layout is for Virtual Auditoriums only."]
    if lecture and "five_mains_seven_pips" in (row["host_view"], row["guest_view"]):
        faults["host_view"] = ["Adaptive Composition is not available in a Virtual Auditorium."]
    if row["direct_media"] != "never" and row["breakout_rooms"]:
        faults["direct_media"] = ["Direct media and breakout rooms exclude each other."]
    return faults
