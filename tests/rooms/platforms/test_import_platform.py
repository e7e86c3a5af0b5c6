"""A platform that was there before the portal: its conferences become rooms."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from rooms.imports.conferences import Pattern
from rooms.models import OutboxEntry, Room
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import sending
from rooms.platforms.outbox.sending import Drained
from tests.cast import Cast
from tests.pexip import Pexip
from tests.rooms.platforms.test_outbox_to_pexip import aliases, conference, connect, order

REASON = "the test looks at every tenant"


@pytest.fixture
def platform(cast: Cast, pexip: Pexip) -> VideoPlatform:
    return connect(pexip)


def there(number: str, **values: Any) -> dict[str, Any]:
    """Return a conference as somebody made it by hand."""
    return {
        "name": f"Legekontor {number}",
        "tag": "org-8841",
        "allow_guests": True,
        "pin": "482913",
        "guest_pin": "107755",
        "participant_limit": 5,
        "host_view": "five_mains_seven_pips",
        "primary_owner_email_address": "kari@klinikk.example.no",
        "aliases": [f"{number}@join.videoportal.example", number],
        **values,
    }


def run(platform: VideoPlatform, cast: Cast, *more: str) -> str:
    out, err = StringIO(), StringIO()
    number = cast.organisation.organisation_number
    try:
        call_command(
            "import_platform", platform.slug, f"--organisation={number}", *more,
            stdout=out, stderr=err,
        )  # fmt: skip
    except CommandError as error:
        return f"{out.getvalue()}{err.getvalue()}ERROR {error}"
    return out.getvalue()


def made(cast: Cast) -> list[Room]:
    known = [cast.room.pk, cast.own_room.pk]
    return list(
        Room.objects.in_organisation(cast.organisation).exclude(pk__in=known).order_by("number")
    )


def test_conferences_become_rooms_and_are_taken_over(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    foreign = there("778001", tag="org-1", name="Naboens")
    pexip.control("POST", "load", {"conference": [there("778002"), foreign, there("778003")]})
    before = {one["id"] for one in pexip.objects("conference", tag="org-8841")}
    looked = run(platform, cast, "--match=tag=org-8841", "--dry-run")
    assert "2 conferences chosen" in looked
    assert "2 rooms would be created" in looked
    assert made(cast) == []

    assert "2 rooms created" in run(platform, cast, "--match=tag=org-8841")
    rooms = made(cast)
    assert [(room.number, room.name, str(room.host_pin)) for room in rooms] == [
        ("778002", "Legekontor 778002", "482913"),
        ("778003", "Legekontor 778003", "482913"),
    ]
    assert {room.platform for room in rooms} == {platform}
    assert {room.owner_email for room in rooms} == {"kari@klinikk.example.no"}
    assert sending.drain(platform).sent == 2
    taken = [conference(pexip, room) for room in rooms]
    assert {one["id"] for one in taken} == before
    assert aliases(taken[0]) == set(platform.addresses_of("778002"))
    assert taken[0]["name"] == "Legekontor 778002 (778002)"
    assert pexip.objects("conference", tag="org-1")[0]["name"] == "Naboens"
    assert len(pexip.requests("POST")) == 0
    assert pexip.requests("DELETE") == []

    assert "0 conferences chosen; left out: 0 that the portal made" in run(
        platform, cast, "--match=tag=org-8841"
    )
    assert "left out: 2 that the portal made" in run(platform, cast, "--match=name=Legekontor*")
    assert len(made(cast)) == 2


def test_import_again_before_the_platform_heard_of_the_first_makes_nothing_twice(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    pexip.control("POST", "load", {"conference": [there("778002")]})
    run(platform, cast)
    assert "0 rooms created, 0 changed, 1 unchanged" in run(platform, cast)
    assert sending.drain(platform) == Drained(sent=1)
    assert len(pexip.objects("conference")) == 1


def test_any_fault_stops_all_and_names_the_conference(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    rows = [
        there("778002"),
        there("778003", ivr_theme="/api/admin/configuration/v1/ivr_theme/1/"),
        there("778004", host_view="teams"),
        there(cast.foreign_room.number, name="Opptatt"),
    ]
    VideoPlatform.objects.update(themes={})
    pexip.control("POST", "load", {"ivr_theme": [{"name": "Klinikk"}]})
    rows[1]["ivr_theme"] = pexip.objects("ivr_theme", name="Klinikk")[0]["resource_uri"]
    pexip.control("POST", "load", {"conference": rows})
    said = run(VideoPlatform.objects.get(), cast)
    assert "Legekontor 778003: ivr_theme_name: There is no theme called “Klinikk”." in said
    assert "Legekontor 778004: host_view: There is no layout called “teams”." in said
    number = cast.foreign_room.number
    assert f"Opptatt: alias_alias: The number {number} is taken." in said
    assert "ERROR 3 faults in 3 conferences; nothing was imported" in said
    assert "482913" not in said
    assert made(cast) == []
    assert OutboxEntry.objects.unscoped(reason=REASON).count() == 0


def test_theme_of_the_platform_becomes_ours(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    uri = pexip.objects("ivr_theme")[0]["resource_uri"]
    pexip.control("POST", "load", {"conference": [there("778002", ivr_theme=uri)]})
    run(platform, cast)
    assert [room.theme for room in made(cast)] == ["Pasient og behandler"]


def test_what_is_no_room_and_what_is_ours_is_left(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    order(cast)
    sending.drain(platform)
    reception = there("778009", service_type="two_stage_dialing", name="Resepsjon")
    pexip.control("POST", "load", {"conference": [reception, there("778002")]})
    assert "1 conferences chosen; left out: 1 that the portal made, 1 that are no rooms" in run(
        platform, cast
    )


def test_lecture_that_becomes_another_kind_of_room_is_told(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    lecture = there("778002", service_type="lecture", host_view="one_main_seven_pips")
    pexip.control("POST", "load", {"conference": [lecture]})
    said = run(platform, cast, "--dry-run")
    assert "warning: Legekontor 778002: becomes another kind of room than it was" in said


@pytest.mark.parametrize(
    ("written", "meets"),
    [
        ("tag=org-8841", True),
        ("tag=org-88", False),
        ("owner=*@KLINIKK.example.no", True),
        ("name=legekontor 7800?", False),
        ("name=legekontor 77800?", True),
        ("alias=7780*", True),
        ("alias=778003", False),
        ("description=", True),
    ],
)
def test_pattern_says_which_conferences_are_meant(written: str, meets: bool) -> None:
    given = there("778002")
    given["aliases"] = [{"alias": alias} for alias in given["aliases"]]
    assert Pattern.read(written).meets(given) is meets


@pytest.mark.parametrize("written", ["tag", "pin=4*", "=x", ""])
def test_pattern_on_another_field_is_refused(
    cast: Cast, platform: VideoPlatform, pexip: Pexip, written: str
) -> None:
    assert "ERROR" in run(platform, cast, f"--match={written}")
    assert "write FIELD=PATTERN" in run(platform, cast, f"--match={written}")
    assert pexip.requests() == []


def test_silent_platform_is_told_and_nothing_is_stored(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    pexip.fault("answer", status=503, body={"error": "Upgrading."})
    assert "ERROR The platform was not read to its end: 503: Upgrading." in run(platform, cast)
    assert made(cast) == []


def test_hostile_names_and_pins_are_told_on_one_line_and_without_the_pin(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    steering = "Rom\x1b[2J\x9b1m\r\nERROR all fine"
    rows = [
        there("778002", name=steering, pin="99887766x"),
        there("778003", name="=cmd|' /C calc'!A0", pin="\u0664\u0668\u0662\u0669\u0661\u0663"),
        there("778004", name="x" * 400, pin="9988776" * 9),
        there("778005", name="<script>", guest_pin="482913"),
        there("778006", name="\x00", aliases=["\u202e700877"], pin=None),
    ]
    pexip.control("POST", "load", {"conference": rows})
    said = run(platform, cast)
    assert "nothing was imported" in said
    assert made(cast) == []
    for secret in ("99887766", "9988776998", "482913", "\u0664\u0668"):
        assert secret not in said
    assert not {"\x1b", "\x9b", "\r", "\u202e"} & set(said)
    assert "\nERROR all" not in said
