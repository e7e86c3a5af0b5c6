"""Error pages and the reader's language."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests import factories
from tests.pages import parse

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.kit.urls")]


def heading(response):
    return parse(response.content).findtext(".//h1")


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/fail/bad/", 400, "Vi forsto ikke forespørselen"),
        ("/fail/forbidden/", 403, "Du har ikke tilgang til denne siden"),
        ("/accounts/nowhere/", 404, "Vi finner ikke siden"),
        ("/fail/crash/", 500, "Noe gikk galt hos oss"),
        ("/fail/database/", 503, "Portalen er ikke tilgjengelig akkurat nå"),
        ("/fail/silence/", 503, "Portalen er ikke tilgjengelig akkurat nå"),
    ],
)
def test_error_pages_tell_what_happened_and_give_a_code(path, status, title):
    page = Client(raise_request_exception=False).get(path)
    assert (page.status_code, heading(page)) == (status, title)
    assert "raw text" not in page.text
    code = parse(page.content).xpath("//span[@class='mono']/text()")
    assert len(code) == 1
    assert re.fullmatch("[0-9a-f]{8}", code[0])


def test_our_own_refusal_is_told_in_its_words():
    assert "Rommet er låst for deg." in Client().get("/fail/forbidden/").text


def test_an_unreachable_database_asks_for_patience():
    page = Client(raise_request_exception=False).get("/fail/database/")
    assert page["Retry-After"] == "60"
    assert "Ingenting" not in page.text
    assert "Det du sendte inn, er ikke lagret." in page.text


@pytest.mark.parametrize(
    ("accepts", "cookie", "language"),
    [
        ("nn,en;q=0.5", "", "nn"),
        ("no,en;q=0.5", "", "nb"),
        ("en-GB", "", "en"),
        ("de", "", "nb"),
        ("", "", "nb"),
        ("nn", "en", "en"),
        ("nn", "xx", "nn"),
        ("no-NO-NY,*;q=0", "", "nb"),
    ],
)
def test_anonymous_readers_get_cookie_then_browser_language(accepts, cookie, language):
    client = Client(headers={"Accept-Language": accepts})
    if cookie:
        client.cookies["portal_language"] = cookie
    page = client.get("/anybody/")
    assert parse(page.content).get("lang") == language
    assert page["Content-Language"] == language
    assert {"Accept-Language", "Cookie"} <= set(page["Vary"].split(", "))


def test_the_profile_decides_for_who_is_signed_in(signed_in):
    client = signed_in(factories.make_user("ny@example.no", language="nn"))
    client.cookies["portal_language"] = "en"
    assert parse(client.get("/anybody/").content).get("lang") == "nn"


def test_a_profile_without_a_language_follows_the_browser(signed_in):
    client = signed_in(factories.make_user("ny@example.no", language=""))
    page = client.get("/anybody/", headers={"Accept-Language": "en"})
    assert parse(page.content).get("lang") == "en"


def test_no_session_costs_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        Client().get("/anybody/")


def test_pages_hold_no_inline_script_or_style(signed_in):
    client = signed_in(factories.make_user("ny@example.no"))
    page = parse(client.get("/note/").content)
    assert not [script for script in page.iter("script") if not script.get("src")]
    assert not page.xpath("//style|//@style|//@onclick")
    policy = client.get("/note/")["Content-Security-Policy"]
    assert "unsafe" not in policy
