"""Django's flush, as the owner of the tables."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import flush

from videoportal.kit.logins import as_owner


class Command(flush.Command):
    """Empties the tables as the role of ``DATABASE_OWNER_URL``: the web role may not."""

    def handle(self, **options: Any) -> None:
        with as_owner():
            super().handle(**options)
