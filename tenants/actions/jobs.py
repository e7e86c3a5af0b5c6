"""Long work for the page «Jobs»."""

from __future__ import annotations

from django.utils import timezone

from tenants.access import require_reach
from tenants.models import Job, Organisation, User


def start_job(
    *,
    organisation: Organisation,
    by: User,
    kind: str,
    label: str,
    total: int = 0,
    url: str = "",
) -> Job:
    """Return a new job for the page «Jobs»; the caller's task moves it on."""
    require_reach(by, organisation)
    return Job.objects.create(
        organisation=organisation,
        started_by=by,
        kind=kind,
        label=label,
        total=total,
        url=url,
    )


def note_progress(job: Job, *, done: int, total: int | None = None) -> None:
    """Write how far a running job has come. Call it outside the job's own transaction."""
    Job.objects.in_organisation(job.organisation_id).filter(pk=job.pk).update(
        state=Job.State.RUNNING,
        done=done,
        heartbeat_at=timezone.now(),
        **({} if total is None else {"total": total}),
    )


def finish_job(job: Job, *, failure: str = "") -> None:
    """Write that a job has ended, with the reason when it failed."""
    job.state = Job.State.FAILED if failure else Job.State.DONE
    job.failure = failure
    job.finished_at = job.heartbeat_at = timezone.now()
    if not failure:
        job.done = job.total
    job.save(update_fields=["state", "failure", "finished_at", "heartbeat_at", "done"])
