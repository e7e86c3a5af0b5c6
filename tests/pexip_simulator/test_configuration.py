"""The management API as docs/pexip.md describes it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import pytest

import scripts.pexip_simulator
from tests.pexip import CONFIGURATION, Pexip, running_pexip

ROOM: dict[str, Any] = {
    "name": "Fastlegekontoret - samtale 2", "service_type": "conference",
    "allow_guests": True, "pin": "482913", "guest_pin": "107755",
    "tag": "org-8841", "participant_limit": 12, "host_view": "five_mains_seven_pips",
    "aliases": [{"alias": "48120@video.example.no", "description": ""}],
}  # fmt: skip


def made(pexip: Pexip, resource: str, body: dict[str, Any]) -> str:
    reply = pexip.config("POST", f"{resource}/", body)
    assert reply.status == 201, reply
    return reply.headers["location"]


def test_it_imports_nothing_but_itself_and_the_standard_library() -> None:
    folder = Path(str(scripts.pexip_simulator.__file__)).parent
    met = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                met |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                met.add(str(node.module))
    foreign = {
        name for name in met
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not name.startswith("scripts.pexip_simulator")
    }  # fmt: skip
    assert foreign == set()
    assert "json" in met


def test_a_room_is_made_read_changed_replaced_and_deleted(pexip: Pexip) -> None:
    reply = pexip.config("POST", "conference/", ROOM)
    assert (reply.status, reply.body) == (201, None)
    uri = reply.headers["location"]
    assert uri == f"{CONFIGURATION}/conference/{uri.rstrip('/').rpartition('/')[2]}/"

    room = pexip.ask("GET", uri).body
    assert {name: room[name] for name in ROOM if name != "aliases"} == {
        name: value for name, value in ROOM.items() if name != "aliases"
    }
    assert [alias["alias"] for alias in room["aliases"]] == ["48120@video.example.no"]
    assert room["aliases"][0]["conference"] == uri
    assert (room["enable_chat"], room["max_callrate_in"], room["guest_view"]) == (
        "default", None, None,
    )  # fmt: skip

    assert pexip.ask("PATCH", uri, {"pin": "998877", "description": "Ny"}).status == 202
    room = pexip.ask("GET", uri).body
    assert (room["pin"], room["description"], room["guest_pin"]) == ("998877", "Ny", "107755")

    assert pexip.ask("PUT", uri, {"name": "Bare navnet"}).status == 204
    room = pexip.ask("GET", uri).body
    assert (room["name"], room["pin"], room["tag"], room["aliases"]) == ("Bare navnet", "", "", [])

    assert pexip.ask("DELETE", uri).status == 204
    assert pexip.ask("GET", uri).status == 404
    assert pexip.list_deletes() == []


def test_aliases_that_are_sent_are_the_aliases_that_are(pexip: Pexip) -> None:
    uri = made(pexip, "conference", ROOM | {"aliases": [{"alias": "1"}, {"alias": "2"}]})
    first = pexip.ask("GET", uri).body["aliases"][0]

    wanted = [first["resource_uri"], {"alias": "3"}]
    assert pexip.ask("PATCH", uri, {"aliases": wanted}).status == 202
    assert [alias["alias"] for alias in pexip.ask("GET", uri).body["aliases"]] == ["1", "3"]

    assert pexip.ask("PATCH", uri, {"aliases": [{"alias": "3"}, {"alias": "4"}]}).status == 202
    assert [alias["alias"] for alias in pexip.ask("GET", uri).body["aliases"]] == ["3", "4"]
    assert pexip.objects("conference_alias", alias="1") == []

    assert pexip.ask("DELETE", uri).status == 204
    assert pexip.objects("conference_alias") == []


def test_doubles_are_refused_and_leave_nothing(pexip: Pexip) -> None:
    made(pexip, "conference", ROOM)
    reply = pexip.config("POST", "conference/", ROOM | {"aliases": []})
    assert (reply.status, reply.body) == (
        400,
        {"conference": {"name": ["Conference with this Name already exists."]}},
    )
    other = ROOM | {"name": "Et annet rom", "aliases": [{"alias": "5"}, *ROOM["aliases"]]}
    reply = pexip.config("POST", "conference/", other)
    assert (reply.status, reply.body) == (
        400,
        {"conference_alias": {"alias": ["Conference alias with this Alias already exists."]}},
    )
    assert [room["name"] for room in pexip.objects("conference")] == [ROOM["name"]]
    assert [alias["alias"] for alias in pexip.objects("conference_alias")] == [
        "48120@video.example.no"
    ]

    made(pexip, "device", {"alias": "rom3@klinikk.example.no"})
    reply = pexip.config("POST", "device/", {"alias": "rom3@klinikk.example.no"})
    assert reply.body == {"device": {"alias": ["Device with this Alias already exists."]}}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 251}, "name"),
        ({"name": None}, "name"),
        ({"service_type": "meeting"}, "service_type"),
        ({"host_view": "teams"}, "host_view"),
        ({"guest_view": "one_main_zero_pips"}, "guest_view"),
        ({"service_type": "lecture"}, "host_view"),
        ({"allow_guests": "true"}, "allow_guests"),
        ({"participant_limit": 1_000_001}, "participant_limit"),
        ({"participant_limit": "12"}, "participant_limit"),
        ({"max_callrate_in": 127}, "max_callrate_in"),
        ({"max_callrate_out": 2_048_000}, "max_callrate_out"),
        ({"max_pixels_per_second": "4k"}, "max_pixels_per_second"),
        ({"enable_chat": True}, "enable_chat"),
        ({"primary_owner_email_address": "x" * 101}, "primary_owner_email_address"),
        ({"pin": "48a913"}, "pin"),
        ({"pin": "482"}, "pin"),
        ({"direct_media": "always", "breakout_rooms": True}, "direct_media"),
        ({"aliases": "48120"}, "aliases"),
    ],
)
def test_faulty_values_are_named_by_field(
    pexip: Pexip, changes: dict[str, Any], field: str
) -> None:
    reply = pexip.config("POST", "conference/", ROOM | changes)
    assert reply.status == 400
    assert list(reply.body["conference"]) == [field]
    assert pexip.objects("conference") == []


# docs/pexip.md, PINs, row for row.
VERDICTS = [
    (False, "", "", True),
    (False, "1234", "", True),
    (False, "1234", "5678", False),
    (True, "", "5678", False),
    (True, "", "", False),
    (True, "1234", "", True),
    (True, "1234", "5678", True),
    (True, "1234", "56789", False),
    (True, "1234#", "56789#", True),
    (True, "1234#", "5678", False),
    (True, "1234", "1234", False),
]


@pytest.mark.parametrize(("guests", "pin", "guest_pin", "passes"), VERDICTS)
def test_pin_verdicts(pexip: Pexip, guests: bool, pin: str, guest_pin: str, passes: bool) -> None:
    pins = {"allow_guests": guests, "pin": pin, "guest_pin": guest_pin}
    assert pexip.config("POST", "conference/", ROOM | pins).status == (201 if passes else 400)
    uri = made(pexip, "conference", {"name": "Annet"})
    assert pexip.ask("PATCH", uri, pins).status == (202 if passes else 400)


def test_the_shapes_of_errors_can_be_chosen(pexip: Pexip) -> None:
    made(pexip, "conference", ROOM)
    sentence = "Conference with this Name already exists."
    for shape, body in [
        ("flat", {"name": [sentence]}),
        ("error", {"error": sentence}),
        ("nested", {"conference": {"name": [sentence]}}),
    ]:
        pexip.control("PATCH", "settings", {"error_shape": shape})
        assert pexip.config("POST", "conference/", {"name": ROOM["name"]}).body == body
    reply = pexip.config("POST", "conference/", b"{")
    assert (reply.status, reply.body) == (400, {"error": "Request is not valid JSON."})
    link = f"{CONFIGURATION}/ivr_theme/99/"
    reply = pexip.config("POST", "conference/", {"name": "Tema", "ivr_theme": link})
    assert (reply.status, link in reply.body["error"]) == (400, True)


def test_pages_are_followed_by_next(pexip: Pexip) -> None:
    names = [f"Rom {number:02}" for number in range(45)]
    pexip.control("POST", "load", {"conference": [{"name": name, "tag": "a"} for name in names]})
    pexip.control("POST", "load", {"conference": [{"name": "Utenfor", "tag": "b"}]})

    seen: list[str] = []
    path = f"{CONFIGURATION}/conference/?tag=a&order_by=-name"
    metas = []
    while path:
        body = pexip.ask("GET", path).body
        seen += [room["name"] for room in body["objects"]]
        metas.append((body["meta"]["limit"], body["meta"]["offset"], body["meta"]["total_count"]))
        path = body["meta"]["next"]
    assert seen == names[::-1]
    assert metas == [(20, 0, 45), (20, 20, 45), (20, 40, 45)]

    first = pexip.config("GET", "conference/", limit=2, offset=2).body["meta"]
    assert (first["next"], first["previous"]) == (
        f"{CONFIGURATION}/conference/?limit=2&offset=4",
        f"{CONFIGURATION}/conference/?limit=2&offset=0",
    )
    assert len(pexip.objects("conference")) == 46
    assert pexip.config("GET", "conference/", limit="alle").status == 400


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"name": "Øst 1"}, ["Øst 1"]),
        ({"name__iexact": "øst 1"}, ["Øst 1"]),
        ({"name__contains": "st"}, ["Øst 1", "Vest 2"]),
        ({"name__istartswith": "v"}, ["Vest 2"]),
        ({"name__endswith": "2"}, ["Vest 2"]),
        ({"name__regex": "[12]$"}, ["Øst 1", "Vest 2"]),
        ({"name__in": "Vest 2,Nord 3x"}, ["Vest 2", "Nord 3x"]),
        ({"participant_limit__gte": "5"}, ["Vest 2"]),
        ({"participant_limit__lt": "5"}, ["Øst 1"]),
        ({"allow_guests": "true"}, ["Vest 2"]),
        ({"aliases__alias": "102"}, ["Vest 2"]),
        ({"aliases__alias__startswith": "10"}, ["Øst 1", "Vest 2"]),
        ({"tag": "t", "name__contains": "1"}, ["Øst 1"]),
        ({"name": "Ingen"}, []),
    ],
)
def test_filters(pexip: Pexip, filters: dict[str, str], found: list[str]) -> None:
    rooms = [
        {"name": "Øst 1", "participant_limit": 2, "tag": "t", "aliases": ["101"]},
        {"name": "Vest 2", "participant_limit": 9, "tag": "t", "aliases": ["102"],
         "allow_guests": True, "pin": "1234"},
        {"name": "Nord 3x", "tag": "t", "aliases": []},
    ]  # fmt: skip
    pexip.control("POST", "load", {"conference": rooms})
    assert [room["name"] for room in pexip.objects("conference", **filters)] == found


def test_aliases_are_found_by_their_room(pexip: Pexip) -> None:
    uris = [
        made(pexip, "conference", {"name": name, "aliases": [{"alias": name}]}) for name in "ab"
    ]
    number = uris[1].rstrip("/").rpartition("/")[2]
    for wanted in (uris[1], number):
        found = pexip.objects("conference_alias", conference=wanted)
        assert [alias["alias"] for alias in found] == ["b"]


def test_what_cannot_be_filtered_or_ordered_is_refused(pexip: Pexip) -> None:
    reply = pexip.config("GET", "conference/", view="teams")
    assert (reply.status, reply.body) == (
        400,
        {"error": "The 'view' field does not allow filtering."},
    )
    assert pexip.config("GET", "conference/", order_by="locked").status == 400


def test_bulk_makes_changes_and_deletes(pexip: Pexip) -> None:
    one, two = (made(pexip, "conference", {"name": name}) for name in ("En", "To"))
    reply = pexip.config(
        "PATCH",
        "conference/",
        {
            "objects": [{"resource_uri": one, "description": "endret"}, {"name": "Tre"}],
            "deleted_objects": [two],
        },
    )
    assert reply.status == 202
    rooms = {room["name"]: room["description"] for room in pexip.objects("conference")}
    assert rooms == {"En": "endret", "Tre": ""}

    reply = pexip.config(
        "PATCH",
        "conference/",
        {"objects": [{"name": "Fire"}, {"name": "En"}], "deleted_objects": [one]},
    )
    assert reply.status == 400
    assert [room["name"] for room in pexip.objects("conference")] == ["En", "Tre"]


def test_a_delete_to_a_list_empties_it_and_is_counted(pexip: Pexip) -> None:
    for name in ("En", "To"):
        made(pexip, "conference", {"name": name})
    assert pexip.config("DELETE", "conference/").status == 204
    assert pexip.objects("conference") == []
    assert pexip.list_deletes() == [{"target": f"{CONFIGURATION}/conference/", "deleted": 2}]


def test_schema_and_discovery_tell_what_there_is(pexip: Pexip) -> None:
    found = pexip.config("GET", "").body
    assert found["conference"] == {
        "list_endpoint": f"{CONFIGURATION}/conference/",
        "schema": f"{CONFIGURATION}/conference/schema/",
    }
    for resource in found:
        schema = pexip.ask("GET", found[resource]["schema"], format="json").body
        assert schema["default_limit"] == 20
        assert schema["fields"]["resource_uri"]["readonly"] is True
    schema = pexip.config("GET", "conference/schema/").body
    assert schema["fields"]["aliases"]["related_type"] == "to_many"
    assert schema["fields"]["ivr_theme"]["related_type"] == "to_one"
    assert schema["fields"]["name"]["unique"] is True
    assert schema["fields"]["enable_chat"]["valid_choices"] == ["default", "yes", "no"]
    assert schema["filtering"]["name"] == 1
    assert "name" in schema["ordering"]


def test_passwords_are_not_read_back_and_singletons_stay(pexip: Pexip) -> None:
    uri = made(pexip, "device", {"alias": "rom3", "username": "rom3", "password": "Hemmelig-3"})
    device = pexip.ask("GET", uri).body
    assert (device["username"], device["password"]) == ("rom3", "")

    assert pexip.config("PATCH", "global/1/", {"min_pin_length": 6}).status == 202
    reply = pexip.config("POST", "conference/", {"name": "Kort", "pin": "1234"})
    assert list(reply.body["conference"]) == ["pin"]
    assert pexip.config("DELETE", "global/1/").status == 405
    assert pexip.config("POST", "global/", {}).status == 405


def test_only_the_right_password_and_the_right_address(pexip: Pexip) -> None:
    path = f"{CONFIGURATION}/conference/"
    assert pexip.ask("GET", path, password="feil").status == 401
    assert pexip.ask("GET", path.rstrip("/")).status == 404
    assert pexip.ask("GET", f"{CONFIGURATION}/rooms/").status == 404
    assert pexip.ask("GET", "/simulator/requests", password="feil").status == 401


def test_fields_that_the_platform_does_not_have_are_dropped_and_told(pexip: Pexip) -> None:
    uri = made(pexip, "conference", {"name": "Rom", "locked": True, "view": "teams"})
    assert "locked" not in pexip.ask("GET", uri).body
    assert pexip.requests("POST")[0]["unknown_fields"] == ["locked", "view"]
    assert pexip.requests("GET")[0]["unknown_fields"] == []


def test_a_year_of_rooms_survives_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "pexip.json"
    with running_pexip("--state", str(state)) as first:
        made(first, "conference", ROOM)
    assert state.stat().st_mode & 0o077 == 0
    with running_pexip("--state", str(state)) as second:
        assert [room["name"] for room in second.objects("conference")] == [ROOM["name"]]
        found = second.objects("conference", aliases__alias="48120@video.example.no")
        assert [room["name"] for room in found] == [ROOM["name"]]
        assert second.config("POST", "conference/", ROOM).status == 400
