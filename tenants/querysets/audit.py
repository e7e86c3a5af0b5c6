"""Reads of the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, Lower

from videoportal.kit.querysets import TenantQuerySet

if TYPE_CHECKING:
    from tenants.models import User


class AuditEntryQuerySet(TenantQuerySet["AuditEntry"]):  # type: ignore[name-defined]  # models import this module
    def about(self, target: models.Model) -> Self:
        """Return the entries whose target is this object, newest first."""
        return self.filter(
            target_type=target._meta.label_lower, target_key=str(target.pk)
        ).order_by("-pk")

    def made_by(self, user: User) -> Self:
        """Return what this person did, newest first."""
        return self.filter(actor_key=str(user.pk)).order_by("-pk")

    def of_the_register(self) -> Self:
        """Return what concerns the organisation as such and who may do what in it.

        The provider's register shows no more: names of rooms and owners are for staff mode.
        """
        return self.filter(
            action__regex=r"^tenants\.(organisation|role|reseller|staff|access_request)\."
        )

    def on_behalf(self) -> Self:
        """Return what resellers did."""
        return self.filter(on_behalf=True)

    def changes(self) -> Self:
        """Return what was done, without who came and went and which pages staff opened."""
        return self.exclude(
            models.Q(action__startswith="tenants.session.")
            | models.Q(action="tenants.staff.opened")
        )

    def that_changed(self) -> Self:
        """Return the entries that tell of a change, not of somebody who looked."""
        return self.exclude(
            models.Q(action__endswith=".revealed") | models.Q(action__endswith=".included")
        )

    def since_others(self, field: str, own: models.QuerySet[Any]) -> Self:
        """Return the entries from the last time ``field`` went from a value not among ``own``.

        ``own`` gives one column of texts in lower case. All entries, when it never did.
        """
        taken_over = (
            self.filter(before__has_key=field, after__has_key=field)
            .annotate(
                _earlier=Lower(KT(f"before__{field}")),
                _later=Lower(KT(f"after__{field}")),
            )
            .exclude(_earlier=models.F("_later"))
            .exclude(_earlier__in=own)
            .order_by("-pk")
            .values("pk")[:1]
        )
        return self.filter(pk__gte=Coalesce(models.Subquery(taken_over), 0))

    def newest_first(self) -> Self:
        """Return the entries by the time they tell of, latest first."""
        return self.order_by("-at", "-pk")

    def with_words(self, words: str) -> Self:
        """Return the entries in which who or what is called something with these words."""
        return self.filter(
            models.Q(actor_label__icontains=words) | models.Q(target_label__icontains=words)
        )

    def done_by_others(self, way: str) -> Self:
        """Return what a ``reseller`` or the provider's ``staff`` did, or the ``portal`` itself."""
        if way == "reseller":
            return self.on_behalf()
        if way == "staff":
            return self.exclude(staff_reason="")
        return self.filter(actor_key="", actor_label="")

    def newest(self, limit: int) -> Self:
        """Return the ``limit`` newest entries."""
        return self.order_by("-pk")[:limit]
