"""The demo keeps every message, because there nobody has the mailboxes that it writes to."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from tenants.models import KeptMail

# Older ones go: a demo that is left running does not fill its disk.
KEPT = 500


def keep(message: dict[str, Any], *, language: str) -> None:
    """Keep the message for the operator's page; nothing happens outside the demo."""
    if not settings.DEMO:
        return
    kept = KeptMail.objects.create(
        language=language,
        **{name: message[name] for name in ("to", "subject", "text", "html")},
    )
    KeptMail.objects.older_than_the_last(KEPT, before=kept).delete()
