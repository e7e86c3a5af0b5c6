"""Sending mail: the worker's side."""

from __future__ import annotations

import json
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any

from celery import shared_task
from django.core.mail import EmailMultiAlternatives

from videoportal.kit.fields import decrypt, encrypt


def seal(message: dict[str, Any]) -> str:
    """Return the message as the task takes it: encrypted, so that no link stands in the queue.

    ``message`` holds ``to``, ``subject``, ``text``, ``html`` and ``headers``.
    """
    return encrypt(json.dumps(message))


@shared_task(bind=True, name="tenants.send_mail", max_retries=8, soft_time_limit=30, time_limit=40)
def send_mail(self: Any, *, sealed: str) -> None:
    """Send one message; a mail server that is down is tried again for about an hour.

    The text is in the task, not read again here: it holds a link that was made for this
    message alone, and the language of the person it is for. It is sealed (:func:`seal`),
    because the broker writes its queue to disk. An address that the server refuses is not
    tried again.
    """
    parts = json.loads(decrypt(sealed))
    message = EmailMultiAlternatives(
        subject=parts["subject"],
        body=parts["text"],
        to=[parts["to"]],
        # A message that was queued before headers were has none.
        headers=parts.get("headers", {}),
    )
    message.attach_alternative(parts["html"], "text/html")
    try:
        message.send()
    except SMTPRecipientsRefused:
        return
    except (SMTPException, OSError) as error:
        raise self.retry(exc=error, countdown=15 * 2**self.request.retries) from error
