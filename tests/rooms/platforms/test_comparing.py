"""A whole platform held against the portal, and the repair that somebody asked for."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from rooms import actions, tasks
from rooms.models import OutboxEntry, PlatformComparison, PlatformDifference, Room
from rooms.platforms.comparing import finding
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import sending
from rooms.platforms.pexip import client as module
from tenants.access import Forbidden
from tenants.models import AuditEntry
from tests import factories
from tests.cast import Cast
from tests.pexip import Pexip
from tests.rooms.platforms.test_outbox_to_pexip import connect, order, tag_of

REASON = "the test looks at every tenant"


@pytest.fixture
def platform(cast: Cast, pexip: Pexip) -> VideoPlatform:
    Room.objects.unscoped(reason=REASON).update(
        closed_at=timezone.now()
    )  # the cast's own, out of the way
    return connect(pexip)


def compare(platform: VideoPlatform) -> PlatformComparison:
    return actions.compare_now(platform)


def found(comparison: PlatformComparison) -> list[tuple[str, str]]:
    differences = PlatformDifference.objects.unscoped(reason=REASON).of(comparison)
    return [(one.kind, one.name) for one in differences]


def change(pexip: Pexip, room: Room, **values: Any) -> None:
    made = pexip.objects("conference", tag=tag_of(room))[0]
    assert pexip.ask("PATCH", made["resource_uri"], values).status == 202


def remove(pexip: Pexip, room: Room) -> None:
    made = pexip.objects("conference", tag=tag_of(room))[0]
    assert pexip.ask("DELETE", made["resource_uri"]).status == 204


@pytest.fixture
def spoilt(cast: Cast, platform: VideoPlatform, pexip: Pexip) -> dict[str, Room]:
    """Rooms of two organisations, and a platform on which somebody has been at work."""
    rooms = {name: order(cast, name=name) for name in ("Lik", "Endret", "Borte", "Stengt")}
    theirs = cast.foreign
    rooms["Endret hos andre"] = actions.order_room(
        theirs,
        factories.product(),
        by=factories.make_administrator(theirs),
        name="Endret",
    )
    assert sending.drain(platform).sent == 5
    change(pexip, rooms["Endret"], pin="90210", description="Tull", aliases=[{"alias": "tull"}])
    change(pexip, rooms["Endret hos andre"], guests_can_present=False)
    remove(pexip, rooms["Borte"])
    closed = Room.objects.in_organisation(cast.organisation).filter(pk=rooms["Stengt"].pk)
    closed.update(closed_at=timezone.now())
    pexip.control("POST", "load", {"conference": [{"name": "Fremmed", "tag": "org-8841"}]})
    double = {"name": "Dobbel", "tag": tag_of(rooms["Lik"])}
    pexip.control("POST", "load", {"conference": [double]})
    for room in rooms.values():
        room.refresh_from_db()
    return rooms


def label(room: Room) -> str:
    return f"{room.name} ({room.number})"


def test_comparison_finds_each_difference_and_touches_nothing(
    platform: VideoPlatform, pexip: Pexip, spoilt: dict[str, Room]
) -> None:
    pexip.control("DELETE", "requests")
    comparison = compare(platform)
    assert found(comparison) == [
        *sorted(("changed", label(spoilt[name])) for name in ("Endret", "Endret hos andre")),
        ("double", "Dobbel"),
        ("foreign", "Fremmed"),
        ("leftover", label(spoilt["Stengt"])),
        ("missing", label(spoilt["Borte"])),
    ]
    assert (comparison.conferences, comparison.failure) == (6, "")
    assert {one["method"] for one in pexip.requests()} == {"GET"}
    assert OutboxEntry.objects.unscoped(reason=REASON).count() == 0
    differences = PlatformDifference.objects.unscoped(reason=REASON)
    one = differences.get(kind="changed", room=spoilt["Endret"])
    assert one.fields == {"pin": ["", ""], "description": ["", "Tull"]}
    assert sorted(one.missing_aliases) == sorted(platform.addresses_of(spoilt["Endret"].number))
    assert one.foreign_aliases == ["tull"]


def test_long_list_is_read_in_few_queries(
    platform: VideoPlatform,
    pexip: Pexip,
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Any,
) -> None:
    for _room in range(6):
        order(cast)
    sending.drain(platform)
    monkeypatch.setattr(module, "PAGE", 2)
    monkeypatch.setattr(finding, "PAGE", 2)
    # Three pages of three queries, and the open rooms at the end.
    with django_assert_num_queries(3 * 3 + 1):
        assert list(finding.Finder(platform, tell=lambda _read: None)) == []


def test_what_is_on_its_way_is_no_difference(
    platform: VideoPlatform, pexip: Pexip, cast: Cast
) -> None:
    room = order(cast)
    assert found(compare(platform)) == []
    sending.drain(platform)
    actions.change_room(room, by=cast.admin, name="Nytt")
    assert found(compare(platform)) == []


def test_refused_room_is_missing_and_says_so(
    platform: VideoPlatform, pexip: Pexip, cast: Cast
) -> None:
    room = order(cast)
    pexip.fault("answer", status=400, method="POST", times=1)
    assert sending.drain(platform).refused == 1
    assert found(compare(platform)) == [("missing", label(room))]


def test_repair_mends_what_is_ours_alone_and_is_logged(
    cast: Cast, platform: VideoPlatform, pexip: Pexip, spoilt: dict[str, Room]
) -> None:
    comparison = compare(platform)
    with pytest.raises(Forbidden):
        actions.repair_differences(comparison, by=cast.admin)
    assert OutboxEntry.objects.unscoped(reason=REASON).count() == 0

    assert actions.repair_differences(comparison, by=cast.operator) == 4
    spoilt["Borte"].refresh_from_db()
    assert spoilt["Borte"].provisioning == "pending"
    # Twice pressed is once done.
    assert actions.repair_differences(comparison, by=cast.operator) == 0
    sending.drain(platform)
    assert {kind for kind, _name in found(compare(platform))} == {"foreign", "double"}
    assert len(pexip.objects("conference", tag="org-8841")) == 1
    assert pexip.list_deletes() == []
    entries = AuditEntry.objects.in_organisation(cast.foreign).filter(
        action="rooms.platform.repaired"
    )
    assert [(one.actor_label, one.after) for one in entries] == [
        (str(cast.operator), {"difference": "changed", "on_platform": ["guests_can_present"]})
    ]


def test_chosen_differences_alone_are_repaired(
    cast: Cast, platform: VideoPlatform, spoilt: dict[str, Room]
) -> None:
    comparison = compare(platform)
    differences = PlatformDifference.objects.unscoped(reason=REASON).of(comparison)
    foreign = differences.get(kind="foreign")
    missing = differences.get(kind="missing")
    assert actions.repair_differences(comparison, [foreign.pk], by=cast.operator) == 0
    assert actions.repair_differences(comparison, [missing.pk], by=cast.operator) == 1
    keys = OutboxEntry.objects.unscoped(reason=REASON).values_list("key", flat=True)
    assert list(keys) == [spoilt["Borte"].public_id]


def test_leftover_of_a_room_that_nobody_knows_is_taken_away(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    key = "6b3c2f5e-0000-4000-8000-00000000000a"
    known, unknown = cast.organisation.pk, 999_999_999
    rows = [
        {"name": "Rest", "tag": f"{known}:{key}"},
        {"name": "Rest av ingen", "tag": f"{unknown}:{key[:-1]}b"},
    ]
    pexip.control("POST", "load", {"conference": rows})
    comparison = compare(platform)
    assert found(comparison) == [("leftover", "Rest"), ("leftover", "Rest av ingen")]
    assert actions.repair_differences(comparison, by=cast.operator) == 1
    assert sending.drain(platform).sent == 1
    assert [one["name"] for one in pexip.objects("conference")] == ["Rest av ingen"]


def test_copy_of_another_platform_takes_nothing_from_its_rooms(
    cast: Cast, platform: VideoPlatform, pexip: Pexip
) -> None:
    """A platform restored from the backup of another holds the other's rooms, tags and all."""
    elsewhere = VideoPlatform.objects.get(pk=platform.pk)
    elsewhere.pk, elsewhere.slug, elsewhere.is_default = None, "elsewhere", False
    elsewhere.save()
    moved, forged = order(cast, name="Annet sted"), order(cast, name="Her")
    sending.drain(platform)
    rooms = Room.objects.in_organisation(cast.organisation)
    rooms.filter(pk=moved.pk).update(platform=elsewhere)
    false = {"name": "Falsk", "tag": f"{cast.foreign.pk}:{forged.public_id}"}
    pexip.control("POST", "load", {"conference": [false]})
    there = rooms.get(pk=moved.pk)
    actions.change_room(there, by=cast.admin, chat=not there.chat)
    OutboxEntry.objects.unscoped(reason=REASON).update(parked_at=timezone.now())

    comparison = compare(platform)
    differences = PlatformDifference.objects.unscoped(reason=REASON).of(comparison)
    assert {(one.kind, one.organisation_id) for one in differences} == {("leftover", None)}
    assert differences.count() == 2
    assert actions.repair_differences(comparison, by=cast.operator) == 0
    (entry,) = OutboxEntry.objects.unscoped(reason=REASON).all()
    assert (entry.platform, entry.organisation) == (elsewhere, cast.organisation)


