"""From the outbox to a platform in a process of its own: rooms made, changed and taken away.

What goes wrong on the way is the platform's doing: errors, silence, lost answers.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from rooms import actions
from rooms.actions import editing
from rooms.models import OutboxEntry, PlatformContact, Room
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import contact, sending
from rooms.platforms.outbox.sending import Drained
from rooms.platforms.pexip import client as module
from rooms.platforms.pexip.adapter import Pexip as Adapter
from rooms.platforms.policy.answers import room_tag
from rooms.platforms.port import DeviceSpec, PlatformRefused
from rooms.platforms.specs import spec_of
from scripts.services import ROOT
from tenants.access import Forbidden
from tests import factories
from tests.cast import Cast
from tests.pexip import Pexip

REASON = "the test looks at every tenant"


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READ_SECONDS", 0.4)


def connect(pexip: Pexip) -> VideoPlatform:
    """Let the usual platform be the one in the process, written to by the portal."""
    pexip.control("POST", "load", {"ivr_theme": [{"name": "Pasient og behandler"}]})
    # A slug of its own: the share of requests is counted by it.
    VideoPlatform.objects.update(
        kind=VideoPlatform.Kind.PEXIP,
        writes_rooms=True,
        management_url=pexip.url,
        management_user=pexip.user,
        management_password=pexip.password,
        requests_per_minute=1000,
        slug=f"p-{uuid.uuid4()}"[:40],
    )
    return VideoPlatform.objects.get()


@pytest.fixture
def platform(cast: Cast, pexip: Pexip) -> VideoPlatform:
    return connect(pexip)


def order(cast: Cast, **values: Any) -> Room:
    values.setdefault("name", "Vaktrom")
    code = values.pop("code", "sensitive")
    room = actions.order_room(cast.organisation, factories.product(code), by=cast.admin, **values)
    room.refresh_from_db()
    return room


def state(room: Room) -> tuple[str, str, int]:
    room.refresh_from_db()
    return room.provisioning, room.provisioning_error, room.provisioning_attempts


def conference(pexip: Pexip, room: Room) -> dict[str, Any]:
    found = pexip.objects("conference", tag=room_tag(room.organisation_id, room.public_id))
    assert len(found) == 1
    return found[0]


def aliases(found: dict[str, Any]) -> set[str]:
    return {alias["alias"] for alias in found["aliases"]}


def tag_of(room: Room) -> str:
    return room_tag(room.organisation_id, room.public_id)


def later(seconds: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=False)


# The way it should go


def test_room_is_made_as_ordered_then_follows_every_change(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    room = order(cast, host_pin="0482", guest_pin="7713", owner_email="kari@klinikk.example.no")
    assert sending.drain(platform) == Drained(sent=1)
    assert state(room) == ("ready", "", 0)
    made = conference(pexip, room)
    assert made["name"] == f"Vaktrom ({room.number})"
    assert (made["pin"], made["guest_pin"], made["allow_guests"]) == ("0482", "7713", True)
    assert made["primary_owner_email_address"] == "kari@klinikk.example.no"
    assert (made["service_type"], made["host_view"]) == ("conference", room.layout)
    assert (made["guest_view"], made["enable_chat"]) == (None, "no")
    assert made["participant_limit"] == room.participant_limit
    assert made["max_pixels_per_second"] == "hd"
    assert aliases(made) == {room.number, f"{room.number}@{platform.domain}"}

    actions.change_room(room, by=cast.admin, name="Nytt navn", host_pin="998877#", guest_pin="")
    assert sending.drain(platform) == Drained(sent=1)
    changed = conference(pexip, room)
    assert changed["id"] == made["id"]
    assert (changed["name"], changed["pin"]) == (f"Nytt navn ({room.number})", "998877#")
    patched = pexip.requests("PATCH")[-1]
    assert sorted(patched["body"]) == ["guest_pin", "name", "pin"]

    actions.terminate_room(room, by=cast.admin, closes_on=timezone.localdate())
    assert sending.drain(platform) == Drained(sent=1)
    assert pexip.objects("conference") == []
    assert pexip.objects("conference_alias") == []
    assert pexip.list_deletes() == []
    assert state(room)[0] == "ready"


def test_room_that_is_right_already_is_not_written(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    room = order(cast)
    sending.drain(platform)
    pexip.control("DELETE", "requests")
    editing.tell_platforms([room])
    assert sending.drain(platform) == Drained(sent=1)
    assert {one["method"] for one in pexip.requests()} == {"GET"}


def test_lecture_has_both_layouts_and_loses_the_guests_one_with_its_type(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    room = order(cast, code="auditorium")
    assert sending.drain(platform) == Drained(sent=1)
    made = conference(pexip, room)
    assert (made["service_type"], made["guest_view"]) == ("lecture", made["host_view"])
    Room.objects.in_organisation(cast.organisation).filter(pk=room.pk).update(
        product=factories.product(), participant_limit=5
    )
    editing.tell_platforms([room])
    assert sending.drain(platform) == Drained(sent=1)
    assert conference(pexip, room)["guest_view"] is None


def test_theme_is_the_platforms_own_and_one_that_it_lacks_is_told(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    room = order(cast, theme="Pasient og behandler")
    sending.drain(platform)
    assert conference(pexip, room)["ivr_theme"] == pexip.objects("ivr_theme")[0]["resource_uri"]
    VideoPlatform.objects.update(themes={"Pasient og behandler": "Klinikk"})
    editing.tell_platforms([room])
    assert sending.drain(VideoPlatform.objects.get()) == Drained(refused=1)
    assert state(room)[:2] == ("failed", "The platform has no theme called Klinikk.")


def test_addresses_follow_the_platforms_patterns(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    room = order(cast)
    sending.drain(platform)
    VideoPlatform.objects.update(alias_patterns=["{number}", "meet.{number}@{domain}"])
    editing.tell_platforms([room])
    sending.drain(VideoPlatform.objects.get())
    assert aliases(conference(pexip, room)) == {
        room.number,
        f"meet.{room.number}@{platform.domain}",
    }


# Trouble


def test_poisoned_room_is_parked_in_the_platforms_words_and_others_go_on(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    before, poisoned, after = order(cast), order(cast, name="Gift"), order(cast)
    pexip.fault("answer", status=400, body={"conference": {"pin": ["Not 482913."]}}, room="Gift")
    assert sending.drain(platform) == Drained(sent=2, refused=1)
    assert [state(room)[0] for room in (before, after)] == ["ready", "ready"]
    assert state(poisoned) == ("failed", "pin: Not 482913.", 0)
    with later(3600):
        assert sending.drain(platform) == Drained()

    pexip.control("DELETE", "faults")
    actions.retry_provisioning(poisoned, by=cast.admin)
    assert sending.drain(platform) == Drained(sent=1)
    assert state(poisoned) == ("ready", "", 0)


def test_lost_answers_make_no_second_room(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    room = order(cast)
    pexip.fault("lose", method="POST", times=1)
    assert sending.drain(platform) == Drained(silent=1)
    assert state(room)[0::2] == ("pending", 1)
    with later(5):
        assert sending.drain(platform) == Drained(sent=1)
    assert state(room) == ("ready", "", 0)
    assert len(pexip.requests("POST")) == 1
    conference(pexip, room)

    VideoPlatform.objects.update(alias_patterns=["{number}", "x.{number}"])
    pexip.fault("lose", method="POST", path="conference_alias", times=1)
    pexip.fault("lose", method="DELETE", path="conference_alias", times=1)
    editing.tell_platforms([room])
    for pause in (0, 60, 120, 180):
        with later(pause):
            sending.drain(VideoPlatform.objects.get())
    assert state(room) == ("ready", "", 0)
    assert aliases(conference(pexip, room)) == {room.number, f"x.{room.number}"}

    actions.terminate_room(room, by=cast.admin, closes_on=timezone.localdate())
    pexip.fault("lose", method="DELETE", times=1)
    sending.drain(platform)
    assert (state(room)[0], pexip.objects("conference")) == ("pending", [])
    with later(60):
        assert sending.drain(platform) == Drained(sent=1)
    assert state(room)[0] == "ready"


def test_request_still_at_work_when_it_is_made_again_ends_in_one_room(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    room = order(cast)
    adapter = Adapter(platform)
    spec = spec_of(Room.objects.in_organisation(cast.organisation).get(pk=room.pk))
    find = adapter.rooms.find
    seen: list[Any] = []

    def late(tag: str) -> Any:
        # The first look comes before the lost request has had its effect.
        seen.append(find(tag))
        if len(seen) == 1:
            Adapter(platform).put_room(spec)
        return seen[-1]

    adapter.rooms.find = late  # type: ignore[method-assign]  # the other request, made to measure
    adapter.put_room(spec)
    assert seen[0] is None
    conference(pexip, room)


def test_platform_down_for_an_hour_mends_by_itself(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    rooms = [order(cast, name=f"Rom {place}") for place in range(4)]
    start = timezone.now()
    pexip.fault("answer", status=503, body={"error": "Upgrading."})
    with time_machine.travel(start, tick=False) as clock:
        for turn in range(4 * 60):
            if platform.pk in sending.platforms_with_due_entries():
                assert sending.drain(platform).sent == 0
            if turn == 100:
                actions.change_room(rooms[0], by=cast.admin, name="Endret i pausen")
            clock.shift(15)
        assert {state(room)[0] for room in rooms} == {"pending"}
        assert {state(room)[2] for room in rooms} == {0}
        assert state(rooms[1])[1] == "503: Upgrading."
        known = PlatformContact.objects.get(platform=platform)
        assert (known.is_silent, known.reason) == (True, "503: Upgrading.")
        assert len(pexip.requests()) <= 40
        pexip.control("DELETE", "faults")
        clock.shift(301)
        assert sending.drain(platform) == Drained(sent=4)
    assert [state(room) for room in rooms] == [("ready", "", 0)] * 4
    assert conference(pexip, rooms[0])["name"] == f"Endret i pausen ({rooms[0].number})"


def test_errors_for_one_room_do_not_hold_up_the_others_and_mend(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    bad = order(cast, name="Krasj")
    pexip.fault("answer", status=500, room="Krasj")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for attempt in range(1, 4):
            other = order(cast)
            assert sending.drain(platform) == Drained(sent=1, silent=1)
            assert state(other)[0] == "ready"
            assert state(bad) == ("pending", "500: Demanded by the test.", attempt)
            clock.shift(600)
        pexip.control("DELETE", "faults")
        assert sending.drain(platform) == Drained(sent=1)
    assert state(bad) == ("ready", "", 0)


def test_refused_sign_in_stops_the_queue_and_names_its_reason(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    room = order(cast)
    VideoPlatform.objects.update(management_password="wrong")
    assert sending.drain(VideoPlatform.objects.get()) == Drained(silent=1)
    assert PlatformContact.objects.get().reason.startswith("401")
    assert state(room)[0::2] == ("pending", 0)


def test_operator_sends_what_was_refused_once_more(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    first, second = order(cast), order(cast)
    pexip.fault("answer", status=400, method="POST")
    assert sending.drain(platform) == Drained(refused=2)
    pexip.control("DELETE", "faults")
    with pytest.raises(Forbidden):
        actions.send_parked_again(platform, by=cast.admin)
    assert [state(room)[0] for room in (first, second)] == ["failed", "failed"]
    assert actions.send_parked_again(platform, by=cast.operator) == 2
    assert [state(room)[0] for room in (first, second)] == ["pending", "pending"]
    assert sending.drain(platform) == Drained(sent=2)
    assert actions.send_parked_again(platform, by=cast.operator) == 0
    assert [state(room)[0] for room in (first, second)] == ["ready", "ready"]


def test_operator_who_knows_that_a_platform_is_back_need_not_wait(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    room = order(cast)
    pexip.fault("answer", status=503, times=1)
    sending.drain(platform)
    assert sending.drain(platform) == Drained()
    with pytest.raises(Forbidden):
        actions.ask_platform_now(platform, by=cast.admin)
    actions.ask_platform_now(platform, by=cast.operator)
    with later(1.5):
        assert sending.drain(platform) == Drained(sent=1)
    assert state(room)[0] == "ready"


def test_change_while_a_platform_rests_tries_the_way_soon_and_not_often(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    room, others = order(cast), [order(cast) for _place in range(3)]
    pexip.fault("answer", status=503)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _turn in range(60):
            sending.drain(platform)
            clock.shift(60)
        tries = len(pexip.requests())
        sending.drain(platform)
        # Everybody who changes something rings, for two minutes.
        for second in range(120):
            actions.change_room(room, by=cast.admin, name=f"Vaktrom {second}")
            sending.drain(platform, soon=True)
            clock.shift(1)
        assert 10 <= len(pexip.requests()) - tries <= 14
        # They have made the rest no longer: it is still bound by its own limit.
        rest = PlatformContact.objects.get().resting_until
        assert rest is not None
        assert rest <= timezone.now() + timedelta(seconds=contact.LONGEST_REST)
        pexip.control("DELETE", "faults")
        clock.shift(10)
        assert sending.drain(platform) == Drained(sent=4)
    assert {state(one)[0] for one in (room, *others)} == {"ready"}
    assert conference(pexip, room)["name"] == f"Vaktrom 119 ({room.number})"


def test_platform_that_answers_again_wakes_what_waits(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    """Also what had a long pause of its own before the platform fell silent."""
    slow = order(cast, name="Krasj")
    pexip.fault("answer", status=500, room="Krasj")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _turn in range(9):
            sending.drain(platform)
            clock.shift(600)
        sending.drain(platform)
        pexip.control("DELETE", "faults")
        pexip.fault("answer", status=503)
        rooms = [order(cast) for _place in range(2)]
        sending.drain(platform)
        pexip.control("DELETE", "faults")
        clock.shift(3)
        assert sending.drain(platform) == Drained(sent=3)
    assert [state(one)[0] for one in (slow, *rooms)] == ["ready"] * 3


def test_leave_to_try_that_was_not_used_is_given_back(
    cast: Cast, platform: VideoPlatform, pexip: Pexip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise everybody would wait for what we find out, for a minute and a half."""
    order(cast)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)
    VideoPlatform.objects.update(requests_per_minute=10)
    platform = VideoPlatform.objects.get()
    pexip.fault("answer", status=503, times=1)
    assert sending.drain(platform) == Drained(silent=1)
    with later(3):
        # The one request that may go at once is used up.
        assert sending.drain(platform) == Drained(more=True)
        assert PlatformContact.objects.get().resting_until == timezone.now()


