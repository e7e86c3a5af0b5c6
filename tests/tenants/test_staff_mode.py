"""Staff mode: for a reason, for a short time, one organisation at a time, all of it logged."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from rooms import actions as room_actions
from tenants import actions, tasks
from tenants.access import Forbidden
from tenants.audit_texts import describe
from tenants.models import AuditEntry, Organisation, StaffSession, User
from tenants.roles import CAPABILITIES, CUSTOMER_CAPABILITIES, Role
from tests import factories
from tests.cast import Cast
from tests.pages import document, text_of

type SignIn = Callable[[User], Client]

NOON = "2026-11-23T11:00:00Z"
REASON = "Feil på rom 418 207"


@pytest.fixture(autouse=True)
def english(cast: Cast) -> None:
    for person in (cast.admin, cast.operator):
        actions.change_profile(person, by=person, language="en")


def start(cast: Cast, minutes: int = 30, **values: str) -> StaffSession:
    return actions.start_staff_session(
        cast.organisation, by=cast.operator, minutes=minutes, **{"reason": REASON, **values}
    )


def held(person: User, organisation: Organisation) -> set[str]:
    access = User.objects.get(pk=person.pk).access
    return {capability for capability in CAPABILITIES if access.can(capability, organisation)}


def test_operator_holds_nothing_on_a_customer_before_and_its_capabilities_during(
    cast: Cast,
) -> None:
    assert held(cast.operator, cast.organisation) == set()
    start(cast)
    assert held(cast.operator, cast.organisation) == CUSTOMER_CAPABILITIES
    assert held(cast.operator, cast.foreign) == set()
    assert held(cast.operator, cast.second_client) == set()
    access = User.objects.get(pk=cast.operator.pk).access
    assert access.organisation_ids("view_rooms") == {cast.organisation.pk}
    assert access.all_organisation_ids() == {cast.organisation.pk, cast.provider.pk}
    actions.end_staff_session(by=cast.operator)
    assert held(cast.operator, cast.organisation) == set()


def test_it_ends_by_itself_at_the_very_request_after_its_time(
    cast: Cast, signed_in: SignIn
) -> None:
    rooms = reverse("rooms:list", args=[cast.organisation.slug])
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in(cast.operator)
        assert client.get(rooms).status_code == 404
        start(cast, minutes=15)
        assert cast.room.name in text_of(client.get(rooms))
        clock.shift(timedelta(minutes=14, seconds=59))
        page = client.get(rooms)
        strip = text_of(page, "//section[@class='behalf']")
        assert "You have support access to Solfjord kommune (1 minute left)" in strip
        clock.shift(timedelta(seconds=1))
        assert client.get(rooms).status_code == 404


def test_an_action_queued_in_staff_mode_is_refused_after_it(cast: Cast) -> None:
    start(cast)
    operator = User.objects.get(pk=cast.operator.pk)
    room_actions.reveal_pin(cast.room, "host_pin", by=operator)
    actions.end_staff_session(by=cast.operator)
    with pytest.raises(Forbidden):
        room_actions.reveal_pin(cast.room, "host_pin", by=User.objects.get(pk=operator.pk))


def test_only_operators_start_and_only_with_a_reason_and_an_offered_length(cast: Cast) -> None:
    for person in (cast.admin, cast.reseller, cast.user, cast.other_admin):
        with pytest.raises(Forbidden):
            actions.start_staff_session(cast.organisation, by=person, reason=REASON, minutes=15)
    for faulty in ({"minutes": 61}, {"minutes": 0}, {"reason": ""}):
        with pytest.raises(ValidationError):
            start(cast, **faulty)
    for closed in (cast.reseller_organisation, cast.provider):
        with pytest.raises(ValidationError):
            actions.start_staff_session(closed, by=cast.operator, reason=REASON, minutes=15)
    assert not StaffSession.objects.unscoped(reason="none anywhere, in a test").exists()


def test_never_two_at_once(cast: Cast) -> None:
    start(cast)
    with pytest.raises(ValidationError, match="Solfjord kommune"):
        actions.start_staff_session(cast.foreign, by=cast.operator, reason=REASON, minutes=15)
    assert held(cast.operator, cast.foreign) == set()


@pytest.mark.django_db(transaction=True)
def test_never_two_at_once_from_two_windows(cast: Cast) -> None:
    customers = [factories.make_organisation(name) for name in ("A", "B", "C", "D")]

    def enter(organisation: Organisation) -> bool:
        try:
            actions.start_staff_session(
                organisation,
                by=User.objects.get(pk=cast.operator.pk),
                reason=REASON,
                minutes=15,
            )
        except ValidationError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(enter, customers)) == [False, False, False, True]


def test_a_new_one_can_start_when_the_last_has_run_out(cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        first = start(cast, minutes=15)
        clock.shift(timedelta(minutes=20))
        actions.start_staff_session(cast.foreign, by=cast.operator, reason=REASON, minutes=15)
        first.refresh_from_db()
        assert first.ended_at == first.ends_at
        assert held(cast.operator, cast.organisation) == set()


def test_the_end_is_written_once_by_the_clock(cast: Cast) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        session = start(cast, minutes=15)
        assert tasks.end_staff_sessions() == 0
        clock.shift(timedelta(minutes=16))
        assert tasks.end_staff_sessions() == 1
        assert tasks.end_staff_sessions() == 0
    session.refresh_from_db()
    assert session.ended_at == session.ends_at
    entries = AuditEntry.objects.in_organisation(cast.organisation)
    assert entries.filter(action="tenants.staff.ended", actor_key="").count() == 1


def test_every_request_and_change_is_in_the_customers_log(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.operator)
    start(cast, reference="SAK-7")
    detail = reverse("rooms:detail", args=[cast.organisation.slug, cast.room.public_id])
    reveal = reverse(
        "rooms:pin_reveal", args=[cast.organisation.slug, cast.room.public_id, "host_pin"]
    )
    client.get(detail, {"q": "pasient"})
    client.post(reveal)
    client.get(reverse("rooms:list", args=[cast.foreign.slug]))
    entries = AuditEntry.objects.in_organisation(cast.organisation)
    assert [
        (entry.action, entry.after.get("address", ""), entry.staff_reason)
        for entry in reversed(entries.filter(actor_key=str(cast.operator.pk)).newest(4))
    ] == [
        ("tenants.staff.started", "", f"{REASON} (SAK-7)"),
        ("tenants.staff.opened", detail, f"{REASON} (SAK-7)"),
        ("tenants.staff.sent", reveal, f"{REASON} (SAK-7)"),
        ("rooms.host_pin.revealed", "", f"{REASON} (SAK-7)"),
    ]
    assert not AuditEntry.objects.in_organisation(cast.foreign).exclude(staff_reason="").exists()
    opened = entries.get(action="tenants.staff.opened")
    assert describe(opened, cast.admin) == (
        f"Drift Operatør (the provider, support access) opened the page {detail}"
    )


def test_a_part_that_refreshes_itself_is_logged_once_a_minute(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.operator)
    start(cast)
    rooms = reverse("rooms:list", args=[cast.organisation.slug])
    for _turn in range(3):
        client.get(rooms, headers={"HX-Request": "true"})
    opened = AuditEntry.objects.in_organisation(cast.organisation).filter(
        action="tenants.staff.opened"
    )
    assert opened.count() == 1
    for _turn in range(2):
        client.get(rooms)
    assert opened.count() == 3


def test_administrators_are_told_in_their_own_language(
    cast: Cast, at_once: None, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    actions.change_profile(cast.admin, by=cast.admin, language="nn")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]  # a context manager
        start(cast)
    assert [message.to for message in mail.outbox] == [[cast.admin.email]]
    assert "støttetilgang til Solfjord kommune" in mail.outbox[0].subject
    assert f"Grunngiving: {REASON}" in mail.outbox[0].body


def test_start_page_lets_in_and_the_strips_button_lets_out(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.operator)
    page = reverse("tenants:staff_start", args=[cast.organisation.slug])
    refused = client.post(page, {"reason": "", "minutes": "15", "reference": "SAK-7"})
    assert refused.status_code == 422
    assert document(refused).xpath("//input[@name='reference']/@value") == ["SAK-7"]
    answer = client.post(page, {"reason": REASON, "minutes": "15"})
    assert answer["Location"] == reverse("rooms:overview", args=[cast.organisation.slug])
    home = client.get(answer["Location"])
    assert home.status_code == 200
    (form,) = document(home).xpath("//section[@class='behalf']//form")
    assert form.get("action") == reverse("tenants:staff_end")
    again = client.post(reverse("tenants:staff_start", args=[cast.foreign.slug]), {
        "reason": REASON, "minutes": "15"
    })  # fmt: skip
    assert "You already have support access to Solfjord kommune" in text_of(again)
    ended = client.post(form.get("action"), follow=True)
    assert "Support access to Solfjord kommune has ended." in text_of(ended)
    assert client.get(answer["Location"]).status_code == 404


def test_operators_pay_one_query_for_staff_mode_and_others_none(cast: Cast) -> None:
    for person, queries in ((cast.admin, 1), (cast.operator, 2), (cast.reseller, 1)):
        access = User.objects.get(pk=person.pk).access
        with CaptureQueriesContext(connection) as counted:
            access.can("view_rooms", cast.foreign)
            access.all_organisation_ids()
            access.acts_as_staff(cast.organisation.pk)
        assert len(counted) == queries, person


def test_an_operator_who_leaves_loses_it_at_once(cast: Cast) -> None:
    other = factories.make_user("vikar@leverandor.example.no")
    actions.grant_role(other, Role.OPERATOR, cast.provider, by=None)
    start(cast)
    actions.revoke_role(cast.operator, Role.OPERATOR, cast.provider, by=None)
    assert held(cast.operator, cast.organisation) == set()


def test_a_superuser_holds_nothing(cast: Cast, signed_in: SignIn) -> None:
    super_user = factories.make_user("root@leverandor.example.no")
    User.objects.filter(pk=super_user.pk).update(is_superuser=True, is_staff=True)
    for organisation in (cast.organisation, cast.foreign, cast.provider):
        assert held(super_user, organisation) == set()
    assert not User.objects.get(pk=super_user.pk).has_perm("tenants.view_rooms", cast.organisation)
    assert not User.objects.get(pk=super_user.pk).has_perm("tenants.view_rooms")
    assert not User.objects.get(pk=super_user.pk).has_module_perms("tenants")
    client = signed_in(User.objects.get(pk=super_user.pk))
    assert client.get(reverse("rooms:list", args=[cast.organisation.slug])).status_code == 404
    assert client.get(reverse("rooms:operation")).status_code == 404


def test_minutes_left_counts_the_begun_minute(cast: Cast) -> None:
    session = start(cast, minutes=15)
    ends = session.ends_at
    assert session.minutes_left_at(ends - timedelta(minutes=15)) == 15
    assert session.minutes_left_at(ends - timedelta(seconds=1)) == 1
    assert session.minutes_left_at(ends) == 0
    session.ended_at = timezone.now()
    assert session.minutes_left == 0
