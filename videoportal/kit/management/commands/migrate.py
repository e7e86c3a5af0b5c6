"""Django's migrate, as the owner of the tables."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate

from videoportal.kit.logins import as_owner


class Command(migrate.Command):
    """Migrates as the role of ``DATABASE_OWNER_URL``: the web role can change no table."""

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():
            super().handle(*args, **options)