def test_change_rings_for_its_platform_and_many_at_once_do_not(
    cast: Cast, platform: VideoPlatform, django_capture_on_commit_callbacks: Any
) -> None:
    rings = {}
    for count in (1, 21):
        rooms = [order(cast) for _place in range(count)]
        with django_capture_on_commit_callbacks() as callbacks:
            editing.tell_platforms(rooms)
        rings[count] = [bell.keywords["soon"] for bell in callbacks]
    assert rings == {1: [True], 21: [False]}


# What is not ours


def test_somebody_elses_room_stands_in_the_way_and_is_left_alone(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    room = order(cast)
    theirs = {"name": "Styrerom", "tag": "other", "aliases": [room.number]}
    pexip.control("POST", "load", {"conference": [theirs]})
    assert sending.drain(platform) == Drained(refused=1)
    assert state(room)[0] == "failed"
    assert "already exists" in state(room)[1]
    actions.terminate_room(room, by=cast.admin, closes_on=timezone.localdate())
    assert sending.drain(platform) == Drained(sent=1)
    assert [one["name"] for one in pexip.objects("conference")] == ["Styrerom"]
    assert pexip.requests("DELETE") == []


def test_room_is_taken_over_when_it_was_asked_for(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    room = order(cast)
    theirs = {"name": "Styrerom", "tag": "other", "aliases": [room.number, "styret"]}
    pexip.control("POST", "load", {"conference": [theirs]})
    uri = pexip.objects("conference")[0]["resource_uri"]
    editing.tell_platforms([room], adopts={room.public_id: uri})
    assert sending.drain(platform) == Drained(sent=1)
    taken = conference(pexip, room)
    assert (taken["resource_uri"], taken["name"]) == (uri, f"Vaktrom ({room.number})")
    assert aliases(taken) == {room.number, f"{room.number}@{platform.domain}"}
    # Gone before it could be taken over: then it is made.
    other = order(cast)
    editing.tell_platforms([other], adopts={other.public_id: f"{uri[:-2]}99/"})
    assert sending.drain(platform) == Drained(sent=1)
    conference(pexip, other)


def test_room_of_another_customer_is_never_taken_over(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    first, second = order(cast), order(cast)
    sending.drain(platform)
    uri = conference(pexip, first)["resource_uri"]
    for conference_of_second in pexip.objects("conference", tag=tag_of(second)):
        pexip.ask("DELETE", conference_of_second["resource_uri"])
    editing.tell_platforms([second], adopts={second.public_id: uri})
    assert sending.drain(platform) == Drained(refused=1)
    assert conference(pexip, first)["name"] == f"Vaktrom ({first.number})"


def test_filter_that_the_platform_overlooks_hands_out_nobodys_room(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    pexip.control("POST", "load", {"conference": [{"name": "A", "tag": "b"}]})
    listed = pexip.config("GET", "conference/").body
    pexip.fault("answer", status=200, body=listed, method="GET", path="/conference/")
    adapter = Adapter(platform)
    assert adapter.rooms.find("1:mine") is None
    adapter.remove_room("1:mine")
    assert len(pexip.objects("conference_alias")) == 0
    assert pexip.requests("DELETE") == []


# Devices


def test_devices_of_an_endpoint_follow_it_and_nobody_elses_are_touched(
    platform: VideoPlatform, pexip: Pexip
) -> None:
    foreign = {"alias": "rom9@video.example.no", "tag": "7:other", "username": "rom9"}
    pexip.control("POST", "load", {"device": [foreign]})
    adapter = Adapter(platform)
    sip = DeviceSpec("rom3@video.example.no", "rom3", "hemmelig", "Møterom 3", "")
    h323 = DeviceSpec("4712", "rom3", "hemmelig", "Møterom 3", "", sip=False, h323=True)
    for _turn in range(2):
        adapter.put_devices("7:mine", [sip, h323])
        made = pexip.objects("device", tag="7:mine")
        assert [(one["alias"], one["enable_sip"], one["enable_h323"]) for one in made] == [
            ("rom3@video.example.no", True, False),
            ("4712", False, True),
        ]
    assert {one["body"]["password"] for one in pexip.requests("PATCH")} == {"hemmelig"}
    adapter.put_devices("7:mine", [sip])
    assert [one["alias"] for one in pexip.objects("device", tag="7:mine")] == [sip.alias]
    with pytest.raises(PlatformRefused, match="already exists"):
        adapter.put_devices("7:mine", [DeviceSpec("rom9@video.example.no", "x", "y", "", "")])
    adapter.put_devices("7:mine", [])
    assert [one["alias"] for one in pexip.objects("device")] == ["rom9@video.example.no"]
    assert pexip.list_deletes() == []


def test_device_whose_answer_was_lost_is_made_once(platform: VideoPlatform, pexip: Pexip) -> None:
    adapter = Adapter(platform)
    sip = DeviceSpec("rom3@video.example.no", "rom3", "hemmelig", "Møterom 3", "")
    pexip.fault("lose", method="POST", times=1)
    with pytest.raises(Exception, match="No answer"):
        adapter.put_devices("7:mine", [sip])
    adapter.put_devices("7:mine", [sip])
    assert len(pexip.objects("device")) == 1


# Several workers


def test_workers_share_the_outbox_and_make_every_room_once(
    transactional_db: None, pexip: Pexip
) -> None:
    factories.make_catalogue()
    platform = connect(pexip)
    organisation = factories.make_organisation()
    admin = factories.make_administrator(organisation)
    with transaction.atomic():
        rooms = [
            actions.order_room(organisation, factories.product(), by=admin, name=f"Rom {place}")
            for place in range(30)
        ]

    def work(_worker: int) -> Drained:
        try:
            return sending.drain(platform)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda n: copy_context().run(work, n), range(3)))
    assert sum(one.sent for one in done) == 30
    assert sum(one.refused + one.silent for one in done) == 0
    made = pexip.objects("conference")
    assert {one["tag"] for one in made} == {tag_of(room) for room in rooms}
    assert len(made) == len(pexip.requests("POST")) == 30
    assert OutboxEntry.objects.unscoped(reason=REASON).count() == 0


def test_worker_that_is_killed_while_it_waits_leaves_the_room_to_the_next(
    transactional_db: None, pexip: Pexip
) -> None:
    factories.make_catalogue()
    platform = connect(pexip)
    organisation = factories.make_organisation()
    admin = factories.make_administrator(organisation)
    room = actions.order_room(organisation, factories.product(), by=admin, name="Vaktrom")
    pexip.fault("lose", method="POST", seconds=20, times=1)
    drain = f"from rooms import tasks; tasks.drain_outbox({platform.pk})"
    with worker_process(drain) as process:
        until = time.monotonic() + 30
        while not pexip.objects("conference"):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert state(room) == ("pending", "", 0)
    until = time.monotonic() + 10
    while sending.drain(platform).sent == 0 and time.monotonic() < until:
        time.sleep(0.1)  # until the database has noticed
    assert state(room) == ("ready", "", 0)
    assert len(pexip.objects("conference")) == len(pexip.requests("POST")) == 1


@contextmanager
def worker_process(code: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a few lines in a process of its own, on this test's database."""
    database = connection.settings_dict
    address = (
        f"postgres://{database['USER']}:{database['PASSWORD']}"
        f"@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", f"import django; django.setup(); {code}"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": address,
            "REDIS_URL": settings.REDIS_URL,
        },
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("words", ["a\0b", "x" * 100_000])
def test_words_that_cannot_be_stored_do_not_stop_the_queue(
    cast: Cast, platform: VideoPlatform, pexip: Pexip, words: str
) -> None:
    poisoned, after = order(cast, name="Gift"), order(cast)
    pexip.fault("answer", status=400, body={"error": words}, room="Gift")
    assert sending.drain(platform) == Drained(sent=1, refused=1)
    assert state(after)[0] == "ready"
    assert state(poisoned)[1] in {"ab", "x" * module.LONGEST_WORDS}
