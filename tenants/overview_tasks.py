"""What tenants itself tells on the overview."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.actions.reviews import review_due_on
from tenants.models import Organisation, User
from tenants.overview import Task
from videoportal.kit.formats import short_date


def review_task(organisation: Organisation, reader: User) -> Iterator[Task]:
    """Give a line when the members should be gone through; no query."""
    due = review_due_on(organisation)
    if due > timezone.localdate() or not reader.access.can("manage_members", organisation):
        return
    last = organisation.members_reviewed_on
    yield Task(
        status="attention",
        word=_("Needs action"),
        title=_("It is time to go through the members"),
        note=_("Last done %(date)s.") % {"date": short_date(last)}
        if last
        else _("Confirm who still needs access. It has not been done before."),
        label=_("Go through the members"),
        url=reverse("tenants:member_review", args=[organisation.slug]),
    )


TASKS = (review_task,)
