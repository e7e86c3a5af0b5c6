"""How long a session lasts, where one is signed in, and signing out from afar."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from tenants import actions
from tenants.access import Forbidden
from tenants.models import AuditEntry, User
from tenants.sessions import device_name
from tenants.tasks import delete_ended_sessions
from tests import factories, sessions
from tests.cast import Cast
from tests.pages import document, parse, squeezed, text_of

type SignIn = Callable[[User], Client]

LIST = "/profile/sessions/"
OTHERS = "/profile/sessions/end-others/"


def age(client: Client, *, started: float = 0, seen: float = 0) -> None:
    """Make the session so many minutes older than it is."""
    session = client.session
    session["started_at"] -= int(started * 60)
    session["seen_at"] -= int(seen * 60)
    session.save()


def newest(cast: Cast) -> tuple[str, str]:
    entry = AuditEntry.objects.in_organisation(cast.organisation).newest(1)[0]
    return entry.action, entry.target_label


def rows(client: Client) -> list[str]:
    items = document(client.get(LIST)).xpath("//ul[@class='tasks']/li")
    return [squeezed(item.text_content()) for item in items]


# Limits


@pytest.mark.parametrize(
    ("started", "seen", "lasts", "told"),
    [
        (59, 59, True, ""),
        (61, 61, False, "ikke var i bruk på en stund"),
        (479, 5, True, ""),
        (481, 0, False, "lenge siden du logget inn"),
    ],
)
def test_a_session_ends_without_use_and_in_any_case(
    cast: Cast, signed_in: SignIn, started: int, seen: int, lasts: bool, told: str
) -> None:
    client = signed_in(cast.admin)
    age(client, started=started, seen=seen)
    answer: Any = client.get("/jobs/")
    assert answer.status_code == (200 if lasts else 302)
    if not lasts:
        assert answer.url == "/accounts/login/?next=/jobs/"
        assert told in text_of(client.get(answer.url))
        assert newest(cast) == ("tenants.session.expired", "Kari Admin")
        assert client.get("/jobs/").status_code == 302


def test_using_the_portal_keeps_the_session_and_writes_once_a_minute(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.admin)
    row = UserSession.objects.get(user=cast.admin)
    client.get("/jobs/")
    row.refresh_from_db()
    unchanged = row.last_seen_at
    age(client, seen=50)
    client.get("/jobs/")
    row.refresh_from_db()
    assert row.last_seen_at > unchanged
    assert time.time() - client.session["seen_at"] < 60
    age(client, seen=50)
    assert client.get("/jobs/").status_code == 200


def test_what_a_form_held_outlives_the_session(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.user)
    url = reverse("tenants:profile")
    mark = parse(client.get(url).content).xpath("//input[@name='_owner']/@value")[0]
    age(client, seen=61)
    answer: Any = client.post(url, {"name": "Ola Endret", "_owner": mark})
    assert "tatt vare på til du har logget inn" in text_of(client.get(answer.url))
    page = client.post(
        answer.url, {"login": cast.user.email, "password": factories.PASSWORD}, follow=True
    )
    assert parse(page.content).xpath("//input[@name='name']/@value") == ["Ola Endret"]


def test_signing_in_again_starts_the_time_anew(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.user)
    age(client, started=481)
    client.get("/jobs/")
    client.post(
        reverse("account_login"), {"login": cast.user.email, "password": factories.PASSWORD}
    )
    assert client.get("/profile/").status_code == 200


# The list


def test_the_list_names_device_place_and_which_is_this(cast: Cast) -> None:
    client = Client(headers={"User-Agent": "Mozilla/5.0 (iPhone) AppleWebKit Safari/604"})
    client.post(
        reverse("account_login"),
        {"login": cast.user.email, "password": factories.PASSWORD},
        REMOTE_ADDR="192.0.2.7",
    )
    sessions.start(cast.user)
    sessions.start(cast.other_admin)
    this, other = rows(client)
    assert "Safari på iPhone" in this
    assert "Denne innloggingen" in this
    assert "192.0.2.7" in this
    assert "Avslutt" not in this
    assert "Chrome på Windows" in other
    assert "Avslutt" in other


def test_a_session_that_is_over_is_not_listed(cast: Cast, signed_in: SignIn) -> None:
    client, other = signed_in(cast.user), signed_in(cast.user)
    assert len(rows(client)) == 2
    UserSession.objects.filter(session_key=other.session.session_key).update(
        last_seen_at="2026-01-01T00:00Z"
    )
    assert len(rows(client)) == 1


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/131.0 Safari/537.36 Edg/131.0", "Edge på Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/132.0",
            "Firefox på Linux",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) Version/17 Safari/605", "Safari på Mac"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/131.0 Mobile Safari/537", "Chrome på Android"),
        ("curl/8.0", "Ukjent enhet"),
        ("", "Ukjent enhet"),
    ],
)
def test_devices_in_words(agent: str, name: str) -> None:
    assert device_name(agent) == name


# Ending


def test_ending_one_acts_on_its_very_next_request(cast: Cast, signed_in: SignIn) -> None:
    here, there, third = (signed_in(cast.admin) for _ in range(3))
    assert there.get("/jobs/").status_code == 200
    row = UserSession.objects.get(session_key=there.session.session_key)
    here.post(f"{LIST}{row.pk}/end/")
    assert there.get("/jobs/")["Location"].startswith("/accounts/login/")
    assert there.post("/language/", {"language": "en"}).status_code == 302
    cast.admin.refresh_from_db()
    assert cast.admin.language == ""
    assert here.get("/jobs/").status_code == third.get("/jobs/").status_code == 200
    assert newest(cast) == ("tenants.session.ended_remotely", "Kari Admin")


def test_ending_all_the_others_keeps_this_one(cast: Cast, signed_in: SignIn) -> None:
    here, *others = (signed_in(cast.admin) for _ in range(4))
    bystander = signed_in(cast.user)
    page = here.post(OTHERS, follow=True)
    assert "3 innlogginger er avsluttet." in text_of(page)
    assert [client.get("/jobs/").status_code for client in others] == [302] * 3
    assert here.get("/jobs/").status_code == bystander.get("/jobs/").status_code == 200
    assert newest(cast) == ("tenants.session.others_ended", "Kari Admin")


def test_somebody_elses_session_cannot_be_ended(cast: Cast, signed_in: SignIn) -> None:
    mine, theirs = signed_in(cast.admin), signed_in(cast.other_admin)
    row = UserSession.objects.get(user=cast.other_admin)
    assert mine.post(f"{LIST}{row.pk}/end/").status_code == 404
    with pytest.raises(Forbidden):
        actions.end_session(cast.other_admin, row.pk, by=cast.admin)
    assert theirs.get("/jobs/").status_code == 200


def test_a_new_password_ends_the_other_sessions(cast: Cast, signed_in: SignIn) -> None:
    here, there = signed_in(cast.admin), signed_in(cast.admin)
    new = "en helt ny og lang setning"
    here.post(
        reverse("account_change_password"),
        {"oldpassword": factories.PASSWORD, "password1": new, "password2": new},
    )
    assert there.get("/jobs/")["Location"].startswith("/accounts/login/")
    assert here.get("/jobs/").status_code == 200
    assert len(rows(here)) == 1


def test_what_is_left_of_ended_sessions_is_deleted_at_night(cast: Cast, signed_in: SignIn) -> None:
    living = signed_in(cast.user)
    signed_in(cast.user).logout()
    idle = signed_in(cast.user)
    UserSession.objects.filter(session_key=idle.session.session_key).update(
        last_seen_at="2026-01-01T00:00Z"
    )
    assert [delete_ended_sessions(), delete_ended_sessions()] == [2, 0]
    assert [row.session_key for row in UserSession.objects.all()] == [living.session.session_key]
    assert living.get("/profile/").status_code == 200
