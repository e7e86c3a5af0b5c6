"""The simulator as the demo's platform."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rooms.demo.rooms import ROOMS
from rooms.demo.simulator import connect_simulator
from rooms.demo.small import seed_small
from rooms.models import Room
from rooms.platforms.adapters import AnswersByPolicy, adapter_of
from rooms.platforms.models import VideoPlatform
from scripts import prepare

URL = "http://127.0.0.1:28000"
PORTAL = "http://127.0.0.1:8000"
WHY = "the test looks at all demo rooms"


def connect(password: str = "Passord-1") -> dict[str, object]:
    return connect_simulator(url=URL, user="portal", password=password, portal=PORTAL)


def test_the_demos_platform_becomes_the_simulator_and_stays_it(db: None) -> None:
    seed_small(password="demo-password-of-the-tests")
    known = connect()
    platform = VideoPlatform.objects.usual()
    assert (platform.kind, platform.management_url, str(platform.management_password)) == (
        "pexip", URL, "Passord-1",
    )  # fmt: skip
    # The portal asks nothing of it to have a room ready, so it may be killed.
    assert isinstance(adapter_of(platform), AnswersByPolicy)
    assert known["policy"] == {
        "url": f"{PORTAL}/platforms/{platform.slug}",
        "user": platform.policy_user,
        "password": str(platform.policy_password),
    }
    assert known["themes"] == ["Pasient og behandler"]

    again = connect("Passord-2")
    assert again == known
    assert str(VideoPlatform.objects.usual().management_password) == "Passord-2"
    assert seed_small(password="demo-password-of-the-tests") == 0


def test_meetings_go_on_in_open_rooms_of_the_demo(db: None) -> None:
    seed_small(password="demo-password-of-the-tests")
    groups = connect()["meetings"]
    assert isinstance(groups, list)
    found = []
    for numbers in groups:
        rooms = Room.objects.unscoped(reason=WHY).filter(number__in=numbers, closed_at=None)
        assert len(rooms) == len(numbers) == 8
        assert {room.provisioning for room in rooms} == {"ready"}
        found.append({room.organisation.slug for room in rooms})
    assert found[0] == {"solvfjord"}
    assert found[1] <= {"storelv", "bjorkelia"}
    assert len(ROOMS) > 16


def test_a_real_platform_is_left_alone(db: None) -> None:
    seed_small(password="demo-password-of-the-tests")
    VideoPlatform.objects.update(kind="pexip", management_url="https://manager.example.no")
    assert connect() == {}
    platform = VideoPlatform.objects.usual()
    assert (platform.management_url, platform.management_user) == (
        "https://manager.example.no", "",
    )  # fmt: skip


@pytest.mark.django_db
def test_the_preparing_step_completes_the_file_that_the_launcher_wrote(tmp_path: Path) -> None:
    seed_small(password="demo-password-of-the-tests")
    file = tmp_path / "simulator.json"
    named = {"port": 28000, "user": "portal", "password": "x", "portal": PORTAL}
    file.write_text(json.dumps(named))
    prepare.connect_simulator(file)
    written = json.loads(file.read_text())
    assert written.keys() == {
        "port", "user", "password", "policy", "sink", "lookups", "themes", "meetings",
    }  # fmt: skip
    assert VideoPlatform.objects.usual().management_url == URL
