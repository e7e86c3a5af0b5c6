"""Documents: tagged, repeatable, and closed to the network."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pypdf
import pytest

from videoportal.kit.pdf import ForbiddenFetch, render_pdf

WHEN = dt.datetime(2026, 11, 23, 10, 42, tzinfo=dt.UTC)
PAGE = '<html lang="nb"><head><title>Romark</title></head><body><h1>Ærlig Østby på Ås</h1>{}</body>'


def draw(body="", identifier="room-1"):
    return render_pdf(PAGE.format(body), identifier=identifier, created=WHEN, title="Romark")


def test_document_holds_its_text_title_and_language():
    reader: Any = pypdf.PdfReader(io.BytesIO(draw()))
    assert "Ærlig Østby på Ås" in reader.pages[0].extract_text()
    assert reader.metadata.title == "Romark"
    assert reader.metadata.creation_date == WHEN
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "nb"
    assert root["/MarkInfo"]["/Marked"]


def test_same_input_gives_the_same_bytes():
    assert draw() == draw()
    assert draw() != draw(identifier="room-2")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/x.png",
        "file:///etc/passwd",
        "/static/../videoportal/settings.py",
        "/static/%2e%2e/videoportal/settings.py",
        "/media/x.png",
        "/static/css/none.css",
        "//portal.invalid.example/static/img/icon.svg",
    ],
)
def test_only_our_static_files_are_fetched(url):
    with pytest.raises(ForbiddenFetch):
        draw(f'<img src="{url}" alt="">')


def test_static_files_and_data_addresses_are_drawn():
    pdf = draw(
        '<img src="/static/img/icon.svg" alt="">'
        '<img alt="" src="data:image/svg+xml,%3Csvg xmlns=\'http://www.w3.org/2000/svg\''
        " viewBox='0 0 1 1'%3E%3Crect width='1' height='1'/%3E%3C/svg%3E\">"
    )
    assert pdf.startswith(b"%PDF-")
    assert len(pdf) > len(draw())
