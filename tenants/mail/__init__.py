"""Writing mail: in its reader's language, handed to the worker after commit."""

from __future__ import annotations

from email.utils import formatdate, make_msgid
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import translation
from kombu.exceptions import OperationalError as BrokerUnreachable

from tenants.mail.body import html_side, plain_side
from tenants.mail.keeping import keep
from tenants.mail.tasks import seal, send_mail
from tenants.models import User

log = structlog.get_logger(__name__)

LONGEST_SUBJECT = 200


def post_mail(
    template: str, *, to: str, context: dict[str, Any], language: str = "", user: User | None = None
) -> None:
    """Write ``mail/<template>_subject.txt`` and ``_message.txt`` to one address.

    The language is the reader's own (``user``, else whoever has the address), else
    ``language``, else the one that is active. The templates get ``product_name``, ``base_url``
    and ``support_email`` beside ``context``. An address alone on its line becomes the button
    of the HTML side; ``_button.txt``, where there is one, says what stands on it.
    """
    with translation.override(language_of(to, user=user, otherwise=language)):
        values = {
            **context,
            "product_name": settings.PRODUCT_NAME,
            "base_url": settings.BASE_URL,
            "support_email": settings.SUPPORT_EMAIL,
        }
        post_text(
            to=to,
            subject=render_to_string(f"mail/{template}_subject.txt", values),
            text=render_to_string(f"mail/{template}_message.txt", values),
            button=button_of(f"mail/{template}"),
        )


def post_text(*, to: str, subject: str, text: str, button: str = "") -> None:
    """Send a finished text in the active language, with an HTML side made from it.

    ``to`` is one address and nothing else; raises ``ValidationError`` for whatever could
    be read as more. The subject becomes one line of printable characters.
    """
    validate_email(to)
    if one_line(to) != to:
        # Django takes letters of every language in a domain, and some that only look empty.
        raise ValidationError("One printable address is needed.")
    subject = one_line(subject)
    language = translation.get_language() or settings.LANGUAGE_CODE
    message = {
        "to": to,
        "subject": subject,
        "text": plain_side(text),
        "html": html_side(text, subject=subject, button=button),
        "headers": {
            # Named here and not when it is sent: a message that is tried again is the same one.
            "Message-ID": make_msgid(domain=urlsplit(settings.BASE_URL).hostname or "localhost"),
            "Date": formatdate(),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Content-Language": language,
        },
    }
    keep(message, language=language)
    sealed = seal(message)
    transaction.on_commit(lambda: _hand_over(sealed))


def one_line(text: str) -> str:
    """Return the text as one line that can stand in a header."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(printable.split())
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"


def button_of(template: str) -> str:
    """Return what stands on the button of the template's messages; empty for the usual words."""
    try:
        return render_to_string(f"{template}_button.txt").strip()
    except TemplateDoesNotExist:
        return ""


def language_of(address: str, *, user: Any = None, otherwise: str = "") -> str:
    """Return the language of the person behind the address, else ``otherwise``, else the active."""
    reader = user or User.objects.signing_in_with(address).first()
    own = getattr(reader, "language", "")
    return own or otherwise or translation.get_language() or settings.LANGUAGE_CODE


def _hand_over(sealed: str) -> None:
    try:
        send_mail.delay(sealed=sealed)
    except BrokerUnreachable:
        # Somebody waits for this message: without the broker it is sent here and now.
        log.warning("mail_sent_without_broker")
        send_mail.apply(kwargs={"sealed": sealed}, throw=True)
