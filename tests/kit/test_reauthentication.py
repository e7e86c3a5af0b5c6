"""Asking again who is there before a delicate step; what was typed is kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tenants.models import User
from tests import factories, sessions
from tests.pages import parse, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.kit.urls")]

CONFIRM = "/accounts/reauthenticate/?next="


@pytest.fixture
def author(db: None) -> User:
    return factories.make_user("ase@example.no")


def confirm(client: Client, location: str, password: str = factories.PASSWORD) -> Any:
    """Give the password on the page that asks for it, through its own form."""
    page = parse(client.get(location).content)
    target = page.xpath("//main//input[@name='next']/@value")
    return client.post(
        "/accounts/reauthenticate/",
        {"password": password, "next": target[0] if target else ""},
        follow=True,
    )


@pytest.mark.parametrize(("minutes", "asked"), [(0, False), (9.9, False), (10.1, True)])
def test_ten_minutes_after_sign_in_the_password_is_asked_for(
    author: User, minutes: float, asked: bool
) -> None:
    answer: Any = sessions.start(author, minutes_ago=minutes).get("/delicate/?part=2")
    assert (answer.status_code, getattr(answer, "url", "")) == (
        (302, f"{CONFIRM}/delicate/%3Fpart%3D2") if asked else (200, "")
    )


def test_a_session_that_nobody_vouches_for_is_asked(author: User) -> None:
    client = Client()
    client.force_login(author, backend=sessions.BACKEND)
    answer: Any = client.get("/delicate/")
    assert answer.url == f"{CONFIRM}/delicate/"


def test_the_right_password_leads_back_and_counts_for_the_next_page(author: User) -> None:
    client = sessions.start(author, minutes_ago=60)
    answer: Any = client.get("/delicate/?part=2")
    page = confirm(client, answer.url)
    assert page.request["PATH_INFO"] == "/delicate/"
    assert client.get("/delicate/").status_code == 200


def test_a_wrong_password_leads_nowhere(author: User) -> None:
    client = sessions.start(author, minutes_ago=60)
    answer: Any = client.get("/delicate/")
    page = confirm(client, answer.url, password="wrong-one-12345")
    assert page.request["PATH_INFO"] == "/accounts/reauthenticate/"
    assert client.get("/delicate/").status_code == 302


def test_a_posted_form_is_filled_in_again(author: User) -> None:
    client = sessions.start(author)
    mark = parse(client.get("/delicate/").content).xpath("//input[@name='_owner']/@value")[0]
    sessions.signed_in_at(client, author, minutes_ago=60)
    answer: Any = client.post("/delicate/?part=2", {"name": "Åses rom", "pin": "x", "_owner": mark})
    assert answer.url == f"{CONFIRM}/delicate/%3Fpart%3D2"
    page = confirm(client, answer.url)
    assert parse(page.content).xpath("//input[@name='name']/@value") == ["Åses rom"]
    assert "Det du skrev, er tatt vare på. Se over og lagre." in text_of(page)


def test_a_pressed_button_leads_back_to_its_page(author: User) -> None:
    client = sessions.start(author, minutes_ago=60)
    answer: Any = client.post("/delicate/", headers={"Referer": "http://testserver/note/?part=2"})
    assert answer.url == f"{CONFIRM}/note/%3Fpart%3D2"
    assert "Ingenting er endret ennå." in text_of(client.get(answer.url))
    foreign: Any = client.post("/delicate/", headers={"Referer": "https://evil.example/x"})
    assert foreign.url == f"{CONFIRM}/"


def test_a_fragment_opens_the_question_as_a_whole_page(author: User) -> None:
    client = sessions.start(author, minutes_ago=60)
    headers = {"HX-Request": "true", "Referer": "http://testserver/note/"}
    for answer in (
        client.get("/delicate/", headers=headers),
        client.post("/delicate/", headers=headers),
    ):
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer["HX-Redirect"] == f"{CONFIRM}/note/"


def test_a_file_leads_back_to_the_page_of_its_link(author: User) -> None:
    client = sessions.start(author, minutes_ago=60)
    assert client.get("/file/").content == b"the file"
    answer: Any = client.get("/file/?secret", headers={"Referer": "http://testserver/note/"})
    assert answer.url == f"{CONFIRM}/note/"


def test_a_stranger_is_sent_to_sign_in_and_not_asked(db: None) -> None:
    answer: Any = Client().get("/delicate/")
    assert answer.url == "/accounts/login/?next=/delicate/"


def test_whoever_has_no_password_signs_in_again_and_keeps_the_form(author: User) -> None:
    client = sessions.start(author)
    mark = parse(client.get("/delicate/").content).xpath("//input[@name='_owner']/@value")[0]
    author.set_unusable_password()
    author.save()
    client = sessions.start(author, minutes_ago=60)
    answer: Any = client.post("/delicate/", {"name": "Åses rom", "_owner": mark})
    assert answer.url == "/accounts/login/?next=/delicate/"
    assert "_auth_user_id" not in client.session
    client.force_login(author, backend=sessions.BACKEND)
    sessions.signed_in_at(client, author, minutes_ago=0)
    page = client.get("/delicate/")
    assert parse(page.content).xpath("//input[@name='name']/@value") == ["Åses rom"]
