"""A form whose session ended: nothing typed is lost, and nobody else sees it."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from tests import factories
from tests.pages import parse
from videoportal.kit import resume
from videoportal.kit.fields import decrypt

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.kit.urls")]

TYPED = {
    "name": 'Åses "rom" <b>',
    "pin": "0042",
    "starts": "tull",
    "days": ["tue"],
    "secret": "hemmelig",
    "password": "hemmelig",
}


@pytest.fixture
def author(db):
    return factories.make_user("ase@example.no")


def form_token(client):
    """Return the mark that the form carries for the one it is shown to."""
    page = parse(client.get("/note/?part=2").content)
    return page.xpath("//input[@name='_owner']/@value")[0]


def post_after_sign_out(author, signed_in, token=None, **extra):
    client = signed_in(author)
    mark = form_token(client) if token is None else token
    client.logout()
    return client, client.post("/note/?part=2", TYPED | {"_owner": mark}, **extra)


def sign_in(client, user, location):
    return client.post(location, {"login": user.email, "password": factories.PASSWORD}, follow=True)


def values(response):
    page = parse(response.content)
    return {
        "name": page.xpath("//input[@name='name']/@value"),
        "pin": page.xpath("//input[@name='pin']/@value"),
        "starts": page.xpath("//input[@name='starts']/@value"),
        "chat": page.xpath("//input[@name='chat' and @checked]/@name"),
        "days": page.xpath("//input[@name='days' and @checked]/@value"),
        "secret": page.xpath("//input[@name='secret']/@value"),
    }


FILLED = {
    "name": ['Åses "rom" <b>'],
    "pin": ["0042"],
    "starts": ["tull"],
    "chat": [],
    "days": ["tue"],
    "secret": [],
}
EMPTY = {"name": [], "pin": [], "starts": [], "chat": ["chat"], "days": [], "secret": []}


def test_the_same_person_gets_the_form_filled_and_told_so(author, signed_in):
    client, answer = post_after_sign_out(author, signed_in)
    assert answer.url == "/accounts/login/?next=/note/%3Fpart%3D2"
    assert "tatt vare på til du har logget inn" in client.get(answer.url).text

    page = sign_in(client, author, answer.url)
    assert page.request["PATH_INFO"] == "/note/"
    assert values(page) == FILLED
    assert "Det du skrev, er tatt vare på. Se over og lagre." in page.text
    assert "ds-error-summary" not in page.text


def test_it_is_given_back_once(author, signed_in):
    client, answer = post_after_sign_out(author, signed_in)
    sign_in(client, author, answer.url)
    assert values(client.get("/note/?part=2")) == EMPTY


def test_another_person_on_the_same_machine_sees_nothing(author, signed_in):
    client, answer = post_after_sign_out(author, signed_in)
    stored = client.session["kept_form"]["key"]
    other = factories.make_user("other@example.no")
    page = sign_in(client, other, answer.url)
    assert values(page) == EMPTY
    assert "tatt vare på. Se over" not in page.text
    assert cache.get(stored) is None


@pytest.mark.parametrize("token", ["", "1", "1:forged", "99999999:x"])
def test_a_form_without_a_true_mark_is_not_kept(author, signed_in, token):
    client, answer = post_after_sign_out(author, signed_in, token=token)
    assert "kept_form" not in client.session
    assert "Ingenting ble lagret" in client.get(answer.url).text


def test_what_is_stored_is_encrypted_and_holds_no_password(author, signed_in):
    client, _answer = post_after_sign_out(author, signed_in)
    kept = client.session["kept_form"]
    assert "0042" not in str(kept)
    token = cache.get(kept["key"])
    assert "0042" not in token
    assert "Åse" not in token
    body = decrypt(token)
    assert "0042" in body
    assert '"password"' not in body


def test_it_is_gone_after_half_an_hour(author, signed_in):
    client, answer = post_after_sign_out(author, signed_in)
    cache.delete(client.session["kept_form"]["key"])
    page = sign_in(client, author, answer.url)
    assert values(page) == EMPTY
    assert resume.SECONDS == 1800


def test_other_pages_in_between_do_not_lose_it(author, signed_in):
    client, _answer = post_after_sign_out(author, signed_in)
    client.post("/accounts/login/", {"login": author.email, "password": factories.PASSWORD})
    assert values(client.get("/note/?part=3")) == EMPTY
    assert values(client.get("/note/?part=2")) == FILLED


def test_a_very_large_post_is_not_kept(author, signed_in):
    client = signed_in(author)
    mark = form_token(client)
    client.logout()
    client.post("/note/", {"_owner": mark, "name": "x" * (resume.LARGEST + 1)})
    assert "kept_form" not in client.session


def test_a_pressed_button_leads_back_to_its_page_not_to_the_button(author):
    answer: Any = Client().post("/press/", headers={"Referer": "http://testserver/note/?part=2"})
    assert answer.url == "/accounts/login/?next=/note/%3Fpart%3D2"
    foreign: Any = Client().post("/press/", headers={"Referer": "https://evil.example/x"})
    assert foreign.url == "/accounts/login/?next=/"


def test_a_fragment_request_loads_the_sign_in_page_as_a_whole(author):
    answer = Client().get(
        "/note/", headers={"HX-Request": "true", "Referer": "http://testserver/jobs/"}
    )
    assert answer.status_code == 204
    assert answer.content == b""
    assert answer["HX-Redirect"] == "/accounts/login/?next=/jobs/"


@pytest.fixture
def strict(author):
    client = Client(enforce_csrf_checks=True)
    client.force_login(author, backend="tenants.backends.SignInBackend")
    return client


def test_an_old_form_is_kept_and_opened_again(strict):
    mark = form_token(strict)
    page = strict.post(
        "/note/?part=2",
        TYPED | {"_owner": mark},
        headers={"Referer": "http://testserver/note/?part=2", "Origin": "http://testserver"},
    )
    assert page.status_code == 403
    assert "Ingenting er lagret" in page.text
    assert 'href="/note/?part=2">Åpne skjemaet igjen' in page.text
    assert values(strict.get("/note/?part=2")) == FILLED


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null", "Referer": "http://testserver/note/"},
        {"Referer": "https://evil.example/note/"},
        {},
    ],
)
def test_a_foreign_page_cannot_fill_in_a_form_for_somebody(strict, headers):
    mark = form_token(strict)
    page = strict.post("/note/?part=2", TYPED | {"_owner": mark}, headers=headers)
    assert page.status_code == 403
    assert "tatt vare på" not in page.text
    assert values(strict.get("/note/?part=2")) == EMPTY


def test_nobody_signed_in_gets_no_mark():
    page = Client().get("/anybody/")
    assert "csrfmiddlewaretoken" in page.text
    assert "_owner" not in page.text


def test_the_mark_does_not_depend_on_the_clock(author):
    with time_machine.travel("2026-11-23"):
        first = resume.owner_token(author)
    assert resume.owner_token(author) == first
