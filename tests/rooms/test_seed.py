"""Demo data: what it must hold, that it is true to the rules, and that loading twice is safe."""

from __future__ import annotations

import io
import itertools
import json
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from stdnum.no import orgnr

from rooms import actions, terms
from rooms.choices import Provisioning
from rooms.demo import large
from rooms.demo.people import MYRVANG, NORDLYS, ORGANISATIONS, PEOPLE, SOLVFJORD
from rooms.demo.rooms import ROOMS
from rooms.demo.small import seed_small
from rooms.models import NumberAllocation, Room, RoomSubscription, RoomUserGrant
from rooms.platforms.simulator import SimulatedPlatform
from tenants.demo import DEMO_ACCOUNTS, shown_accounts
from tenants.models import AuditEntry, Organisation, User
from tenants.roles import Role
from tests import factories

WHY = "the test looks at all demo rooms"
PASSWORD = "demo-password-of-the-tests"


@pytest.fixture
def seeded(db: None) -> None:
    seed_small(password=PASSWORD)


def all_rooms() -> list[Room]:
    return list(
        Room.objects.unscoped(reason=WHY)
        .select_related("product__room_type", "organisation")
        .order_by("pk")
    )


def test_seed_makes_the_cast_of_a_demonstration(seeded: None) -> None:
    kinds = (
        Organisation.objects.unscoped(reason=WHY).order_by("kind").values_list("kind", flat=True)
    )
    assert list(kinds) == ["customer"] * 4 + ["provider", "reseller"]
    assert len(all_rooms()) == len(ROOMS) == 150
    reseller = User.objects.get(email=DEMO_ACCOUNTS[3].email)
    assert len(reseller.access.client_ids) == 3
    myrvang = Organisation.objects.unscoped(reason=WHY).get(organisation_number=MYRVANG)
    assert not reseller.access.can("view_rooms", myrvang)
    roles = [account.role for account in DEMO_ACCOUNTS]
    assert sorted(set(roles)) == sorted(Role.values)
    for account in DEMO_ACCOUNTS:
        user = User.objects.get(email=account.email)
        assert user.name == account.name
        assert user.check_password(PASSWORD)
        assert EmailAddress.objects.get(user=user).verified
    owner = User.objects.get(email=DEMO_ACCOUNTS[0].email)
    own = Room.objects.own_of(owner).order_by("name").values_list("name", "number")
    assert list(own) == [
        ("Barnepoliklinikken, samtale 1", "347751"),
        ("Barnepoliklinikken, samtale 2", "560238"),
    ]


def test_every_demo_account_is_one_of_the_people() -> None:
    people = {(p.name, p.email, p.role, p.organisation) for p in PEOPLE}
    numbers = {o.name: o.number for o in ORGANISATIONS}
    for account in DEMO_ACCOUNTS:
        assert (
            account.name,
            account.email,
            account.role,
            numbers[account.organisation],
        ) in people


def test_seed_rooms_follow_the_rules_of_the_portal(seeded: None) -> None:
    today = timezone.localdate()
    taken = set(NumberAllocation.objects.values_list("number", flat=True))
    stories = {"closed": 0, "ending": 0, "failed": 0, "pending": 0, "ready": 0}
    for room in all_rooms():
        actions.check_settings(room)
        room.full_clean(exclude=["number"])
        assert room.number in taken
        assert room.bound_until == terms.bound_until(room.ordered_on)
        assert room.ordered_on <= today
        if room.next_product_from is not None:
            assert room.next_product_from > today
        if room.closed_at is None and room.closes_on is not None:
            assert room.closes_on > today
        subscriptions = list(room.subscriptions.all())
        assert subscriptions[0].starts_on == room.ordered_on
        assert subscriptions[-1].ends_on == room.charged_until
        assert subscriptions[-1].product == room.product
        for before, after in itertools.pairwise(subscriptions):
            assert before.ends_on is not None
            assert after.starts_on == before.ends_on + timedelta(days=1)
        stories[room.status] += 1
    assert stories == {"closed": 5, "ending": 5, "failed": 2, "pending": 2, "ready": 136}
    assert Room.objects.unscoped(reason=WHY).filter(next_product__isnull=False).count() == 5
    bound = [room.bound_until >= today for room in all_rooms()]
    assert 40 < sum(bound) < 110
    for closed in Room.objects.unscoped(reason=WHY).filter(closed_at__isnull=False):
        assert NumberAllocation.objects.get(number=closed.number).quarantined_until is not None
        assert not RoomUserGrant.objects.filter(content_object=closed).exists()


