"""Calls while parts of the portal are down: a database, a broker and a web server of the test's
own, killed for real. `pytest -s` shows how soon a call was refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from scripts import services
from scripts.services import Home, Postgres, Valkey
from tests.portal import portal_running, wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]

PLATFORM_SECONDS = 5  # the platform waits no longer for an answer, and falls back

ORDER = """
import json, uuid, django
django.setup()
from rooms.platforms.models import VideoPlatform
from tenants.models import Organisation
from tests import factories
from videoportal.kit.scope import everywhere
with everywhere(reason="a test orders a room"):
    factories.make_catalogue()
    known = Organisation.objects.unscoped(reason="the only one").first()
    organisation = known or factories.make_organisation()
    admin = factories.make_administrator(organisation, f"{uuid.uuid4()}@example.no")
    room = factories.make_room(organisation, by=admin)
    platform = VideoPlatform.objects.usual()
print(json.dumps({
    "number": room.number, "pin": str(room.host_pin), "slug": platform.slug,
    "policy": [platform.policy_user, str(platform.policy_password)],
    "sink": [platform.sink_user, str(platform.sink_password)],
}))
"""


@dataclass
class Site:
    """A portal with servers of its own, and what a platform asks of it."""

    environment: dict[str, str]
    postgres: Postgres
    valkey: Valkey
    address: str = ""

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=services.ROOT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def order(self) -> dict[str, Any]:
        """Order a room, in a process of its own as a web request would be."""
        found: dict[str, Any] = json.loads(self.run("-c", ORDER).splitlines()[-1])
        return found

    def pin_of(self, room: dict[str, Any]) -> str | int:
        """Return the PIN that the platform is told, or the status of another answer."""
        answer = requests.get(
            f"{self.address}/platforms/{room['slug']}/policy/v1/service/configuration",
            {"local_alias": room["number"]},
            auth=tuple(room["policy"]),
            timeout=PLATFORM_SECONDS,
        )
        return answer.json()["result"]["pin"] if answer.ok else answer.status_code

    def tell(self, room: dict[str, Any]) -> int:
        """Deliver an event; return the status."""
        return requests.post(
            f"{self.address}/platforms/{room['slug']}/events",
            json={"node": "10.0.0.1", "seq": 1, "event": "eventsink_started"},
            auth=tuple(room["sink"]),
            timeout=PLATFORM_SECONDS,
        ).status_code


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    home = Home(tmp_path / "portal")
    home.make()
    # It is killed here: what it has committed must be there when it is started again.
    postgres, valkey = Postgres(home, durable=True), Valkey(home, durable=False)
    try:
        for server in (postgres, valkey):
            server.start(tied=True)
        keys = home.secrets()
        site = Site(
            {
                **postgres.urls(),
                "REDIS_URL": valkey.url(),
                "SECRET_KEY": keys["SECRET_KEY"],
                "FIELD_ENCRYPTION_KEYS": keys["FIELD_ENCRYPTION_KEYS"],
                "DJANGO_SETTINGS_MODULE": "videoportal.settings",
            },
            postgres,
            valkey,
        )
        site.run("manage.py", "migrate", "--verbosity", "0")
        with portal_running(tmp_path, **site.environment) as site.address:
            yield site
    finally:
        for server in (valkey, postgres):
            server.stop()


def kill(server: Postgres | Valkey) -> None:
    process = server.found()
    assert process
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(10)


def family(pid: int) -> list[int]:
    """Return the process and all that came of it, the first first."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in family(int(child)))]


@contextmanager
def frozen(server: Postgres) -> Iterator[None]:
    """Stop the server and every process of it, as a disk that hangs does; no connection ends."""
    process = server.found()
    assert process
    stopped = family(process.pid)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


def test_frozen_database_is_given_up_in_two_seconds_and_taken_up_again(site: Site) -> None:
    """On open connections and on new ones; while one call waits to find out, none queues."""
    room = site.order()
    for _thread in range(16):
        assert site.pin_of(room) == room["pin"]
        assert site.tell(room) == 200
    waited = []
    with frozen(site.postgres):
        for call in range(40):
            asked = time.perf_counter()
            assert site.pin_of(room) == 503
            waited.append(time.perf_counter() - asked)
            sys.stdout.write(f"call {call}: 503 after {1000 * waited[-1]:.0f} ms\n")
            time.sleep(0.1)
        assert site.tell(room) == 503
    assert max(waited) < 2.6
    assert sorted(waited)[len(waited) // 2] < 0.2
    wait_until(lambda: site.pin_of(room) == room["pin"])
    assert site.tell(room) == 200


def test_calls_are_answered_without_workers_and_broker_and_soon_refused_without_database(
    site: Site,
) -> None:
    first = site.order()
    assert site.pin_of(first) == first["pin"]

    kill(site.valkey)
    second = site.order()
    assert site.pin_of(first) == first["pin"]
    assert site.pin_of(second) == second["pin"]
    assert site.tell(first) == 200

    kill(site.postgres)
    for call in range(20):
        asked = time.perf_counter()
        assert site.pin_of(first) == 503
        sys.stdout.write(f"call {call}: 503 after {1000 * (time.perf_counter() - asked):.0f} ms\n")
    assert site.tell(first) == 503

    site.postgres.start(tied=True, keep_port=True)
    wait_until(lambda: site.pin_of(second) == second["pin"])
    assert site.tell(first) == 200
