"""The platform's part: answers, silence, pushes that meet, a broker that is down, a real worker."""

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
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import Retry
from django.conf import settings
from django.db import connection
from django.utils import timezone

from rooms import actions, tasks
from rooms.models import Room
from rooms.platforms.adapters import adapter_of
from rooms.platforms.models import VideoPlatform
from rooms.platforms.port import PlatformUnavailable, RoomSpec
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
    room = factories.make_room(cast.organisation, by=cast.admin, **values)
    set_columns(room, provisioning="pending")
    return room


def set_columns(room: Room, **columns: Any) -> None:
    Room.objects.in_organisation(room.organisation_id).filter(pk=room.pk).update(**columns)
    room.refresh_from_db()


def state(room: Room) -> tuple[str, str, int]:
    room.refresh_from_db()
    return room.provisioning, room.provisioning_error, room.provisioning_attempts


def test_ready_room_stands_on_the_platform_as_ordered(
    cast: Cast, platform: SimulatedPlatform
) -> None:
    room = waiting(cast, name="Vaktrom")
    for _turn in range(2):
        tasks.push_room(room_id=room.pk)
        assert state(room) == ("ready", "", 0)
    known = platform.room(room.number)
    assert known is not None
    assert (known["name"], known["host_pin"], known["autolock"]) == (
        f"Vaktrom ({room.number})",
        str(room.host_pin),
        True,
    )


def test_refusal_keeps_the_platforms_own_words_until_somebody_tries_again(
    cast: Cast, platform: SimulatedPlatform
) -> None:
    room = waiting(cast)
    platform.plan_fault(room.number, "Participant limit exceeds licence (code 4711)")
    for _turn in range(2):
        tasks.push_room(room_id=room.pk)
        assert state(room) == ("failed", "Participant limit exceeds licence (code 4711)", 0)

    platform.plan_fault(room.number, None)
    actions.retry_provisioning(room, by=cast.admin)
    assert state(room) == ("pending", "", 0)
    tasks.push_room(room_id=room.pk)
    assert state(room) == ("ready", "", 0)
    assert (
        AuditEntry.objects.in_organisation(cast.organisation)
        .filter(action="rooms.provisioning.retried")
        .count()
        == 1
    )


def test_silence_is_tried_again_with_growing_pauses(
    cast: Cast, platform: SimulatedPlatform
) -> None:
    room = waiting(cast)
    platform.plan_fault(room.number, SILENT)
    pauses = []
    for retries in range(actions.MAX_ATTEMPTS - 1):
        tasks.push_room.push_request(
            id="1", kwargs={"room_id": room.pk}, retries=retries, called_directly=False
        )
        try:
            with pytest.raises(Retry) as again:
                tasks.push_room.run(room_id=room.pk)
        finally:
            tasks.push_room.pop_request()
        pauses.append(again.value.when)
        assert state(room)[0::2] == ("pending", retries + 1)
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]

    assert actions.provision_room(room.pk) == "failed"
    assert state(room) == ("failed", "The platform did not answer in time.", actions.MAX_ATTEMPTS)


def test_silence_that_ends_leaves_no_trace(cast: Cast, platform: SimulatedPlatform) -> None:
    room = waiting(cast)
    platform.plan_fault(room.number, SILENT)
    with pytest.raises(PlatformUnavailable):
        actions.provision_room(room.pk)
    platform.plan_fault(room.number, None)
    assert actions.provision_room(room.pk) == "ready"
    assert state(room) == ("ready", "", 0)


def test_closed_room_is_taken_off_the_platform(cast: Cast, platform: SimulatedPlatform) -> None:
    room = waiting(cast)
    actions.provision_room(room.pk)
    assert platform.room(room.number) is not None
    actions.terminate_room(room, by=cast.admin, closes_on=timezone.localdate())
    for _turn in range(2):
        actions.provision_room(room.pk)
        assert platform.room(room.number) is None
        assert state(room)[0] == "ready"


def test_unknown_room_is_nothing_to_push(db: None) -> None:
    assert actions.provision_room(0) == ""


class MeddlingPlatform(SimulatedPlatform):
    """A platform during whose first answer somebody changes the room."""

    def __init__(self, meddle: Any) -> None:
        super().__init__()
        self.meddle = [meddle]
        self.seen: list[str] = []

    def put_room(self, spec: RoomSpec) -> None:
        super().put_room(spec)
        self.seen.append(spec.name)
        if self.meddle:
            self.meddle.pop()()


def test_change_made_while_a_push_runs_is_pushed_too(
    cast: Cast, platform: SimulatedPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = waiting(cast, name="Gammelt")
    meddling = MeddlingPlatform(lambda: actions.change_room(room, by=cast.admin, name="Nytt"))
    monkeypatch.setattr("rooms.actions.provisioning.adapter_of", lambda _platform: meddling)
    assert actions.provision_room(room.pk) == "ready"
    assert meddling.seen == [f"Gammelt ({room.number})", f"Nytt ({room.number})"]
    assert state(room) == ("ready", "", 0)


def test_two_pushes_of_a_room_never_run_at_once(
    transactional_db: None, platform: SimulatedPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.make_catalogue()
    organisation = factories.make_organisation()
    room = factories.make_room(organisation)
    set_columns(room, provisioning="pending")
    outcomes: list[str] = []

    def push_meanwhile() -> None:
        def push() -> str:
            try:
                return actions.provision_room(room.pk)
            except actions.PushRunning:
                return "running"
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            outcomes.append(pool.submit(push).result(timeout=20))

    meddling = MeddlingPlatform(push_meanwhile)
    monkeypatch.setattr("rooms.actions.provisioning.adapter_of", lambda _platform: meddling)
    assert actions.provision_room(room.pk) == "ready"
    assert outcomes == ["running"]


# The sweep


def test_sweep_takes_what_nobody_will_push(cast: Cast) -> None:
    now = timezone.now()
    fresh, forgotten, tried, abandoned = (waiting(cast) for _room in range(4))
    set_columns(fresh, changed_at=now)
    set_columns(forgotten, changed_at=now - timedelta(seconds=40))
    set_columns(tried, changed_at=now - timedelta(minutes=20), provisioning_attempts=8)
    set_columns(abandoned, changed_at=now - timedelta(hours=2), provisioning_attempts=3)
    mine = {room.pk for room in (fresh, forgotten, tried, abandoned)}
    assert mine.intersection(actions.waiting_room_ids()) == {forgotten.pk, abandoned.pk}


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


def test_order_stands_when_the_broker_is_down_and_the_sweep_sends_it(
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

    set_columns(room, changed_at=timezone.now() - timedelta(minutes=1))
    assert actions.waiting_room_ids() == [room.pk]
    for room_id in actions.waiting_room_ids():
        actions.provision_room(room_id)
    assert actions.waiting_room_ids() == []
    assert platform.room(room.number) is not None


def test_silent_broker_costs_seconds_whatever_the_number_of_rooms(deaf_port: int) -> None:
    with another_broker(f"redis://127.0.0.1:{deaf_port}/0"):
        started = time.monotonic()
        assert tasks.queue_pushes(range(500)) == 0
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
