"""Calls of the demo data: lifelike, and the same every time."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from rooms.demo import large
from rooms.demo.calls import OSLO, CalledRoom, busyness, legs, meetings
from rooms.demo.small import seed_small
from rooms.demo.small.calls import DAYS, load_calls
from rooms.models import Room
from rooms.platforms.models import CallLeg
from tenants.models import Organisation

TODAY = date(2026, 11, 25)
WHY = "the test looks at every tenant's legs"
PASSWORD = "demo-password-of-the-tests"


def rooms(count: int = 40, **more: Any) -> list[CalledRoom]:
    plain: dict[str, Any] = {
        "organisation_pk": 7, "public_id": uuid.UUID(int=1), "name": "Rom", "capacity": 5,
        "is_lecture": False, "since": date(2020, 1, 1), "until": None,
    }  # fmt: skip
    return [CalledRoom(pk=pk, number=f"{pk:06}", **(plain | more)) for pk in range(count)]


def year(**more: Any) -> list[tuple[CalledRoom, datetime]]:
    return list(meetings(Random(3), rooms(**more), today=TODAY, days=365, count=6000))


def test_people_meet_in_working_hours_on_working_days() -> None:
    found = year()
    assert len(found) > 5500
    days = Counter(at.date().weekday() for _room, at in found)
    assert sum(days[day] for day in (5, 6)) < 0.03 * len(found)
    assert days[4] < days[1]
    hours = Counter(at.astimezone(OSLO).hour for _room, at in found)
    assert hours[9] > hours[11] > hours[16] > hours[20] > 0
    assert min(hours) >= 6
    months = Counter((at.year, at.month) for _room, at in found)
    assert months[2026, 7] < 0.6 * months[2026, 6]
    assert min(at.date() for _room, at in found) >= TODAY - timedelta(days=366)
    assert max(at.date() for _room, at in found) < TODAY


def test_the_clock_is_oslos_in_summer_and_winter() -> None:
    assert {at.utcoffset() for _room, at in year()} == {timedelta(hours=1), timedelta(hours=2)}
    assert busyness(date(2026, 5, 17)) == busyness(date(2025, 12, 24)) == 0.05
    assert busyness(date(2026, 11, 24)) > 1


def test_some_rooms_are_used_much_and_some_never() -> None:
    used = Counter(room.pk for room, _at in year())
    assert 0 < 40 - len(used) < 15
    assert used.most_common(1)[0][1] > 5 * (sum(used.values()) / 40)


def test_nobody_calls_a_room_that_is_not_open() -> None:
    opened, closed = date(2026, 3, 1), date(2026, 9, 1)
    days = {at.date() for _room, at in year(since=opened, until=closed)}
    assert opened < min(days)
    assert max(days) < closed


def test_a_meeting_has_a_host_and_fits_the_room() -> None:
    random = Random(1)
    (room,) = rooms(1, capacity=4)
    begins = datetime(2026, 11, 24, 9, tzinfo=OSLO)
    sizes = Counter()  # type: Counter[int]
    for _ in range(500):
        found = list(legs(random, room, begins, with_shadows=False))
        sizes[len(found)] += 1
        assert [leg["role"] for leg in found] == ["chair"] + ["guest"] * (len(found) - 1)
        assert all(
            leg["ended_at"] - leg["connected_at"] == timedelta(seconds=leg["seconds"])
            for leg in found
        )
        assert len({leg["uuid"] for leg in found}) == len(found)
    assert set(sizes) == {1, 2, 3, 4}
    assert 0.02 * 500 < sizes[1] < 0.12 * 500
    assert found[0]["conference"] == "Rom (000000)"
    assert found[0]["tag"] == f"7:{uuid.UUID(int=1)}"


def test_a_browser_has_a_shadow_that_counts_for_nobody() -> None:
    (room,) = rooms(1)
    begins = datetime(2026, 11, 24, 9, tzinfo=OSLO)
    found = [leg for _ in range(50) for leg in legs(Random(_), room, begins, with_shadows=True)]
    shadows = {leg["uuid"]: leg for leg in found if leg["protocol"] == "API"}
    browsers = [leg for leg in found if leg["protocol"] == "WebRTC"]
    assert len(shadows) == len(browsers) > 30
    for leg in browsers:
        (shadow,) = leg["related"]
        assert shadows[shadow]["conversation"] == leg["conversation"]
        assert shadows[shadow]["has_media"] is False


def test_the_small_set_has_weeks_of_calls_and_gets_them_once(db: None) -> None:
    seed_small(password=PASSWORD)
    found = CallLeg.objects.unscoped(reason=WHY)
    people = found.people().count()
    assert 2000 < people < 6000
    assert found.ongoing().count() == 0
    earliest = timezone.now() - timedelta(days=DAYS + 2)
    assert not found.filter(connected_at__lt=earliest).exists()
    for leg in found.select_related("room")[:200]:
        assert leg.room is not None
        assert leg.organisation_id == leg.room.organisation_id
    before = found.count()
    seed_small(password=PASSWORD)
    assert load_calls(Organisation.objects.unscoped(reason=WHY)) == 0
    assert found.count() == before


def test_the_large_set_has_a_year_of_calls(as_tables_owner: None, db: None) -> None:
    seed_small(password=PASSWORD)
    lines: list[str] = []
    large.seed_large(password=PASSWORD, scale=0.01, say=lines.append)
    (line,) = [line for line in lines if line.startswith("rooms_callleg")]
    count = int(line.split()[1])
    # So few a day that they are rounded.
    assert 3_500 < count < 6_500
    big = Room.objects.unscoped(reason=WHY).filter(organisation__slug=large.BIG_ORGANISATION)
    legs_there = CallLeg.objects.unscoped(reason=WHY).filter(room__in=big)
    assert legs_there.exists()
    assert not legs_there.exclude(organisation__slug=large.BIG_ORGANISATION).exists()
    whole = CallLeg.objects.unscoped(reason=WHY).order_by("connected_at")
    span = whole.last().connected_at - whole.first().connected_at  # type: ignore[union-attr]
    assert span > timedelta(days=355)
