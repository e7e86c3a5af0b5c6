"""Writing mail: in its reader's language, handed to the worker after commit."""

from __future__ import annotations

from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from kombu.exceptions import OperationalError as BrokerUnreachable

from tenants.mail.tasks import seal, send_mail
from tenants.models import User

log = structlog.get_logger(__name__)


def post_mail(
    template: str, *, to: str, context: dict[str, Any], language: str = "", user: User | None = None
) -> None:
    """Write ``mail/<template>_subject.txt`` and ``_message.txt`` to one address.

    The language is the reader's own (``user``, else whoever has the address), else
    ``language``, else the one that is active. The templates get ``product_name``, ``base_url``
    and ``support_email`` beside ``context``.
    """
    with translation.override(language_of(to, user=user, otherwise=language)):
        values = {
            **context,
            "product_name": settings.PRODUCT_NAME,
            "base_url": settings.BASE_URL,
            "support_email": settings.SUPPORT_EMAIL,
        }
        subject = " ".join(render_to_string(f"mail/{template}_subject.txt", values).split())
        text = render_to_string(f"mail/{template}_message.txt", values).strip() + "\n"
        post_text(to=to, subject=subject, text=text)


def post_text(*, to: str, subject: str, text: str) -> None:
    """Send a finished text in the active language, with an HTML side made from it."""
    html = render_to_string(
        "mail/message.html",
        {"language": translation.get_language(), "subject": subject, "text": text},
    )
    sealed = seal(to=to, subject=subject, text=text, html=html)
    transaction.on_commit(lambda: _hand_over(sealed))


def language_of(address: str, *, user: Any = None, otherwise: str = "") -> str:
    """Return the language of the person behind the address, else ``otherwise``, else the active."""
    reader = user or User.objects.filter(email__iexact=address).first()
    own = getattr(reader, "language", "")
    return own or otherwise or translation.get_language() or settings.LANGUAGE_CODE


def _hand_over(sealed: str) -> None:
    try:
        send_mail.delay(sealed=sealed)
    except BrokerUnreachable:
        # Somebody waits for this message: without the broker it is sent here and now.
        log.warning("mail_sent_without_broker")
        send_mail.apply(kwargs={"sealed": sealed}, throw=True)
