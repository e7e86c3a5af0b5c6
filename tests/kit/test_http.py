"""Answers that many views give."""

from __future__ import annotations

import re

import django_filters
import lxml.html
import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django_htmx.middleware import HtmxMiddleware

from tests.kit.test_tables import ROWS, RowTable
from tests.kit.urls import NoteForm
from tests.pages import parse
from videoportal.kit import filters, http


class RowSearch(filters.Search):
    searched_in = "name and owner"
    q = django_filters.CharFilter(label="Search")


def ask(query="", **headers):
    request = RequestFactory().get(f"/list/?{query}", headers=headers)
    HtmxMiddleware(lambda _request: HttpResponse())(request)
    return request


def listing(request, rows=ROWS):
    search = RowSearch(request.GET)
    return http.list_page(request, RowTable(rows), search, "layouts/list.html", list_label="Rows")


def test_whole_page_holds_frame_filters_and_rows(db):
    page = parse(listing(ask("sort=-name")).content)
    assert page.xpath("//form[@id='filters']/@method") == ["get"]
    assert page.xpath("//div[@id='results']//input[@type='hidden']/@value") == ["-name"]
    assert len(page.xpath("//div[@id='results']//tbody/tr")) == 2
    assert page.xpath("//p[@id='announcement']/@role") == ["status"]


def test_fragment_is_the_rows_and_a_sentence_for_the_live_region(db):
    response = listing(ask(**{"HX-Request": "true"}))
    assert "<html" not in response.text
    assert response["Vary"] == "HX-Request"
    parts = lxml.html.fragments_fromstring(response.text)
    spoken = parts[-1]
    assert (spoken.get("id"), spoken.get("hx-swap-oob")) == ("announcement", "innerHTML")
    assert spoken.text == "Listen viser 2 møterom."


@pytest.mark.parametrize("header", ["HX-Boosted", "HX-History-Restore-Request"])
def test_boosted_and_restored_pages_are_whole(db, header):
    response = listing(ask(**{"HX-Request": "true", header: "true"}))
    assert "<html" in response.text


def test_no_match_keeps_the_filter_and_says_what_was_searched(db):
    response = listing(ask("q=%3Cb%3Ehabilitering"), rows=[])
    page = parse(response.content)
    empty = " ".join(page.xpath("//div[contains(@class,'empty')]")[0].text_content().split())
    assert "Ingenting passer med søket" in empty
    assert "Vi søkte etter «<b>habilitering» i name and owner." in empty
    assert page.xpath("//input[@name='q']/@value") == ["<b>habilitering"]
    assert not page.xpath("//table")


def test_a_list_without_any_rows_offers_no_filters(db):
    page = parse(listing(ask(), rows=[]).content)
    assert not page.xpath("//form[@id='filters']")
    assert page.xpath("//div[contains(@class,'empty')]/h2/text()") == ["Her er det ingenting ennå"]


def test_posted_faults_are_422_with_summary_and_title(db):
    request = RequestFactory().post("/note/", {"starts": "tull"})
    form = NoteForm(request.POST)
    response = http.form_page(request, form, "layouts/form.html", heading="Write a note")
    page = parse(response.content)
    assert response.status_code == 422
    assert page.findtext(".//title").startswith("Feil: Write a note")
    summary = page.find(".//ds-error-summary")
    assert summary.get("autofocus") is not None
    assert summary.find("h2").text == "Ingenting er lagret ennå. Rett disse to feltene:"
    links = {a.get("href")[1:]: a.text for a in summary.iterfind(".//a")}
    assert links == {
        "id_name": "Name: Fyll ut dette feltet.",
        "id_starts": "Starts: Skriv datoen som dag.måned.år, for eksempel 22.11.2026.",
    }
    assert all(page.get_element_by_id(anchor) is not None for anchor in links)
    assert page.xpath("//input[@name='starts']/@value") == ["tull"]


@pytest.mark.parametrize(
    ("posted", "referrer", "target"),
    [
        ("/o/a/?x=1", "", "/o/a/?x=1"),
        ("https://evil.example/", "http://testserver/o/b/?y=2", "/o/b/?y=2"),
        ("//evil.example", "https://evil.example/", "/fallback/"),
        ("javascript:alert(1)", "", "/fallback/"),
        ("", "", "/fallback/"),
        ("/\\evil.example", "", "/fallback/"),
    ],
)
def test_redirect_back_stays_on_the_site(posted, referrer, target):
    request = RequestFactory().post("/x/", {"next": posted}, headers={"Referer": referrer})
    assert http.redirect_back(request, "/fallback/").url == target


@pytest.mark.parametrize(
    ("name", "plain", "true"),
    [
        ("Møterom på Ås.csv", "Moterom pa As.csv", "M%C3%B8terom%20p%C3%A5%20%C3%85s.csv"),
        ('a"b\r\nX: y/../z.pdf', "a-b--X- y-..-z.pdf", "a-b--X-%20y-..-z.pdf"),
        ("日本", "file", "%E6%97%A5%E6%9C%AC"),
    ],
)
def test_download_names_survive_every_letter(name, plain, true):
    response = http.download(b"x", name, "text/csv")
    assert response["Content-Disposition"] == (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{true}"
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"[\r\n]", response["Content-Disposition"])
