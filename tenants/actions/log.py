"""That the log itself was taken out."""

from __future__ import annotations

from django.db import transaction

from tenants import audit
from tenants.access import require, require_operator
from tenants.models import Organisation, User

# What a reader of the log of an organisation, and of all of a reseller's clients, must hold.
READERS = {"organisation": "view_audit", "clients": "administer_clients"}


@transaction.atomic
def note_log_exported(
    organisation: Organisation | None,
    *,
    by: User,
    which: str,
    fmt: str,
    search: dict[str, str],
) -> None:
    """Write that ``by`` took out a log as a file, and what it was narrowed to.

    ``which`` is one of :data:`READERS`, or ``own`` or ``platform``: those two stand in the log
    of the organisation that the person belongs to. Raises ``Forbidden`` for whoever may not
    read that log.
    """
    if which == "platform":
        require_operator(by)
    elif which != "own":
        require(by, READERS[which], organisation)
    audit.record(
        "tenants.log.exported",
        by=by,
        organisation=organisation if which in READERS else by.access.home_id,
        after={"format": fmt, "log": which, **search},
    )
