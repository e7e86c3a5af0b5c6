"""What is logged of a reseller's list of clients."""

from __future__ import annotations

from tenants import audit
from tenants.access import require
from tenants.models import Organisation, User


def note_clients_exported(organisation: Organisation, *, by: User, fmt: str) -> None:
    """Log that the list of clients left the portal as a file."""
    require(by, "administer_clients", organisation)
    audit.record("rooms.clients.exported", by=by, organisation=organisation, after={"format": fmt})
