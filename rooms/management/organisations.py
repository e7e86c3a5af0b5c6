"""The organisation that a command is told to work for."""

from __future__ import annotations

from django.core.management.base import CommandError

from tenants.models import Organisation
from videoportal.kit.scope import everywhere


def organisation_of(number: str) -> Organisation:
    """Return the organisation with this number, written with or without spaces."""
    with everywhere(reason="the command is given an organisation number"):
        found = (
            Organisation.objects.unscoped(reason="the command is given an organisation number")
            .filter(organisation_number=number.replace(" ", ""))
            .first()
        )
    if found is None:
        raise CommandError(f"no organisation has the number {number}")
    return found