def test_platform_that_falls_silent_ends_the_comparison_with_its_reason(
    platform: VideoPlatform, pexip: Pexip, monkeypatch: pytest.MonkeyPatch
) -> None:
    pexip.fault("answer", status=503, body={"error": "Upgrading."}, path="/conference/")
    comparison = compare(platform)
    assert (comparison.failure, found(comparison)) == ("503: Upgrading.", [])
    assert comparison.finished_at is not None


ROOM_KEY = "6f1c9a52-0b0e-4c7d-9a51-4f5f0d9c3e11"


@pytest.mark.parametrize(
    "body",
    [
        {"objects": [{}]},
        {"objects": [{"resource_uri": "/x/", "name": "A", "aliases": None}]},
        {"objects": [{"resource_uri": "/x/", "name": "A", "aliases": 7}]},
        {"objects": [{"tag": ["a"], "name": {"b": 1}, "aliases": [["a"]]}]},
        {"objects": [{"tag": "9" * 30 + ":" + "0" * 36, "name": "A", "aliases": []}]},
        {"objects": [{"tag": "99999999999999999999:" + ROOM_KEY, "name": "A"}]},
        {"objects": [{"tag": "²:" + ROOM_KEY, "name": "A"}]},
        {"objects": None},
        [],
    ],
)
def test_list_that_makes_no_sense_ends_the_comparison_and_the_next_one_may_begin(
    platform: VideoPlatform, pexip: Pexip, body: Any
) -> None:
    pexip.fault("answer", status=200, body=body)
    comparison = compare(platform)
    assert comparison.finished_at is not None
    pexip.control("DELETE", "faults")
    assert compare(platform).failure == ""


