"""The table of jobs."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from tenants.models import Job
from videoportal.kit.tables import BaseTable, Column, NameColumn
from videoportal.kit.templatetags.kit import status

# The shape that stands for each state in the status vocabulary.
JOB_SHAPES = {
    Job.State.WAITING: "pending",
    Job.State.RUNNING: "live",
    Job.State.DONE: "ready",
    Job.State.FAILED: "failed",
}


def job_status(job: Job) -> SafeString:
    """Return shape and word of the job's state."""
    return status(JOB_SHAPES[Job.State(job.state)], job.get_state_display())


def _progress(job: Job) -> Any:
    if job.is_finished or not job.total:
        return job_status(job)
    return format_html("{} {}", job_status(job), f"{job.percent} %")


class JobTable(BaseTable):
    """Jobs of one person, newest first."""

    label = NameColumn(
        _("Job"),
        url=lambda job: reverse("tenants:job", args=[job.public_id]),
        narrow=lambda job: [job.organisation.name],
    )
    organisation = Column(_("Organisation"), hide="narrow")
    state = Column(_("Status"), cell=_progress)
    created_at = Column(_("Started"), numeric=True, hide="phone")
    finished_at = Column(_("Finished"), numeric=True, hide="phone")

    counted = ngettext_lazy("%(count)s job", "%(count)s jobs", "count")
    paged = _("Page through the jobs")
    empty_title = _("You have no jobs")
    empty_help = _(
        "Work that takes time, such as an import, can be left. Its progress and result wait here."
    )
