"""What the platform is told when an endpoint registers, searches, or wants a picture."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from endpoints import actions, passwords
from endpoints.models import Endpoint
from endpoints.policy.answers import directory_faults, registration_faults
from endpoints.policy.lookup import patterns_of
from rooms.models import Room
from rooms.platforms import machines
from rooms.platforms.models import VideoPlatform
from tests import factories
from tests.cast import Cast
from tests.endpoints.conftest import PASSWORD, fresh
from tests.rooms.platforms.conftest import Ask, basic

REFUSED = {"status": "success", "action": "reject", "result": {}}


def body(response: Any) -> Any:
    return json.loads(response.content)


def register(ask: Ask, alias: str, **query: Any) -> Any:
    query = {"protocol": "sip", "auth_type": "credentials", **query}
    return ask(f"registrations/{quote(alias, safe='@')}", **query)


def set_columns(row: Endpoint | Room, **columns: Any) -> None:
    """Store values past the actions: what a fault in the portal might leave."""
    rows: Any = type(row).objects
    rows.in_organisation(row.organisation_id).filter(pk=row.pk).update(**columns)


def names(answer: Any) -> list[str]:
    return [entry["description"] for entry in answer["result"]]


# Registrations


def test_account_is_told_as_it_is_stored(ask: Ask, endpoint: Endpoint) -> None:
    response = register(ask, endpoint.address)
    assert response.status_code == 200
    assert body(response) == {
        "status": "success",
        "action": "continue",
        "result": {"username": "moterom3", "password": PASSWORD},
    }


@pytest.mark.parametrize(
    "written",
    [
        "{address}", "sip:{address}", "sips:{address}:5061;transport=tls", "<sip:{upper}>",
        "h323:{address}", "{domain}##moterom3", "moterom3", "MOTEROM3",
    ],
)  # fmt: skip
@pytest.mark.parametrize("protocol", ["sip", "h323", "webrtc"])
def test_every_way_of_writing_the_address_finds_the_endpoint(
    ask: Ask, endpoint: Endpoint, platform: VideoPlatform, written: str, protocol: str
) -> None:
    alias = written.format(
        address=endpoint.address, upper=endpoint.address.upper(), domain=platform.domain
    )
    answer = body(register(ask, alias, protocol=protocol, auth_type='"credentials"'))
    assert answer["result"] == {"username": "moterom3", "password": PASSWORD}


@pytest.mark.parametrize(
    "password",
    [
        "  leading and trailing  ", "a\"b\\c'd<e>f&g", "%00%20+?#=;:@/", "{number}$(tU)`id`",
        "x" * 50 + "abcdefghijklmnop" + "y" * 34,
    ],
)  # fmt: skip
def test_password_comes_through_letter_by_letter(
    cast: Cast, ask: Ask, endpoint: Endpoint, password: str
) -> None:
    actions.change_endpoint(endpoint, by=cast.admin, password=password)
    assert body(register(ask, endpoint.address))["result"]["password"] == password


@pytest.mark.parametrize(
    "written",
    ["moterom4@{domain}", "moterom", "moterom3x@{domain}", "%", "_oterom3", "moterom3' or '1",
     "{number}@{domain}", "{number}", "a" * 300, "\x00", "@{domain}"],
)  # fmt: skip
def test_in_the_platforms_own_domain_nobody_else_may_register(
    cast: Cast, ask: Ask, endpoint: Endpoint, platform: VideoPlatform, written: str
) -> None:
    # A room's own address is no exception: who registered there would take its calls.
    alias = written.format(domain=platform.domain, number=cast.room.number)
    assert body(register(ask, alias)) == REFUSED


def test_other_domains_are_left_to_the_platform(ask: Ask, endpoint: Endpoint) -> None:
    response = register(ask, "moterom3@elsewhere.example")
    assert (response.status_code, body(response)) == (404, {"status": "failure"})


def test_sign_in_by_a_provider_is_refused(ask: Ask, endpoint: Endpoint) -> None:
    assert body(register(ask, endpoint.address, auth_type='"sso"')) == REFUSED


def test_changes_hold_at_the_next_request(cast: Cast, ask: Ask, endpoint: Endpoint) -> None:
    actions.renew_password(endpoint, by=cast.admin)
    renewed = str(fresh(endpoint).password)
    assert body(register(ask, endpoint.address))["result"]["password"] == renewed != PASSWORD

    actions.change_endpoint(endpoint, by=cast.admin, state="blocked")
    assert body(register(ask, endpoint.address)) == REFUSED
    actions.change_endpoint(endpoint, by=cast.admin, state="active", username="Rom-3")
    assert body(register(ask, endpoint.address))["result"]["username"] == "Rom-3"

    actions.remove_endpoint(endpoint, by=cast.admin)
    assert body(register(ask, endpoint.address)) == REFUSED


def test_address_of_a_removed_endpoint_is_the_next_ones(
    cast: Cast, ask: Ask, endpoint: Endpoint
) -> None:
    actions.remove_endpoint(endpoint, by=cast.admin)
    other = factories.make_endpoint(cast.foreign, by=cast.other_admin, address="moterom3")
    assert body(register(ask, endpoint.address))["result"]["password"] == str(other.password)


def test_endpoints_of_an_organisation_out_of_use_are_refused(
    cast: Cast, ask: Ask, endpoint: Endpoint
) -> None:
    cast.organisation.is_active = False
    cast.organisation.save()
    assert body(register(ask, endpoint.address)) == REFUSED


def test_endpoint_of_another_platform_is_refused(ask: Ask, endpoint: Endpoint) -> None:
    other = VideoPlatform(
        slug="other", name="Other", domain=endpoint.platform.domain,
        join_url="https://x.example", policy_user="p", sink_user="s",
    )  # fmt: skip
    other.renew_policy_password()
    other.renew_sink_password()
    other.save()
    set_columns(endpoint, platform=other)
    assert body(register(ask, endpoint.address)) == REFUSED


def test_answer_that_breaks_the_rules_never_leaves(ask: Ask, endpoint: Endpoint) -> None:
    # The database refuses an empty password, so only the longest one can be told wrong.
    set_columns(endpoint, password="x" * 101)
    assert body(register(ask, endpoint.address)) == REFUSED


@pytest.mark.parametrize(
    ("result", "faults"),
    [
        ({"username": "rom3", "password": PASSWORD}, []),
        ({"username": "rom3", "password": ""}, ["password is empty or too long"]),
        ({"username": "", "password": PASSWORD}, ["username is empty or too long"]),
        ({}, ["password is empty or too long", "username is empty or too long"]),
        ({"username": "r" * 101, "password": PASSWORD}, ["username is empty or too long"]),
        ({"username": "r" * 100, "password": "p" * 100}, []),
    ],
)
def test_verdicts_on_an_account(result: dict[str, str], faults: list[str]) -> None:
    # Two empty values would mean: register without a password (docs/pexip.md, External policy).
    assert registration_faults(result) == faults


@pytest.mark.parametrize("lookup", ["registrations/moterom3", "registrations",
                                    "participant/avatar/moterom3"])  # fmt: skip
def test_only_the_platform_is_answered(
    ask: Ask, endpoint: Endpoint, platform: VideoPlatform, lookup: str
) -> None:
    url = f"/platforms/{platform.slug}/policy/v1/{lookup}"
    answers: list[Any] = [
        Client().get(url),
        ask(lookup, password="wrong"),
        ask(lookup, password=f"{platform.policy_password} "),
        Client().get(url, headers={"authorization": basic("events", str(platform.sink_password))}),
        Client().get(url.replace("standard", "unknown")),
    ]
    assert [answer.status_code for answer in answers] == [401] * 5
    assert {answer.content for answer in answers} == {b""}
    assert Client().post(url).status_code == 405


@pytest.mark.parametrize("lookup", ["registrations/moterom3", "registrations",
                                    "participant/avatar/moterom3"])  # fmt: skip
def test_a_paused_platform_is_left_to_itself(
    ask: Ask, endpoint: Endpoint, platform: VideoPlatform, lookup: str
) -> None:
    VideoPlatform.objects.update(state="paused")
    assert ask(lookup).status_code == 404


@pytest.mark.parametrize("lookup", ["registrations/moterom3", "registrations",
                                    "participant/avatar/moterom3"])  # fmt: skip
def test_each_answer_takes_one_query(ask: Ask, endpoint: Endpoint, lookup: str, cast: Cast) -> None:
    query = {"registration_alias": endpoint.address, "width": 64, "height": 64}
    with CaptureQueriesContext(connection) as queries:
        assert ask(lookup, **query).status_code == 200
    assert len(queries) == 1


def test_a_database_that_is_down_is_told_at_once(
    ask: Ask, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machines.breaker, "open_until", float("inf"))
    assert register(ask, endpoint.address).status_code == 503


# The directory


@pytest.fixture
def neighbours(cast: Cast, endpoint: Endpoint, foreign_endpoint: Endpoint) -> None:
    """Endpoints of both organisations under the same names, and some that are not to be found."""
    for organisation, by, suffix in (
        (cast.organisation, cast.admin, ""),
        (cast.foreign, cast.other_admin, ".b"),
    ):
        for name, address in (("Ærfugl", "aerfugl"), ("Åkeren", "akeren"), ("Zeppelin", "zep")):
            factories.make_endpoint(organisation, by=by, name=name, address=address + suffix)
    hidden = [
        factories.make_endpoint(cast.organisation, by=cast.admin, name=f"Skjult {number}")
        for number in range(3)
    ]
    actions.change_endpoint(hidden[0], by=cast.admin, in_directory=False)
    actions.change_endpoint(hidden[1], by=cast.admin, state="blocked")
    actions.remove_endpoint(hidden[2], by=cast.admin)
    closed = factories.make_room(cast.organisation, by=cast.admin, name="Stengt rom")
    set_columns(closed, closed_at=timezone.now())


def test_an_endpoint_finds_its_own_organisation_alone(
    cast: Cast, ask: Ask, neighbours: None, endpoint: Endpoint, platform: VideoPlatform
) -> None:
    answer = body(ask("registrations", q="", limit=10, registration_alias=endpoint.address))
    domain = platform.domain
    assert answer == {
        "status": "success",
        "action": "continue",
        "ignore_local": True,
        # In Norwegian order, the one that asks left out, no user names told.
        "result": [
            {"username": "", "alias": f"{cast.own_room.number}@{domain}",
             "description": "Evas rom"},
            {"username": "", "alias": f"{cast.room.number}@{domain}",
             "description": "Samtalerom A"},
            {"username": "", "alias": f"zep@{domain}", "description": "Zeppelin"},
            {"username": "", "alias": f"aerfugl@{domain}", "description": "Ærfugl"},
            {"username": "", "alias": f"akeren@{domain}", "description": "Åkeren"},
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    "asking",
    ["", "nobody", "nobody@{domain}", "moterom3@elsewhere.example", "{number}@{domain}", "%",
     "\x00"],
)  # fmt: skip
def test_whoever_is_no_endpoint_finds_nothing(
    cast: Cast, ask: Ask, neighbours: None, platform: VideoPlatform, asking: str
) -> None:
    alias = asking.format(domain=platform.domain, number=cast.room.number)
    nothing = {"status": "success", "action": "continue", "result": [], "ignore_local": True}
    assert body(ask("registrations", q="", registration_alias=alias)) == nothing
    assert body(ask("registrations", q="")) == nothing


@pytest.mark.parametrize("fate", ["blocked", "removed", "closed"])
def test_whoever_may_not_register_may_not_search(
    cast: Cast, ask: Ask, neighbours: None, endpoint: Endpoint, fate: str
) -> None:
    if fate == "blocked":
        actions.change_endpoint(endpoint, by=cast.admin, state="blocked")
    elif fate == "removed":
        actions.remove_endpoint(endpoint, by=cast.admin)
    else:
        cast.organisation.is_active = False
        cast.organisation.save()
    assert body(ask("registrations", registration_alias=endpoint.address))["result"] == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ærf", ["Ærfugl"]), ("ÆRFUGL", ["Ærfugl"]), ("åker", ["Åkeren"]), ("ZEP", ["Zeppelin"]),
        ("akeren@", ["Åkeren"]), ("samtale a", ["Samtalerom A"]), ("a samtale", ["Samtalerom A"]),
        ("zeppelin samtale", []), ("%", []), ("_", []), ("\\", []), ("' or 1=1 --", []),
        ("\x00", None), ("   ", None), ("x" * 5000, []), ("skjult", []), ("stengt", []),
        ("møterom", []),
    ],
)  # fmt: skip
def test_every_word_must_be_found(
    ask: Ask, neighbours: None, endpoint: Endpoint, words: str, found: list[str] | None
) -> None:
    answer = body(ask("registrations", q=words, registration_alias=endpoint.address))
    everything = ["Evas rom", "Samtalerom A", "Zeppelin", "Ærfugl", "Åkeren"]
    assert names(answer) == (everything if found is None else found)


def test_a_rooms_number_is_searched_too(cast: Cast, ask: Ask, endpoint: Endpoint) -> None:
    answer = body(ask("registrations", q=cast.room.number, registration_alias=endpoint.address))
    assert names(answer) == ["Samtalerom A"]


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (3, 3), ("", 10), (99, 10), (-1, 10),
                                              ("x", 10), ("٣", 10)])  # fmt: skip
def test_no_more_than_ten_come(
    cast: Cast, ask: Ask, endpoint: Endpoint, limit: Any, count: int
) -> None:
    for number in range(12):
        factories.make_endpoint(cast.organisation, by=cast.admin, name=f"Stue {number:02}")
    answer = body(ask("registrations", limit=limit, registration_alias=endpoint.address))
    assert (
        names(answer) == ["Evas rom", "Samtalerom A", *(f"Stue {n:02}" for n in range(12))][:count]
    )


def test_verdicts_on_a_directory() -> None:
    entry = {"username": "", "alias": "rom3@video.example.no", "description": "Møterom 3"}
    assert directory_faults([entry] * 10, 10) == []
    assert directory_faults([entry] * 11, 10) == ["too many entries"]
    assert directory_faults([entry | {"alias": ""}], 10) == [
        "alias of entry 0 is empty or too long"
    ]
    assert directory_faults([entry, entry | {"description": "x" * 251}], 10) == [
        "description of entry 1 is empty or too long"
    ]


def test_patterns_hold_no_wildcards_of_the_reader() -> None:
    assert patterns_of(" 100%_\\ Ås ") == ["%100\\%\\_\\\\%", "%ÅS%"]


# Pictures


@pytest.mark.parametrize(("width", "height"), [(16, 16), (64, 64), (100, 40), (40, 100)])
@pytest.mark.parametrize("kind", ["endpoint", "room"])
def test_picture_has_exactly_the_size_asked_for(
    cast: Cast, ask: Ask, endpoint: Endpoint, kind: str, width: int, height: int
) -> None:
    alias = endpoint.address if kind == "endpoint" else cast.room.number
    response = ask(f"participant/avatar/{alias}", width=width, height=height)
    assert response["Content-Type"] == "image/jpeg"
    image = Image.open(io.BytesIO(response.content))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (width, height))


@pytest.mark.parametrize(
    ("alias", "size"),
    [
        ("nobody", (64, 64)), ("moterom3@elsewhere.example", (64, 64)), ("moterom3", (64, 15)),
        ("moterom3", (99_999, 64)), ("moterom3", ("", "")), ("moterom3", ("x", "-1")),
    ],
)  # fmt: skip
def test_no_picture_of_what_is_not_ours_or_has_no_size(
    ask: Ask, endpoint: Endpoint, alias: str, size: tuple[Any, Any]
) -> None:
    response = ask(f"participant/avatar/{alias}", width=size[0], height=size[1])
    assert (response.status_code, body(response)) == (404, {"status": "failure"})


def test_functions_run_with_the_owners_rights_and_a_fixed_search_path(db: None) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "select proname, prosecdef, proconfig from pg_proc "
            "where proname like 'endpoints%%answer' order by 1"
        )
        found = cursor.fetchall()
    assert [name for name, _definer, _config in found] == [
        "endpoints_directory_answer",
        "endpoints_picture_answer",
        "endpoints_registration_answer",
    ]
    assert all(definer for _name, definer, _config in found)
    assert all("search_path=public, pg_temp" in config for _name, _definer, config in found)


def test_generated_passwords_differ_and_pass() -> None:
    made = {passwords.generate() for _turn in range(50)}
    assert len(made) == 50
    for password in made:
        passwords.check(password)
