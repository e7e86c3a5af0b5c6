"""Mail: both sides, three languages, headers, and a mail server that is down and comes back."""

from __future__ import annotations

from typing import Any

import pytest
from celery.signals import task_prerun
from django.conf import settings as portal_settings
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation
from pytest_django import DjangoCaptureOnCommitCallbacks as Capture

from tenants.mail import post_mail, post_text
from tenants.mail.body import blocks
from tenants.mail.tasks import seal, send_mail
from tests import factories, smtp
from tests.pages import parse, squeezed

LINK = f"{portal_settings.BASE_URL}/invitation/abc/"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]


def letter(capture: Capture, text: str = "Hei", **values: Any) -> Any:
    """Return the message as it left the portal."""
    with capture(execute=True):
        post_text(**{"to": "kari@example.no", "subject": "Emne", "text": text, **values})
    return mail.outbox[-1]


@pytest.mark.parametrize(
    ("language", "button", "foot"),
    [
        ("nb", "Logg inn", "Den ber aldri om passord"),
        ("nn", "Logg inn", "Han ber aldri om passord"),
        ("en", "Sign in", "It never asks for a password"),
    ],
)
def test_message_has_two_sides_in_its_readers_language(
    language: str, button: str, foot: str, django_capture_on_commit_callbacks: Capture
) -> None:
    reader = factories.make_user("kari@example.no", language=language)
    with django_capture_on_commit_callbacks(execute=True), translation.override("nb"):
        post_mail("account_reopened", to="KARI@example.no", context={}, user=None)
    message: Any = mail.outbox[-1]
    page = parse(message.alternatives[0].content)
    whole = squeezed(page.text_content())

    assert page.xpath("/html/@lang") == [language] == [reader.language]
    assert message.extra_headers["Content-Language"] == language
    link = f"{portal_settings.BASE_URL}/accounts/login/"
    links = page.xpath("//a[contains(@href, 'login')]")
    assert {a.text_content(): a.get("href") for a in links} == {button: link, link: link}
    assert page.xpath("//h1")[0].text_content() == message.subject
    for side in (message.body, whole):
        assert foot in side
        assert portal_settings.SUPPORT_EMAIL in side
    assert link in message.body
    assert "<" not in message.body


def test_words_of_others_become_neither_markup_nor_button(
    django_capture_on_commit_callbacks: Capture,
) -> None:
    text = f"<b>Kari</b> skriver:\nhttps://evil.example/login\n\n{LINK}\n\n{LINK}2"
    page = parse(letter(django_capture_on_commit_callbacks, text).alternatives[0].content)

    assert not page.xpath("//b")
    assert "https://evil.example/login" in page.text_content()
    assert [a for a in page.xpath("//a/@href") if "evil" in a] == []
    assert page.xpath("//td[@class='button']/a/@href") == [LINK]
    assert [block.is_main for block in blocks(text) if block.url] == [True, False]


def test_headers_name_the_message_and_stop_automatic_answers(
    django_capture_on_commit_callbacks: Capture,
) -> None:
    message = letter(django_capture_on_commit_callbacks).message()

    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Message-ID"].startswith("<")
    assert message["Date"]
    assert message["To"] == "kari@example.no"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x00", "\u2028", "\x85"])
def test_no_text_adds_a_header(end: str, django_capture_on_commit_callbacks: Capture) -> None:
    attack = f"Hei{end}Bcc: alle@example.no{end}{end}Hele"
    message = letter(django_capture_on_commit_callbacks, subject=attack).message()

    assert message["Subject"] == "Hei Bcc: alle@example.no Hele"
    assert message["Bcc"] is None
    for to in (attack, f"kari@example.no{end}", "a@example.no, b@example.no", "Kari <a@b.no>", ""):
        with pytest.raises(ValidationError):
            post_text(to=to, subject="x", text="x")


def test_nothing_is_sent_for_what_was_rolled_back(
    django_capture_on_commit_callbacks: Capture,
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        post_text(to="kari@example.no", subject="x", text="x")
        transaction.set_rollback(True)
    assert mail.outbox == []


def sealed(to: str = "kari@example.no") -> str:
    return seal(
        {
            "to": to,
            "subject": "Blåbær",
            "text": f"Åpne:\n{LINK}\n",
            "html": "<p>Åpne</p>",
            "headers": {"Message-ID": "<1@portal.example>"},
        }
    )


def test_mail_is_tried_again_until_the_server_is_up(settings: Any) -> None:
    """Nobody listens, then the server turns clients away, then it takes the letter: once."""
    port = smtp.free_port()
    settings.MAILERS = smtp.mailers(port)
    servers: list[smtp.MailServer] = []
    tries: list[str] = []

    def begins(task_id: str, **kwargs: Any) -> None:
        tries.append(task_id)
        if len(tries) == 3:
            servers.append(smtp.MailServer(port, turn_away=2))

    task_prerun.connect(begins, sender=send_mail)
    try:
        send_mail.apply(kwargs={"sealed": sealed()})
    finally:
        task_prerun.disconnect(begins, sender=send_mail)
        for server in servers:
            server.stop()

    assert len(tries) == 5
    assert len(set(tries)) == 1
    [received] = servers[0].letters
    assert received["Subject"] == "Blåbær"
    assert received["Message-ID"] == "<1@portal.example>"
    plain, html = received.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert LINK in plain.get_content()


def test_refused_address_is_not_tried_again(settings: Any) -> None:
    server = smtp.MailServer(0)
    settings.MAILERS = smtp.mailers(server.server_address[1])
    tries: list[str] = []

    def begins(task_id: str, **kwargs: Any) -> None:
        tries.append(task_id)

    task_prerun.connect(begins, sender=send_mail)
    try:
        send_mail.apply(kwargs={"sealed": sealed("refused@example.no")}, throw=True)
    finally:
        task_prerun.disconnect(begins, sender=send_mail)
        server.stop()
    assert (len(tries), server.letters) == (1, [])


def test_the_waits_between_tries_span_an_hour() -> None:
    waits = [15 * 2**number for number in range(send_mail.max_retries)]
    assert 3600 <= sum(waits) <= 4000
