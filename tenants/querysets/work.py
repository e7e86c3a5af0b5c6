"""Reads of jobs, of stays in staff mode and of mail that the demo keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from videoportal.kit.querysets import TenantQuerySet

if TYPE_CHECKING:
    from datetime import datetime

    from tenants.models import KeptMail, User


class JobQuerySet(TenantQuerySet["Job"]):  # type: ignore[name-defined]  # models import this module
    def started_by(self, user: User) -> Self:
        """Return the jobs that this person started, newest first."""
        return self.filter(started_by=user).order_by("-pk")._opened()

    def own_of(self, user: User) -> Self:
        """Return the person's jobs in organisations that they still reach, newest first."""
        return self.in_organisations(user.access.all_organisation_ids()).started_by(user)


class StaffSessionQuerySet(TenantQuerySet["StaffSession"]):  # type: ignore[name-defined]  # models import this module
    def of_operator(self, user: User) -> Self:
        """Return the stays of one operator."""
        return self.filter(operator=user)._opened()

    def running(self, moment: datetime) -> Self:
        """Return the stays that last at that moment, in organisations that are in use."""
        return self.filter(ended_at__isnull=True, ends_at__gt=moment, organisation__is_active=True)

    def run_out(self, moment: datetime) -> Self:
        """Return the stays that are over and whose end nobody has written yet."""
        return self.filter(ended_at__isnull=True, ends_at__lte=moment)

    def newest_first(self) -> Self:
        """Return the stays, newest first."""
        return self.order_by("-pk")


class KeptMailQuerySet(models.QuerySet["KeptMail"]):
    """Messages that the demo keeps."""

    def older_than_the_last(self, number: int, *, before: KeptMail) -> Self:
        """Return those beyond the newest ``number``, counted from this one."""
        edge = list(self.filter(pk__lte=before.pk).order_by("-pk").values_list("pk")[number:][:1])
        return self.filter(pk__lte=edge[0][0]) if edge else self.none()

    def for_listing(self) -> Self:
        """Return the messages, newest first, without their texts."""
        return self.defer("text", "html").order_by("-pk")