def test_operator_starts_one_comparison_at_a_time_and_the_last_one_stays(
    cast: Cast, platform: VideoPlatform, pexip: Pexip, spoilt: dict[str, Room]
) -> None:
    with pytest.raises(Forbidden):
        actions.start_comparison(platform, by=cast.admin)
    first = actions.start_comparison(platform, by=cast.operator)
    assert actions.start_comparison(platform, by=cast.operator) == first
    with pytest.raises(actions.NotPossible):
        compare(platform)
    for _turn in range(2):
        assert tasks.compare_platform(comparison_id=first.pk) == 6
    assert tasks.compare_platforms() == 1
    second = PlatformComparison.objects.latest_of(platform)
    assert second is not None
    assert second != first
    tasks.compare_platform(comparison_id=second.pk)
    assert list(PlatformComparison.objects.all()) == [second]


def test_platform_that_is_not_written_to_has_nothing_to_compare(
    cast: Cast, platform: VideoPlatform
) -> None:
    VideoPlatform.objects.update(writes_rooms=False)
    with pytest.raises(actions.NotPossible):
        actions.start_comparison(VideoPlatform.objects.get(), by=cast.operator)
    assert tasks.compare_platforms() == 0


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("reconcile_platform", *arguments, stdout=out)
    return out.getvalue()


def test_name_that_would_steer_a_terminal_is_told_without_its_signs(
    platform: VideoPlatform, pexip: Pexip
) -> None:
    pexip.control("POST", "load", {"conference": [{"name": "Rom\x1b[2J\r\nx", "tag": ""}]})
    assert "foreign   Rom?[2J??x\n" in run(platform.slug)


def test_command_shows_then_repairs(
    platform: VideoPlatform, pexip: Pexip, spoilt: dict[str, Room]
) -> None:
    said = run(platform.slug)
    assert f"missing   {label(spoilt['Borte'])}\n" in said
    assert "pin differs; description: 'Tull' instead of ''" in said or (
        "description: 'Tull' instead of ''; pin differs" in said
    )
    assert "90210" not in said
    assert "6 conferences and 0 devices read: 1 missing" in said
    *lines, total, repaired = map(json.loads, run(platform.slug, "--json", "--repair").splitlines())
    assert {line["kind"] for line in lines} >= {"missing", "changed", "leftover", "foreign"}
    assert total["foreign"] == 1
    assert repaired == {"queued": 4, "sent": 4, "refused": 0, "silent": 0}
    assert "0 missing, 0 changed, 0 leftover" in run(platform.slug)


def test_command_says_what_it_cannot_do(platform: VideoPlatform, pexip: Pexip) -> None:
    with pytest.raises(CommandError, match="There is no platform 'nowhere'"):
        run("nowhere")
    pexip.fault("answer", status=401)
    with pytest.raises(CommandError, match="not read to its end: 401"):
        run(platform.slug)
