"""Mail that the demo keeps for the operator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tenants.mail import keeping, post_text
from tenants.models import KeptMail, User
from tests.cast import Cast
from tests.pages import links_of, text_of

SECRET = f"{portal_settings.BASE_URL}/invitation/en-hemmelig-nokkel/"


def write(number: int = 0) -> None:
    post_text(to="kari@example.no", subject=f"Brev {number}", text=f"Åpne:\n{SECRET}")


def test_nothing_is_kept_outside_the_demo(
    cast: Cast, signed_in: Callable[[User], Client], settings: Any
) -> None:
    write()
    assert KeptMail.objects.count() == 0

    settings.DEMO = True
    write()
    kept = KeptMail.objects.get()
    settings.DEMO = False
    client = signed_in(cast.operator)
    for name, args in PAGES(kept):
        assert client.get(reverse(name, args=args)).status_code == 404
    assert "Sendt e-post" not in text_of(client.get(reverse("tenants:operation")), "//header")


def PAGES(kept: KeptMail) -> list[tuple[str, list[object]]]:  # noqa: N802 - a constant that needs a row
    return [
        ("tenants:mail_list", []),
        ("tenants:mail_detail", [kept.public_id]),
        ("tenants:mail_html", [kept.public_id]),
    ]


def test_operator_reads_it_newest_first_and_nobody_else(
    cast: Cast, signed_in: Callable[[User], Client], settings: Any
) -> None:
    settings.DEMO = True
    write(1)
    write(2)
    client = signed_in(cast.operator)
    page = client.get(reverse("tenants:mail_list"))
    subjects = [words for words in links_of(page) if words.startswith("Brev")]
    assert subjects == ["Brev 2", "Brev 1"]
    assert "Sendt e-post" in text_of(page, "//header")

    newest = KeptMail.objects.for_listing()[0]
    detail = client.get(reverse("tenants:mail_detail", args=[newest.public_id]))
    assert SECRET in links_of(detail)
    assert "Spørsmål: " in text_of(detail, "//pre")
    html = client.get(reverse("tenants:mail_html", args=[newest.public_id]))
    assert SECRET in html.content.decode()
    assert "script-src" not in html["Content-Security-Policy"]
    assert "default-src 'none'" in html["Content-Security-Policy"]
    for person in (cast.admin, cast.reseller, cast.owner):
        other = signed_in(person)
        for name, args in PAGES(newest):
            assert other.get(reverse(name, args=args)).status_code == 404


def test_texts_are_encrypted_in_the_database(cast: Cast, settings: Any) -> None:
    settings.DEMO = True
    write()
    with connection.cursor() as cursor:
        cursor.execute("select * from tenants_keptmail")
        stored = str(cursor.fetchall())
    for word in ("hemmelig", "kari@", "Brev"):
        assert word not in stored


def test_only_the_newest_are_kept(
    cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    monkeypatch.setattr(keeping, "KEPT", 3)
    for number in range(5):
        write(number)
    assert [str(mail) for mail in KeptMail.objects.for_listing()] == ["Brev 4", "Brev 3", "Brev 2"]


@pytest.mark.parametrize("rows", [1, 25])
def test_pages_read_the_same_number_of_times_whatever_they_hold(
    rows: int, cast: Cast, signed_in: Callable[[User], Client], settings: Any
) -> None:
    settings.DEMO = True
    for number in range(rows):
        write(number)
    client = signed_in(cast.operator)
    newest = KeptMail.objects.for_listing()[0]
    counted = {}
    for name, args in PAGES(newest):
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(name, args=args))
        counted[name] = len(queries)
    assert counted == {
        "tenants:mail_list": 5,
        "tenants:mail_detail": 4,
        "tenants:mail_html": 3,
    }
