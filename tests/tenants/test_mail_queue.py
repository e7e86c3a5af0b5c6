"""What stands in the broker's queue when account mail waits there."""

from __future__ import annotations

from django.core import mail

from tenants.mail.tasks import seal, send_mail


def test_waiting_mail_shows_neither_link_nor_reader() -> None:
    sealed = seal(
        {
            "to": "kari@example.no",
            "subject": "Nytt passord",
            "text": "https://portal/abc",
            "html": "<p>abc</p>",
        }
    )

    for word in ("kari", "Nytt", "portal/abc"):
        assert word not in sealed
    send_mail.apply(kwargs={"sealed": sealed}, throw=True)
    message = mail.outbox[0]
    assert (message.to, message.subject, message.body) == (
        ["kari@example.no"],
        "Nytt passord",
        "https://portal/abc",
    )
