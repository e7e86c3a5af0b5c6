"""The outbox: answers, silence, workers that meet, a broker that is down, a real worker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from rooms import actions, tasks
from rooms.actions import editing
from rooms.models import OutboxEntry, PlatformContact, Room
from rooms.platforms.adapters import adapter_of
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import contact as contacts
from rooms.platforms.outbox import sending
from rooms.platforms.outbox.queueing import FEW
from rooms.platforms.port import PlatformBusy, PlatformUnavailable, RoomSpec
from rooms.platforms.simulator import SILENT, SimulatedPlatform
from tenants.models import AuditEntry
from tests import factories
from tests.cast import Cast
from videoportal.celery import app

ROOT = Path(__file__).resolve().parents[2]
REASON = "the test looks at every tenant"


@pytest.fixture
def platform() -> Iterator[SimulatedPlatform]:
    simulator = SimulatedPlatform()
    simulator.forget_everything()
    yield simulator
    simulator.forget_everything()


def waiting(cast: Cast, **values: Any) -> Room:
    """Return a room whose order is in the outbox and nowhere else yet."""
    values.setdefault("name", "Ventende rom")
    room = actions.order_room(cast.organisation, factories.product(), by=cast.admin, **values)
    room.refresh_from_db()
    return room


def entries() -> list[OutboxEntry]:
    return list(OutboxEntry.objects.unscoped(reason=REASON).order_by("pk"))


def set_columns(room: Room, **columns: Any) -> None:
    Room.objects.in_organisation(room.organisation_id).filter(pk=room.pk).update(**columns)
    room.refresh_from_db()


def state(room: Room) -> tuple[str, str, int]:
    room.refresh_from_db()
    return room.provisioning, room.provisioning_error, room.provisioning_attempts


def drain(room: Room) -> sending.Drained:
    return sending.drain(room.platform)


def test_ready_room_stands_on_the_platform_as_ordered(
    cast: Cast, platform: SimulatedPlatform
) -> None:
    room = waiting(cast, name="Vaktrom")
    for sent in (1, 0):
        assert tasks.drain_outbox(platform_id=room.platform_id) == sent
        assert state(room) == ("ready", "", 0)
    known = platform.room(room.number)
    assert known is not None
    assert (known["name"], known["host_pin"], known["autolock"]) == (
        f"Vaktrom ({room.number})",
        str(room.host_pin),
        True,
    )
    assert entries() == []


def test_order_that_is_rolled_back_leaves_nothing_in_the_outbox(cast: Cast) -> None:
    with transaction.atomic():
        actions.order_room(cast.organisation, factories.product(), by=cast.admin, name="Angret")
        assert len(entries()) == 1
        transaction.set_rollback(True)
    assert entries() == []


def test_rooms_that_waited_before_there_was_an_outbox_are_put_into_it(
    cast: Cast, platform: SimulatedPlatform
) -> None:
    room = waiting(cast)
    OutboxEntry.objects.in_organisation(cast.organisation).delete()
    statement = import_module("rooms.migrations.0012_outbox").WAITING
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert [entry.key for entry in entries()] == [room.public_id]
    assert drain(room) == sending.Drained(sent=1)
    assert state(room) == ("ready", "", 0)


def test_refusal_keeps_the_platforms_own_words_until_somebody_tries_again(
    cast: Cast, platform: SimulatedPlatform
) -> None:
    room = waiting(cast)
    platform.plan_fault(room.number, "Participant limit exceeds licence (code 4711)")
    for _turn in range(2):
        drain(room)
        assert state(room) == ("failed", "Participant limit exceeds licence (code 4711)", 0)
    assert [entry.parked_at is not None for entry in entries()] == [True]

    platform.plan_fault(room.number, None)
    drain(room)
    assert state(room)[0] == "failed"
    actions.retry_provisioning(room, by=cast.admin)
    assert state(room) == ("pending", "", 0)
    drain(room)
    assert state(room) == ("ready", "", 0)
    assert (
        AuditEntry.objects.in_organisation(cast.organisation)
        .filter(action="rooms.provisioning.retried")
        .count()
        == 1
    )


def test_pins_that_the_platform_quotes_are_masked_and_other_numbers_are_not(
    cast: Cast, platform: SimulatedPlatform
) -> None:
    room = waiting(cast)
    set_columns(room, host_pin="482913#", guest_pin="107755#")
    platform.plan_fault(room.number, "pin 482913 (482913#), guest_pin “107755#”: not 4829130")
    drain(room)
    masked = "pin •••• (••••#), guest_pin “••••#”: not 4829130"
    assert state(room) == ("failed", masked, 0)
    assert [entry.reason for entry in entries()] == [masked]


def test_poisoned_room_is_parked_and_the_others_go_on(
    cast: Cast, platform: SimulatedPlatform
) -> None:
    first, poisoned, last = (waiting(cast) for _room in range(3))
    platform.plan_fault(poisoned.number, "host_view: “nine” is not a valid choice.")
    assert drain(first) == sending.Drained(sent=2, refused=1)
    assert [state(room)[0] for room in (first, poisoned, last)] == ["ready", "failed", "ready"]


def test_silent_platform_is_left_alone_and_costs_no_room_an_attempt(
    cast: Cast, platform: SimulatedPlatform
) -> None:
    waiting_rooms = [waiting(cast) for _room in range(3)]
    start = timezone.now()
    room = waiting_rooms[0]
    platform.plan_fault("*", SILENT)
    tries = 0
    with time_machine.travel(start, tick=False) as clock:
        for _quarter_minute in range(4 * 60):
            if room.platform_id in sending.platforms_with_due_entries():
                tries += drain(room).silent
            clock.shift(15)
    # Growing pauses of at most five minutes in an hour, and one try after each.
    assert 12 <= tries <= 40
    assert [state(one)[0::2] for one in waiting_rooms] == [("pending", 0)] * 3
    assert {state(one)[1] for one in waiting_rooms} == {"The platform did not answer in time."}
    contact = PlatformContact.objects.get(platform=room.platform)
    assert (contact.is_silent, contact.silent_since) == (True, start)

    platform.plan_fault("*", None)
    with time_machine.travel(start + timedelta(hours=1, minutes=5), tick=False):
        assert drain(room) == sending.Drained(sent=3)
    assert [state(one) for one in waiting_rooms] == [("ready", "", 0)] * 3
    contact.refresh_from_db()
    assert (contact.is_silent, contact.reason, contact.silent_since) == (False, "", None)


def test_one_worker_alone_tries_a_platform_that_rested(cast: Cast) -> None:
    room = waiting(cast)
    contacts.note_silence(room.platform_id, None, "No answer.", down=True)
    assert not contacts.may_ask(room.platform_id)
    with time_machine.travel(timezone.now() + timedelta(seconds=10), tick=False):
        assert contacts.may_ask(room.platform_id)
        assert not contacts.may_ask(room.platform_id)
    # Killed before it knew: another one tries in its place.
    with time_machine.travel(timezone.now() + timedelta(seconds=120), tick=False):
        assert contacts.may_ask(room.platform_id)


class Deaf(SimulatedPlatform):
    """A platform that gives no answer for some rooms, and answers for the others."""

    def __init__(self, *numbers: str) -> None:
        super().__init__()
        self.numbers = numbers

    def put_room(self, spec: RoomSpec, *, adopts: str = "") -> None:
        if spec.number in self.numbers:
            raise PlatformUnavailable("500: Server error")
        super().put_room(spec, adopts=adopts)


def test_room_without_an_answer_waits_longer_and_longer_while_others_go_on(
    cast: Cast, platform: SimulatedPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = waiting(cast)
    start = timezone.now()
    monkeypatch.setattr(sending, "adapter_of", lambda _platform: Deaf(room.number))
    pauses = []
    with time_machine.travel(start, tick=False) as clock:
        for attempt in range(1, sending.MAX_ATTEMPTS + 2):
            other = waiting(cast)
            assert drain(room) == sending.Drained(sent=1, silent=1)
            assert state(other)[0] == "ready"
            told = "failed" if attempt >= sending.MAX_ATTEMPTS else "pending"
            assert state(room) == (told, "500: Server error", attempt)
            assert drain(room) == sending.Drained()
            pauses.append((entries()[0].due_at - timezone.now()).total_seconds())
            clock.move_to(entries()[0].due_at)
        for paused, most in zip(
            pauses, [2, 4, 8, 16, 32, 64, 128, 256, 512, *[600] * 4], strict=True
        ):
            assert most / 2 <= paused <= most
        # It is tried on and mends itself.
        monkeypatch.undo()
        assert drain(room) == sending.Drained(sent=1)
    assert state(room) == ("ready", "", 0)


def test_several_rooms_without_an_answer_mean_a_silent_platform(
    cast: Cast, platform: SimulatedPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = [waiting(cast) for _room in range(5)]
    deaf = Deaf(*(room.number for room in rooms))
    monkeypatch.setattr(sending, "adapter_of", lambda _platform: deaf)
    assert drain(rooms[0]) == sending.Drained(silent=3)
    assert [state(room)[2] for room in rooms] == [1, 1, 0, 0, 0]


def test_fault_of_ours_with_one_room_does_not_stop_the_others(
    cast: Cast, platform: SimulatedPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = waiting(cast), waiting(cast)

    class Broken(SimulatedPlatform):
        def put_room(self, spec: RoomSpec, *, adopts: str = "") -> None:
            if spec.number == broken.number:
                raise KeyError("resource_uri")
            super().put_room(spec)

    monkeypatch.setattr(sending, "adapter_of", lambda _platform: Broken())
    assert drain(fine) == sending.Drained(sent=1, silent=1)
    assert state(fine)[0] == "ready"
    assert state(broken) == ("pending", "The portal could not send it.", 1)


def test_used_up_share_of_requests_touches_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = waiting(cast)
    before = entries()[0].due_at

    class Busy(SimulatedPlatform):
        def put_room(self, spec: RoomSpec, *, adopts: str = "") -> None:
            raise PlatformBusy(6.0)

    monkeypatch.setattr(sending, "adapter_of", lambda _platform: Busy())
    assert drain(room) == sending.Drained(more=True)
    assert state(room) == ("pending", "", 0)
    assert entries()[0].due_at == before


def test_paused_platform_is_told_nothing_until_it_is_in_use(
    cast: Cast, platform: SimulatedPlatform
) -> None:
    room = waiting(cast)
    VideoPlatform.objects.update(state=VideoPlatform.State.PAUSED)
    room.refresh_from_db()
    assert sending.platforms_with_due_entries() == []
    assert drain(room) == sending.Drained()
    assert state(room)[0] == "pending"


def test_room_ordered_by_hand_does_not_wait_behind_an_import(
    cast: Cast, platform: SimulatedPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [waiting(cast) for _room in range(FEW + 1)]
    editing.tell_platforms(many)
    one = waiting(cast)
    monkeypatch.setattr(sending, "BATCH", 1)
    sent: list[str] = []

    class Noting(SimulatedPlatform):
        def put_room(self, spec: RoomSpec, *, adopts: str = "") -> None:
            sent.append(spec.number)

    monkeypatch.setattr(sending, "adapter_of", lambda _platform: Noting())
    assert drain(one).sent == FEW + 2
    assert sent[0] == one.number


def test_closed_room_is_taken_off_the_platform(cast: Cast, platform: SimulatedPlatform) -> None:
    room = waiting(cast)
    drain(room)
    assert platform.room(room.number) is not None
    actions.terminate_room(room, by=cast.admin, closes_on=timezone.localdate())
    for _turn in range(2):
        drain(room)
        assert platform.room(room.number) is None
        assert state(room)[0] == "ready"


def test_removal_leaves_the_room_that_has_the_number_now(
    cast: Cast, platform: SimulatedPlatform
) -> None:
    closed = waiting(cast)
    drain(closed)
    actions.terminate_room(closed, by=cast.admin, closes_on=timezone.localdate())
    drain(closed)
    heir = waiting(cast)
    set_columns(heir, number=closed.number)
    drain(heir)
    editing.tell_platforms([closed])
    drain(closed)
    known = platform.room(closed.number)
    assert known is not None
    assert known["name"] == f"{heir.name} ({closed.number})"


class MeddlingPlatform(SimulatedPlatform):
    """A platform during whose first answer somebody changes the room."""

    def __init__(self, meddle: Any) -> None:
        super().__init__()
        self.meddle = [meddle]
        self.seen: list[str] = []

    def put_room(self, spec: RoomSpec, *, adopts: str = "") -> None:
        super().put_room(spec)
        self.seen.append(spec.name)
        if self.meddle:
            self.meddle.pop()()


def test_change_made_while_the_room_is_sent_is_sent_too(
    cast: Cast, platform: SimulatedPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = waiting(cast, name="Gammelt")
    meddling = MeddlingPlatform(lambda: actions.change_room(room, by=cast.admin, name="Nytt"))
    monkeypatch.setattr(sending, "adapter_of", lambda _platform: meddling)
    drain(room)
    assert meddling.seen == [f"Gammelt ({room.number})", f"Nytt ({room.number})"]
    assert state(room) == ("ready", "", 0)


def test_two_workers_never_send_one_room_at_once_and_a_change_does_not_wait(
    transactional_db: None, platform: SimulatedPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.make_catalogue()
    organisation = factories.make_organisation()
    admin = factories.make_administrator(organisation)
    room = actions.order_room(organisation, factories.product(), by=admin, name="Gammelt")
    outcomes: list[Any] = []

    def meanwhile(work: Any) -> Any:
        def run() -> Any:
            try:
                return work()
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(copy_context().run, run).result(timeout=20)

    def meddle() -> None:
        outcomes.append(meanwhile(lambda: drain(room)))
        meanwhile(lambda: actions.change_room(room, by=admin, name="Nytt"))

    meddling = MeddlingPlatform(meddle)
    monkeypatch.setattr(sending, "adapter_of", lambda _platform: meddling)
    assert drain(room) == sending.Drained(sent=2)
    assert outcomes == [sending.Drained()]
    assert meddling.seen == [f"Gammelt ({room.number})", f"Nytt ({room.number})"]
    assert state(room) == ("ready", "", 0)


# A broker that is down


@contextmanager
def another_broker(address: str) -> Iterator[None]:
    """Point Celery at another broker; its pools are kept by address, so none is closed."""
    before = app.conf.broker_url, app.conf.broker_write_url
    app.amqp._producer_pool = app._pool = None
    app.conf.broker_url = app.conf.broker_write_url = address
    try:
        yield
    finally:
        app.amqp._producer_pool = app._pool = None
        app.conf.broker_url, app.conf.broker_write_url = before


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        yield listener.getsockname()[1]


def test_order_stands_when_the_broker_is_down_and_the_schedule_sends_it(
    transactional_db: None, platform: SimulatedPlatform
) -> None:
    factories.make_catalogue()
    organisation = factories.make_organisation()
    admin = factories.make_administrator(organisation)
    with another_broker("redis://127.0.0.1:1/0"):
        started = time.monotonic()
        room = actions.order_room(organisation, factories.product(), by=admin, name="Vaktrom")
        assert time.monotonic() - started < 8
    assert state(room)[0] == "pending"

    assert sending.platforms_with_due_entries() == [room.platform_id]
    assert drain(room) == sending.Drained(sent=1)
    assert sending.platforms_with_due_entries() == []
    assert platform.room(room.number) is not None


def test_silent_broker_costs_seconds_whatever_the_number_of_platforms(deaf_port: int) -> None:
    with another_broker(f"redis://127.0.0.1:{deaf_port}/0"):
        started = time.monotonic()
        assert tasks.queue_drains(range(500)) == 0
        assert time.monotonic() - started < 15


# A real worker


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker on this test's database and broker keys, stopped afterwards."""
    database = connection.settings_dict
    address = (
        f"postgres://{database['USER']}:{database['PASSWORD']}"
        f"@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )
    log = (tmp_path / "worker.log").open("wb")
    process = subprocess.Popen(
        [
            *f"{sys.executable} -m celery -A videoportal worker --pool=solo".split(),
            "--without-mingle",
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": address,
            "REDIS_URL": settings.REDIS_URL,
        },
        stdout=log,
        stderr=log,
    )
    yield process
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    log.close()


def test_order_becomes_a_ready_room_through_a_real_worker(
    worker: subprocess.Popen[bytes], platform: SimulatedPlatform, tmp_path: Path
) -> None:
    factories.make_catalogue()
    organisation = factories.make_organisation()
    admin = factories.make_administrator(organisation)
    room = actions.order_room(organisation, factories.product(), by=admin, name="Vaktrom")

    until = time.monotonic() + 90
    while state(room)[0] == "pending" and time.monotonic() < until:
        assert worker.poll() is None, (tmp_path / "worker.log").read_text()[-3000:]
        time.sleep(0.2)

    assert state(room) == ("ready", "", 0), (tmp_path / "worker.log").read_text()[-3000:]
    assert platform.room(room.number) is not None


def test_platform_is_the_one_the_settings_name(catalogue: None) -> None:
    assert isinstance(adapter_of(VideoPlatform.objects.usual()), SimulatedPlatform)
