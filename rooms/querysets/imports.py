"""Reads of imports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from videoportal.kit.querysets import TenantQuerySet

if TYPE_CHECKING:
    from datetime import datetime


class RoomImportQuerySet(TenantQuerySet["RoomImport"]):  # type: ignore[name-defined]  # models import this module
    def without_content(self) -> Self:
        """Return imports without decrypting their files."""
        return self.defer("content")

    def silent_since(self, moment: datetime) -> Self:
        """Return started imports whose job is not finished and shows no life since then."""
        return self.filter(
            finished_at__isnull=True,
            job__state__in=("waiting", "running"),
            job__heartbeat_at__lt=moment,
        )

    def kept_since_before(self, moment: datetime) -> Self:
        """Return imports whose file came before the moment and is still kept."""
        return self.filter(created_at__lt=moment).exclude(content="")
