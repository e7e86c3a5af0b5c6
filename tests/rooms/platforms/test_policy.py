"""What the platform is told when it asks."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms import actions
from rooms.choices import Layout
from rooms.models import Room
from rooms.platforms.models import VideoPlatform
from rooms.platforms.policy import lookup
from rooms.platforms.policy.answers import service_result
from rooms.platforms.policy.validity import service_faults
from tests import factories
from tests.cast import Cast
from tests.rooms.platforms.conftest import Ask, basic
from videoportal.kit.fields import encrypt

SERVICE = "service/configuration"


def set_columns(room: Room, **columns: Any) -> None:
    """Store values past the actions: what a fault in the portal might leave."""
    Room.objects.in_organisation(room.organisation_id).filter(pk=room.pk).update(**columns)
    room.refresh_from_db()


def body(response: Any) -> dict[str, Any]:
    return json.loads(response.content)


def test_room_is_answered_as_it_stands(cast: Cast, ask: Ask, platform: VideoPlatform) -> None:
    room = cast.room
    set_columns(
        room, host_pin="482913", guest_pin="107755", guests_allowed=True, autolock=True,
        layout=Layout.GRID_FOUR, chat=False, guests_may_present=False, show_names=True,
        participant_limit=5, theme="Pasient og behandler", description="",
        owner_email="per.annen@example.no",
    )  # fmt: skip
    platform.callrate_hd = 2048
    platform.save()

    answer = body(ask(SERVICE, local_alias=f"sip:{room.number}@{platform.domain}"))

    assert answer == {
        "status": "success",
        "action": "continue",
        "result": {
            "service_type": "conference",
            "name": f"Samtalerom A ({room.number})",
            "service_tag": f"{room.organisation_id}:{room.public_id}",
            "primary_owner_email_address": "per.annen@example.no",
            "allow_guests": True,
            "pin": "482913",
            "guest_pin": "107755",
            "locked": True,
            "participant_limit": 5,
            "enable_chat": "no",
            "enable_overlay_text": True,
            "guests_can_present": False,
            "max_pixels_per_second": "hd",
            "ivr_theme_name": "Pasient og behandler",
            # kbit/s on the platform's pages, bit/s in its policy: docs/pexip.md
            "max_callrate_in": 2_048_000,
            "max_callrate_out": 2_048_000,
            "view": "four_mains_zero_pips",
        },
    }
    assert service_faults(answer["result"]) == []


@pytest.mark.parametrize(
    "written",
    [
        "{number}",
        "{number}@{domain}",
        "sip:{number}@{domain}",
        "sips:{number}@{domain}:5061;transport=tls",
        "h323:{number}@{domain}",
        "{domain}##{number}",
        "<sip:{number}@{upper}>",
    ],
)
def test_every_way_of_writing_the_address_finds_the_room(
    cast: Cast, ask: Ask, platform: VideoPlatform, written: str
) -> None:
    alias = written.format(
        number=cast.room.number, domain=platform.domain, upper=platform.domain.upper()
    )
    answer = body(ask(SERVICE, local_alias=alias))
    assert answer["result"]["service_tag"].endswith(str(cast.room.public_id))


@pytest.mark.parametrize(
    "written",
    ["", "999", "{number}@elsewhere.example", "{number}1", "x{number}", "%00", "a" * 300],
)
def test_what_is_not_ours_is_left_to_the_platform(cast: Cast, ask: Ask, written: str) -> None:
    alias = written.format(number=cast.room.number)
    response = ask(SERVICE, local_alias=alias)
    assert (response.status_code, body(response)) == (404, {"status": "failure"})


def test_a_room_of_another_platform_is_not_ours(cast: Cast, ask: Ask) -> None:
    other = VideoPlatform(
        slug="other", name="Other", domain="video.other.example", join_url="https://x.example",
        policy_user="p", sink_user="s",
    )  # fmt: skip
    other.renew_policy_password()
    other.renew_sink_password()
    other.save()
    set_columns(cast.room, platform=other)
    assert ask(SERVICE, local_alias=cast.room.number).status_code == 404


def test_new_pin_new_room_and_closed_room_hold_at_the_next_request(cast: Cast, ask: Ask) -> None:
    room = factories.make_room(cast.organisation, by=cast.admin)
    before = body(ask(SERVICE, local_alias=room.number))["result"]["pin"]
    assert before == str(room.host_pin)

    actions.renew_pin(room, "host_pin", by=cast.admin)
    room.refresh_from_db()
    after = body(ask(SERVICE, local_alias=room.number))["result"]["pin"]
    assert after == str(room.host_pin) != before

    set_columns(room, closed_at=timezone.now())
    assert body(ask(SERVICE, local_alias=room.number)) == {"status": "success", "action": "reject"}


def test_a_number_that_another_room_has_again_is_that_rooms(cast: Cast, ask: Ask) -> None:
    old = factories.make_room(cast.organisation, by=cast.admin)
    set_columns(old, closed_at=timezone.now())
    new = factories.make_room(cast.foreign, by=cast.other_admin)
    set_columns(new, number=old.number)
    answer = body(ask(SERVICE, local_alias=old.number))
    assert answer["result"]["service_tag"] == f"{cast.foreign.pk}:{new.public_id}"


def test_an_auditorium_is_a_lecture(cast: Cast, ask: Ask) -> None:
    room = factories.make_room(
        cast.organisation, by=cast.admin, product=factories.product("auditorium", "fullhd")
    )
    result = body(ask(SERVICE, local_alias=room.number))["result"]
    assert result["service_type"] == "lecture"
    # As in what the outbox writes of it: tests/rooms/platforms/test_outbox_to_pexip.py.
    assert (result["host_view"], result["guest_view"]) == (room.layout, room.layout)
    assert "view" not in result
    assert result["max_pixels_per_second"] == "fullhd"


# docs/pexip.md, PINs, row for row: allow_guests, pin, guest_pin, whether it may leave.
VERDICTS = [
    (False, "", "", True),
    (False, "1234", "", True),
    (False, "1234", "5678", False),
    (False, "", "5678", False),
    (True, "", "", False),
    (True, "", "5678", False),
    (True, "1234", "", True),
    (True, "1234", "5678", True),
    (True, "1234", "56789", False),
    (True, "1234#", "56789#", True),
    (True, "1234#", "5678", False),
    (True, "1234", "1234", False),
]


@pytest.mark.parametrize(("guests", "pin", "guest_pin", "may_leave"), VERDICTS)
def test_pins_that_break_the_platforms_rules_never_leave(
    cast: Cast,
    ask: Ask,
    platform: VideoPlatform,
    guests: bool,
    pin: str,
    guest_pin: str,
    may_leave: bool,
) -> None:
    columns = {"guests_allowed": guests, "host_pin": pin, "guest_pin": guest_pin}
    try:
        with transaction.atomic():
            set_columns(cast.room, **columns)
    except IntegrityError:
        # Not even the database takes it. Should it be stored all the same, it does not leave.
        assert not may_leave
        asked = lookup.ask(platform.slug, cast.room.number)
        assert asked is not None
        assert asked.room is not None
        stored = {**columns, "host_pin": encrypt(pin), "guest_pin": encrypt(guest_pin)}
        assert service_faults(service_result(replace(asked, room={**asked.room, **stored}))) != []
        return
    response = ask(SERVICE, local_alias=cast.room.number)
    answer = body(response)
    if may_leave:
        result = answer["result"]
        assert (result["allow_guests"], result.get("pin", ""), result.get("guest_pin", "")) == (
            guests, pin, guest_pin,
        )  # fmt: skip
    else:
        # Not even to the platform's own, perhaps older, copy of the room.
        assert answer == {"status": "success", "action": "reject"}
        assert pin.encode() not in response.content or not pin


def test_a_withheld_answer_is_an_alert_without_the_pin(
    cast: Cast, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    set_columns(cast.room, guests_allowed=True, host_pin="12345678901234567890123", guest_pin="")
    assert body(ask(SERVICE, local_alias=cast.room.number))["action"] == "reject"
    (alert,) = [record for record in caplog.records if "policy_answer_withheld" in str(record.msg)]
    assert alert.levelname == "ERROR"
    assert "host_pin: pin_long" in str(alert.msg)
    assert "1234567890123" not in str(alert.msg)


def test_participants_of_a_closed_room_are_refused_with_a_reason(cast: Cast, ask: Ask) -> None:
    path = "participant/properties"
    open_answer = body(ask(path, local_alias=cast.room.number))
    assert open_answer == {"status": "success", "action": "continue", "result": {}}
    set_columns(cast.room, show_names=False)
    hidden = body(ask(path, local_alias=cast.room.number))
    assert hidden["result"] == {"disable_overlay_text": True}
    set_columns(cast.room, closed_at=timezone.now())
    assert body(ask(path, local_alias=cast.room.number)) == {
        "status": "success", "action": "reject", "result": {"reject_reason": "The room is closed."},
    }  # fmt: skip


def test_media_goes_where_the_operator_says(cast: Cast, ask: Ask, platform: VideoPlatform) -> None:
    platform.media_locations = {"Oslo": {"location": "Oslo", "overflow_locations": ["Bergen"]}}
    platform.save()
    path = "participant/location"
    assert body(ask(path, local_alias=cast.room.number, location="Oslo")) == {
        "status": "success", "result": {"location": "Oslo", "overflow_locations": ["Bergen"]},
    }  # fmt: skip
    # Another location, and an address that is nobody's here: left to the platform.
    for query in ({"local_alias": cast.room.number, "location": "Bodø"},
                  {"local_alias": "999999", "location": "Oslo"}):  # fmt: skip
        left = ask(path, **query)
        assert (left.status_code, body(left)) == (404, {"status": "failure"})


def test_a_paused_platform_decides_by_itself(cast: Cast, ask: Ask, platform: VideoPlatform) -> None:
    platform.state = VideoPlatform.State.PAUSED
    platform.save()
    assert ask(SERVICE, local_alias=cast.room.number).status_code == 404


def test_nobody_is_answered_without_the_platforms_password(
    cast: Cast, ask: Ask, platform: VideoPlatform
) -> None:
    url = f"/platforms/{platform.slug}/policy/v1/{SERVICE}"
    query = {"local_alias": cast.room.number}
    tries: list[Any] = [
        ask(SERVICE, password="wrong", **query),
        ask(SERVICE, password="", **query),
        Client().get(url, query),
        Client().get(url, query, headers={"authorization": "Basic !!!"}),
        Client().get(url, query, headers={"authorization": "Bearer x"}),
        Client().get(url, query, headers={"authorization": basic("policy\0", "x")}),
        Client().get(
            url.replace(platform.slug, "nobody"),
            query,
            headers={"authorization": basic(platform.policy_user, str(platform.policy_password))},
        ),
    ]
    assert [(r.status_code, r.content) for r in tries] == [(401, b"")] * len(tries)
    assert tries[0]["WWW-Authenticate"] == 'Basic realm="policy", charset="UTF-8"'
    posted = Client().post(url, query)
    assert (posted.status_code, posted["Allow"]) == (405, "GET")


def test_an_answer_costs_one_query(cast: Cast, ask: Ask) -> None:
    for path in (SERVICE, "participant/properties"):
        with CaptureQueriesContext(connection) as queries:
            assert ask(path, local_alias=cast.room.number).status_code == 200
        assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        assert ask(SERVICE, local_alias="nobody@nowhere.example").status_code == 404
    assert len(queries) == 1
