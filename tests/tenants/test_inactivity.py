"""The time-line of an account that nobody uses, day by day, and back again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tenants import actions, tasks
from tenants.access import Forbidden
from tenants.models import User
from tenants.roles import Role
from tests import factories
from tests.cast import Cast, make_cast
from tests.pages import text_of

type SignIn = Callable[[User], Client]
type Capture = DjangoCaptureOnCommitCallbacks

# In summer time, so that the night in October when clocks go back lies on the way.
START = datetime(2026, 8, 16, 6, 10, tzinfo=UTC)


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    """The cast, all of whom signed in on the first day."""
    with time_machine.travel(START, tick=False):
        cast = make_cast()
        User.objects.update(date_joined=START, last_login=START)
        yield cast


@pytest.fixture
def run(at_once: None, django_capture_on_commit_callbacks: Capture) -> Callable[[], Any]:
    """Return the daily task, which runs with its mail."""

    def daily() -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return tasks.follow_unused_accounts()

    return daily


def all_but(cast: Cast, *kept: User) -> None:
    """Let everybody else sign in far in the future, so that only these are unused."""
    User.objects.exclude(pk__in=[user.pk for user in kept]).update(
        last_login=START + timedelta(days=1000)
    )


def day(number: int) -> time_machine.travel:
    return time_machine.travel(START + timedelta(days=number), tick=False)


def subjects() -> list[str]:
    found = [f"{letter.to[0].partition('@')[0]}: {letter.subject}" for letter in mail.outbox]
    mail.outbox.clear()
    return found


def test_whole_time_line_day_by_day(cast: Cast, run: Callable[[], Any]) -> None:
    all_but(cast, cast.user)
    happened = {}
    for number in range(140):
        with day(number):
            first = run()
            # A second run of the same morning finds nothing to do.
            assert run() == {}
            if first or mail.outbox:
                happened[number] = (first, subjects())
    # 16 August and three months is 16 November: day 92; the day after it is past.
    assert happened == {
        93: ({"warned": 1}, ["ola.bruker: Kontoen din i Videoportal stenges 15. desember 2026"]),
        107: ({"reminded": 1}, ["ola.bruker: Kontoen din i Videoportal stenges 15. desember 2026"]),
        120: ({"reminded": 1}, ["ola.bruker: Kontoen din i Videoportal stenges 15. desember 2026"]),
        121: ({"closed": 1}, ["ola.bruker: Kontoen din i Videoportal er stengt"]),
    }
    log = [entry.action for entry in cast.organisation.audit_entries.about(cast.user)]
    assert log[:4] == ["tenants.account.closed", *["tenants.account.warned"] * 3]


def test_outage_of_the_schedule_lengthens_the_notice(cast: Cast, run: Callable[[], Any]) -> None:
    all_but(cast, cast.user)
    steps = {}
    for number in (93, 160, 161, 172, 173, 174):
        with day(number):
            steps[number] = run()
    assert steps == {
        93: {"warned": 1},
        160: {"reminded": 1},
        161: {},
        172: {},
        173: {"reminded": 1},
        174: {"closed": 1},
    }


def test_signing_in_starts_anew(cast: Cast, run: Callable[[], Any]) -> None:
    all_but(cast, cast.user)
    with day(93):
        run()
    with day(110):
        Client().post(
            reverse("account_login"), {"login": cast.user.email, "password": factories.PASSWORD}
        )
        assert run() == {}
    with day(125):
        assert run() == {}
    mail.outbox.clear()
    with day(110 + 93):
        assert run() == {"warned": 1}
        assert "stenges" in subjects()[0]


def close(cast: Cast, user: User, run: Callable[[], Any]) -> None:
    all_but(cast, user)
    for number in (93, 107, 120, 121):
        with day(number):
            run()
    assert not User.objects.get(pk=user.pk).is_active
    mail.outbox.clear()


def test_closed_account_loses_its_open_session_and_is_told_after_the_right_password(
    cast: Cast, run: Callable[[], Any], signed_in: SignIn
) -> None:
    theirs = signed_in(cast.owner)
    rooms = reverse("rooms:own_list")
    assert "Evas rom" in text_of(theirs.get(rooms))
    close(cast, cast.owner, run)
    assert reverse("account_login") in theirs.get(rooms)["Location"]
    wrong = Client().post(
        reverse("account_login"), {"login": cast.owner.email, "password": "not the password"}
    )
    unknown = Client().post(
        reverse("account_login"), {"login": "ingen@example.no", "password": "not the password"}
    )
    told = text_of(wrong, "//ds-error-summary")
    assert told == text_of(unknown, "//ds-error-summary")
    assert "stengt" not in told
    right = Client().post(
        reverse("account_login"),
        {"login": cast.owner.email, "password": factories.PASSWORD},
        follow=True,
    )
    assert "stengt" in text_of(right)
    assert "kundeadministrator" in text_of(right)


def test_administrator_opens_the_account_again_with_rooms_and_level_as_before(
    cast: Cast, run: Callable[[], Any], signed_in: SignIn
) -> None:
    close(cast, cast.owner, run)
    with day(130):
        # A room that changes hands meanwhile is the person's too when they come back.
        factories.make_room(
            cast.organisation, by=cast.admin, name="Nytt rom", owner_email=cast.owner.email
        )
        url = reverse("tenants:member_reopen", args=[cast.organisation.slug, cast.owner.public_id])
        assert signed_in(cast.other_admin).post(url).status_code == 404
        assert signed_in(cast.user).post(url).status_code == 403
        signed_in(cast.admin).post(url)
        theirs = signed_in(User.objects.get(pk=cast.owner.pk))
        page = text_of(theirs.get(reverse("rooms:own_list")))
        assert "Evas rom" in page
        assert "Nytt rom" in page
        assert run() == {}
    with day(131):
        assert run() == {}


def test_administrator_of_another_organisation_of_the_person_may_not_reach_above(
    cast: Cast,
) -> None:
    User.objects.filter(pk=cast.reseller.pk).update(is_active=False)
    actions.grant_role(cast.reseller, Role.USER, cast.foreign, by=None)
    # Whoever is a member of theirs they may open, for all: disuse is no sanction.
    actions.reopen_account(cast.reseller, cast.foreign, by=cast.other_admin)
    assert User.objects.get(pk=cast.reseller.pk).is_active
    User.objects.filter(pk=cast.reseller.pk).update(is_active=False)
    with pytest.raises(Forbidden):
        actions.reopen_account(cast.reseller, cast.organisation, by=cast.admin)


def test_last_administrator_is_not_closed_but_told_of(cast: Cast, run: Callable[[], Any]) -> None:
    all_but(cast, cast.admin)
    for number in (93, 107, 120):
        with day(number):
            run()
    mail.outbox.clear()
    with day(121):
        assert run() == {"kept": 1}
        assert run() == {}
        told = subjects()
    assert sorted(line.partition(":")[0] for line in told) == ["drift", "kari.admin"]
    assert User.objects.get(pk=cast.admin.pk).is_active
    with day(148):
        assert run() == {}
    with day(149):
        assert run() == {"kept": 1}
    # With somebody else in place the person is warned anew, and then closed as others are.
    second = factories.make_administrator(cast.organisation)
    User.objects.filter(pk=second.pk).update(last_login=START + timedelta(days=1000))
    steps = []
    for number in (177, 191, 204, 205):
        with day(number):
            steps.append(run())
    assert steps == [{"warned": 1}, {"reminded": 1}, {"reminded": 1}, {"closed": 1}]


def test_two_last_administrators_who_are_both_away_leave_one(
    cast: Cast, run: Callable[[], Any]
) -> None:
    second = factories.make_administrator(cast.organisation)
    User.objects.filter(pk=second.pk).update(date_joined=START, last_login=START)
    all_but(cast, cast.admin, second)
    for number in (93, 107, 120):
        with day(number):
            run()
    with day(121):
        assert run() == {"closed": 1, "kept": 1}
    assert User.objects.administrators_of(cast.organisation).count() == 1


def test_settings_move_the_time_line(
    cast: Cast, run: Callable[[], Any], settings: Settings
) -> None:
    settings.INACTIVE_MONTHS = 1
    settings.INACTIVE_STEPS = [2, 2, 2]
    all_but(cast, cast.user)
    steps = {}
    for number in range(30, 42):
        with day(number):
            if step := run():
                steps[number] = step
    assert steps == {
        32: {"warned": 1},
        34: {"reminded": 1},
        36: {"reminded": 1},
        38: {"closed": 1},
    }
    assert timezone.now() < START + timedelta(days=1)