def test_seed_history_is_told_in_order_and_names_the_reseller(seeded: None) -> None:
    entries = AuditEntry.objects.unscoped(reason=WHY).filter(target_type="rooms.room")
    times = list(entries.order_by("pk").values_list("at", flat=True))
    assert times == sorted(times)
    assert times[-1] <= timezone.now()
    ordered = entries.filter(action="rooms.room.ordered")
    assert {int(key) for key in ordered.values_list("target_key", flat=True)} == {
        room.pk for room in all_rooms()
    }
    behalf = entries.filter(on_behalf=True)
    assert set(behalf.values_list("reseller_label", flat=True)) == {"Nordlys Videopartner AS"}
    assert not behalf.filter(organisation__organisation_number=MYRVANG).exists()
    resellers = User.objects.filter(
        groups__role_group__organisation__organisation_number=NORDLYS
    ).values_list("pk", flat=True)
    assert set(behalf.values_list("actor_key", flat=True)) <= {str(pk) for pk in resellers}


def test_seed_fills_the_simulated_platform_with_ready_rooms(seeded: None) -> None:
    platform = SimulatedPlatform()
    for room in all_rooms():
        known = platform.room(room.number)
        if room.is_closed or room.provisioning != Provisioning.READY:
            assert known is None
        else:
            assert known is not None
            assert known["host_pin"] == str(room.host_pin)


def test_seed_twice_changes_nothing_and_keeps_edits(seeded: None) -> None:
    admin = User.objects.get(email="ingrid.solberg@solvfjord.example")
    room = Room.objects.in_organisation(
        Organisation.objects.unscoped(reason=WHY).get(organisation_number=SOLVFJORD)
    ).get(number="418207")
    actions.change_room(room, by=admin, name="Nytt navn", cost_centre="9999")
    closing = Room.objects.unscoped(reason=WHY).get(number="093472")
    actions.terminate_room(closing, by=admin, closes_on=timezone.localdate())
    admin.set_password("another password")
    admin.save()
    before = _everything()

    with CaptureQueriesContext(connection) as queries:
        assert seed_small(password="another one") == 0

    assert _everything() == before
    assert not [q for q in queries if q["sql"].startswith(("UPDATE", "DELETE"))]
    assert User.objects.get(pk=admin.pk).check_password("another password")


def _everything() -> list[object]:
    return [
        list(model.values_list().order_by("pk"))
        for model in (
            Room.objects.unscoped(reason=WHY).defer(None),
            RoomSubscription.objects.unscoped(reason=WHY),
            AuditEntry.objects.unscoped(reason=WHY),
            Organisation.objects.unscoped(reason=WHY),
            User.objects.all(),
            NumberAllocation.objects.all(),
            RoomUserGrant.objects.all(),
        )
    ]


def test_seed_content_is_the_same_in_every_database(db: None) -> None:
    def content() -> list[tuple[object, ...]]:
        seed_small(password=PASSWORD)
        found: list[tuple[object, ...]] = [
            (room.number, room.name, room.layout, str(room.host_pin), room.ordered_on, room.status)
            for room in all_rooms()
        ]
        # The audit log is append-only; its rows may stay.
        RoomSubscription.objects.unscoped(reason=WHY).delete()
        Room.objects.unscoped(reason=WHY).delete()
        NumberAllocation.objects.all().delete()
        return found

    assert content() == content()


