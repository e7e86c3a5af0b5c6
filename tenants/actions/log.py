"""That the log itself was taken out."""

from __future__ import annotations

from django.db import transaction

from tenants import audit
from tenants.models import Organisation, User


@transaction.atomic
def note_log_exported(
    organisation: Organisation | int | None,
    *,
    by: User,
    which: str,
    fmt: str,
    search: dict[str, str],
) -> None:
    """Write that ``by`` took out a log as a file, and what it was narrowed to."""
    audit.record(
        "tenants.log.exported",
        by=by,
        organisation=organisation,
        after={"format": fmt, "log": which, **search},
    )
