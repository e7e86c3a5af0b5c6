"""The job of an import: started once, carried out once, taken up again when a worker dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from datetime import timedelta
from decimal import Decimal
from functools import partial

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from rooms import numbers
from rooms.imports.checking import Plan
from rooms.imports.faults import Unreadable
from rooms.imports.writing.files import locked_import, plan_of
from rooms.imports.writing.rooms import (
    ImportRefused,
    Outcome,
    carry_out,
    lock_organisation,
    refusal,
)
from rooms.models import RoomImport
from tenants import audit
from tenants.access import Forbidden, require
from tenants.actions import finish_job, note_progress, start_job
from tenants.models import Job, User
from videoportal.kit.formats import money

JOB_KIND = "room_import"
# Without a sign of life for so long, the worker is taken for dead.
SILENT_FOR = timedelta(seconds=90)
MOST_ATTEMPTS = 3
log = structlog.get_logger(__name__)


@transaction.atomic
def start_import(room_import: RoomImport, plan: Plan, *, by: User) -> Job:
    """Return the job that carries the import out; a second call returns the running one.

    Raises :class:`ImportRefused` when the plan has faults or does nothing.
    """
    require(by, "manage_rooms", room_import.organisation_id)
    found = locked_import(room_import.pk)
    if found is None:
        raise ImportRefused(_("The file is no longer here. Upload it again."))
    if found.job is not None and found.job.state != Job.State.FAILED:
        return found.job
    if not found.content:
        raise ImportRefused(_("The file is no longer here. Upload it again."))
    if plan.faults:
        raise ImportRefused(refusal(plan), plan.faults)
    job = start_job(
        organisation=found.organisation,
        by=by,
        kind=JOB_KIND,
        label=_("Import of %(file)s") % {"file": found.file_name[:150]},
        total=len(plan.new) + len(plan.changed),
        url=reverse("rooms:import_preview", args=[found.organisation.slug, found.public_id]),
    )
    found.job = job
    found.summary = {"agreed": {"new": len(plan.new), "monthly": str(plan.monthly)}}
    found.save(update_fields=["job", "summary"])
    _queue(found.pk)
    return job


def _queue(import_id: int) -> None:
    from rooms.tasks import queue_import  # noqa: PLC0415 - tasks import this module

    transaction.on_commit(partial(queue_import, import_id))


def run_import(import_id: int) -> Outcome | None:
    """Carry out a started import and end its job; None when there was nothing left to do.

    May be called again at any time, also while another call runs: the second waits for the
    first and then finds it done. Refusals end the job with their reason.
    """
    started = _begin(import_id)
    if started is None:
        return None
    with override(_language_of(started)), _behalf_of(started):
        try:
            return _run(import_id)
        except (ImportRefused, Unreadable, Forbidden, numbers.NumbersExhausted) as refused:
            log.info("room_import_refused", import_id=import_id, reason=str(refused))
            _give_up(import_id, str(refused))
            return None


def _starter(room_import: RoomImport) -> User | None:
    """Return who agreed to the import; another administrator may have uploaded the file."""
    return room_import.job.started_by if room_import.job is not None else None


def _language_of(room_import: RoomImport) -> str:
    user = _starter(room_import)
    return (user.language if user is not None else "") or settings.LANGUAGE_CODE


@contextmanager
def _behalf_of(room_import: RoomImport) -> Iterator[None]:
    reseller, user = room_import.organisation.reseller, _starter(room_import)
    acts = user is not None and user.access.acts_on_behalf(room_import.organisation_id)
    token = audit.acting_reseller.set(reseller.name if reseller is not None and acts else "")
    try:
        yield
    finally:
        audit.acting_reseller.reset(token)


@transaction.atomic
def _begin(import_id: int) -> RoomImport | None:
    room_import = locked_import(import_id)
    if room_import is None or room_import.job is None or room_import.job.is_finished:
        return None
    attempts = room_import.summary.get("attempts", 0) + 1
    room_import.summary = {**room_import.summary, "attempts": attempts}
    room_import.save(update_fields=["summary"])
    note_progress(room_import.job, done=0)
    return room_import


@transaction.atomic
def _give_up(import_id: int, reason: str) -> None:
    room_import = locked_import(import_id)
    if room_import is not None and room_import.job is not None and not room_import.job.is_finished:
        finish_job(room_import.job, failure=reason)


def _run(import_id: int) -> Outcome | None:
    with transaction.atomic():
        room_import = locked_import(import_id)
        if room_import is None or room_import.job is None or room_import.job.is_finished:
            return None
        job, by = room_import.job, _starter(room_import)
        if by is None or not room_import.content:
            raise ImportRefused(_("The file is no longer here. Upload it again."))
        lock_organisation(room_import.organisation)
        plan = plan_of(room_import)
        agreed = Decimal(room_import.summary.get("agreed", {}).get("monthly", "0"))
        if plan.monthly > agreed:
            raise ImportRefused(
                _("The price has risen to %(price)s a month since you agreed. Look it over again.")
                % {"price": money(plan.monthly)}
            )
        with _progress(job) as tell:
            outcome = carry_out(
                plan, by=by, file_name=room_import.file_name, target=room_import, tell=tell
            )
        room_import.content = ""
        room_import.summary = {**room_import.summary, **outcome.as_facts()}
        room_import.finished_at = timezone.now()
        room_import.save(update_fields=["content", "summary", "finished_at"])
        finish_job(job)
        return outcome


@contextmanager
def _progress(job: Job) -> Iterator[Callable[[int], None]]:
    """Give a function that tells how many rows are done while the transaction is still open.

    It writes on a connection of its own, in a thread, and never waits: the last figure counts.
    """
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="import-progress")

    def write(done: int) -> None:
        try:
            note_progress(job, done=done)
        finally:
            connection.close()

    def tell(done: int) -> None:
        # The thread works in the scope of whoever tells it.
        pool.submit(copy_context().run, write, done)

    try:
        yield tell
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def stalled_import_ids() -> list[int]:
    """Return ids of started imports whose worker fell silent, and end the hopeless ones."""
    silent = (
        RoomImport.objects.unscoped(reason="the schedule serves every tenant")
        .without_content()
        .silent_since(timezone.now() - SILENT_FOR)
        .select_related("job__started_by")
    )
    worth_it = []
    for room_import in silent:
        if room_import.summary.get("attempts", 0) < MOST_ATTEMPTS:
            worth_it.append(room_import.pk)
            continue
        with override(_language_of(room_import)):
            _give_up(
                room_import.pk,
                _("The import stopped %(times)s times before it was done. Nothing was imported.")
                % {"times": MOST_ATTEMPTS},
            )
    return worth_it