def test_seed_command_needs_demo_and_a_password(db: None, settings: object) -> None:
    settings.DEMO = False  # type: ignore[attr-defined]  # pytest-django's fixture
    settings.DEMO_PASSWORD = PASSWORD  # type: ignore[attr-defined]  # as above
    with pytest.raises(CommandError, match="DEMO is on"):
        call_command("seed_demo")
    assert shown_accounts() == ()
    settings.DEMO = True  # type: ignore[attr-defined]  # as above
    settings.DEMO_PASSWORD = ""  # type: ignore[attr-defined]  # as above
    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        call_command("seed_demo")
    assert not User.objects.exists()


def test_accounts_are_printed_as_table_and_as_json(db: None) -> None:
    words = io.StringIO()
    call_command("seed_demo", accounts=True, stdout=words)
    lines = words.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["Maja", "Ingrid", "Karoline", "Tor-Åge", "Randi"]
    assert "Customer administrator" in lines[1]
    assert "customer_admin" not in words.getvalue()
    assert "\x1b" not in words.getvalue()
    words = io.StringIO()
    call_command("seed_demo", accounts=True, json=True, stdout=words)
    assert [row["email"] for row in json.loads(words.getvalue())] == [
        account.email for account in DEMO_ACCOUNTS
    ]
    assert not User.objects.exists()


def test_large_seed_is_true_to_the_actions_and_loads_once(
    as_tables_owner: None, seeded: None
) -> None:
    lines: list[str] = []
    rooms = large.seed_large(password=PASSWORD, scale=0.01, say=lines.append)

    assert rooms == 2000
    assert "rooms_room: 2000 rows" in lines
    big = Organisation.objects.unscoped(reason=WHY).get(slug=large.BIG_RESELLER)
    employee = User.objects.filter(groups__role_group__organisation=big)[0]
    assert len(employee.access.client_ids) == big.clients.count() == 5
    client = big.clients.all()[0]
    admin = User.objects.filter(
        groups__role_group__organisation=client, groups__role_group__role=Role.CUSTOMER_ADMIN
    )[0]
    assert admin.check_password(PASSWORD)
    # Exactly the grants of create_organisation: nothing is left to add or take away.
    made = factories.make_organisation("Made by the action")
    for left, right in ((client, made), (big, factories.make_organisation("R", kind="reseller"))):
        assert _grants(left) == _grants(right)
    # Exactly the holders that the actions would find.
    for owner in User.objects.filter(pk__in=RoomUserGrant.objects.values("user"))[:40]:
        held = owner.access.object_ids(RoomUserGrant)
        actions.sync_own_rooms(owner)
        assert owner.access.object_ids(RoomUserGrant) == held
    open_rooms = Room.objects.unscoped(reason=WHY).open()
    with_account = open_rooms.filter(owner_email__in=User.objects.values("email")).count()
    assert RoomUserGrant.objects.count() == with_account
    for room in open_rooms.select_related("product__room_type")[:300]:
        actions.check_settings(room)
    # The sequences follow: new rows do not collide.
    factories.make_room(client, by=admin)
    assert large.seed_large(password=PASSWORD, scale=0.01, say=lines.append) == 0


def _grants(organisation: Organisation) -> list[tuple[str, str]]:
    return sorted(
        organisation.role_groups.values_list(
            "role", "group__organisationgroupgrant__permission__codename"
        ),
        key=str,
    )


def test_large_seed_refuses_a_database_with_others_in_it(
    as_tables_owner: None, seeded: None
) -> None:
    factories.make_organisation("Real customer")

    with pytest.raises(large.NotOurDatabase, match="1 organisations"):
        large.seed_large(password=PASSWORD, scale=0.01)

    assert Room.objects.unscoped(reason=WHY).count() == 150
    lines: list[str] = []
    assert large.seed_large(password=PASSWORD, scale=0.01, database_is_mine=True, say=lines.append)


def test_large_organisation_numbers_pass_the_check() -> None:
    found = list(itertools.islice(large.organisation_numbers(), 2000))
    assert all(orgnr.is_valid(number) for number in found)
    assert len(set(found)) == 2000
