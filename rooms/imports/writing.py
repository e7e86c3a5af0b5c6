"""The import's writes: the file between preview and end, its job, and the rooms, all or nothing.

Actions in the sense of ``rooms.actions``: each checks the right of ``by``, which is None only
for the command, and writes the audit entries in its own transaction.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import batched
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from rooms import numbers
from rooms.actions.editing import PORTAL_ONLY_FIELDS, push_after_commit
from rooms.actions.orders import create_rooms
from rooms.actions.own import give_to_owners, holders_of
from rooms.choices import Provisioning
from rooms.imports.checking import Plan, make_plan
from rooms.imports.faults import Fault, Unreadable
from rooms.imports.reading import read_sheet
from rooms.imports.rows import Draft
from rooms.models import Room, RoomImport
from tenants import audit
from tenants.access import Forbidden, require
from tenants.actions import finish_job, note_progress, start_job
from tenants.models import Job, Organisation, User
from videoportal.kit.formats import money, number

JOB_KIND = "room_import"
ROWS_A_STEP = 250
KEPT_FOR = timedelta(hours=24)
# Without a sign of life for so long, the worker is taken for dead.
SILENT_FOR = timedelta(seconds=90)
MOST_ATTEMPTS = 3

log = structlog.get_logger(__name__)


class ImportRefused(Exception):
    """The import cannot be carried out now; nothing is stored. ``str()`` is the reason.

    ``faults`` has the cells behind it, when cells are behind it.
    """

    def __init__(self, message: str, faults: list[Fault] | None = None) -> None:
        super().__init__(message)
        self.faults = faults or []


@dataclass(frozen=True)
class Outcome:
    """What an import did: counts of rooms, and the monthly price of the new ones in kroner."""

    created: int
    changed: int
    unchanged: int
    monthly: Decimal

    def as_facts(self) -> dict[str, Any]:
        return {
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "monthly": str(self.monthly),
        }


# The file


def _packed(content: bytes) -> str:
    return base64.b85encode(zlib.compress(content)).decode()


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b85decode(text))


@transaction.atomic
def receive_file(
    organisation: Organisation, content: bytes, *, by: User, file_name: str
) -> RoomImport:
    """Return the uploaded file, kept encrypted for its preview. It must have been read already."""
    require(by, "manage_rooms", organisation)
    return RoomImport.objects.create(
        organisation=organisation,
        uploaded_by=by,
        file_name=file_name[:200],
        content=_packed(content),
        digest=hashlib.sha256(content).hexdigest(),
    )


def plan_of(room_import: RoomImport) -> Plan:
    """Return what the kept file would do now. Raises :class:`Unreadable`."""
    sheet = read_sheet(_unpacked(str(room_import.content)))
    return make_plan(sheet, room_import.organisation, choices=room_import.choices)


@transaction.atomic
def choose_types(room_import: RoomImport, choices: Mapping[str, str], *, by: User) -> RoomImport:
    """Keep which room type each group of rows gets."""
    require(by, "manage_rooms", room_import.organisation_id)
    found = _locked(room_import.pk)
    if found is None or found.finished_at is not None:
        return room_import
    found.choices = dict(choices)
    found.save(update_fields=["choices"])
    return found


def _locked(import_id: int) -> RoomImport | None:
    return (
        RoomImport.objects.unscoped(reason="a task is given the import's id and nothing else")
        .select_related("organisation__reseller", "job__started_by")
        .select_for_update(of=("self",))
        .filter(pk=import_id)
        .first()
    )


# Starting


@transaction.atomic
def start_import(room_import: RoomImport, plan: Plan, *, by: User) -> Job:
    """Return the job that carries the import out; a second call returns the running one.

    Raises :class:`ImportRefused` when the plan has faults or does nothing.
    """
    require(by, "manage_rooms", room_import.organisation_id)
    found = _locked(room_import.pk)
    if found is None:
        raise ImportRefused(_("The file is no longer here. Upload it again."))
    if found.job is not None and found.job.state != Job.State.FAILED:
        return found.job
    if not found.content:
        raise ImportRefused(_("The file is no longer here. Upload it again."))
    if plan.faults:
        raise ImportRefused(_refusal(plan), plan.faults)
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


def _refusal(plan: Plan) -> str:
    rows = len(plan.by_outcome["fault"])
    return ngettext(
        "%(rows)s row has faults, so nothing was imported.",
        "%(rows)s rows have faults, so nothing was imported.",
        rows,
    ) % {"rows": number(rows)}


# Carrying out


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
    room_import = _locked(import_id)
    if room_import is None or room_import.job is None or room_import.job.is_finished:
        return None
    attempts = room_import.summary.get("attempts", 0) + 1
    room_import.summary = {**room_import.summary, "attempts": attempts}
    room_import.save(update_fields=["summary"])
    note_progress(room_import.job, done=0)
    return room_import


@transaction.atomic
def _give_up(import_id: int, reason: str) -> None:
    room_import = _locked(import_id)
    if room_import is not None and room_import.job is not None and not room_import.job.is_finished:
        finish_job(room_import.job, failure=reason)


def _run(import_id: int) -> Outcome | None:
    with transaction.atomic():
        room_import = _locked(import_id)
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
        pool.submit(write, done)

    try:
        yield tell
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def lock_organisation(organisation: Organisation) -> None:
    """Let only one import at a time into the organisation, until the transaction ends."""
    Organisation.objects.in_organisation(organisation).select_for_update(no_key=True).get()


@transaction.atomic
def carry_out(
    plan: Plan,
    *,
    by: User | None,
    file_name: str,
    target: RoomImport | None = None,
    tell: Callable[[int], None] | None = None,
) -> Outcome:
    """Store the plan's rooms and return what was done; with any fault, nothing is.

    ``tell`` hears how many rooms are done. The plan must have been made in this transaction
    after :func:`lock_organisation`. Raises :class:`ImportRefused` and
    :class:`rooms.numbers.NumbersExhausted`.
    """
    organisation = plan.organisation
    if by is not None:
        require(by, "manage_rooms", organisation)
    if plan.faults:
        raise ImportRefused(_refusal(plan), plan.faults)
    new = [draft.room for draft in plan.new if draft.room is not None]
    _give_numbers(new)
    done = 0
    for step in batched(new, ROWS_A_STEP, strict=False):
        for room in step:
            room.clean_fields(exclude=["organisation", "product", "next_product"])
        create_rooms(list(step), by=by, action="rooms.room.imported", charged_from=plan.today)
        done += len(step)
        if tell is not None:
            tell(done)
    for changed in batched(plan.changed, ROWS_A_STEP, strict=False):
        _store_changes(organisation, list(changed), by=by)
        done += len(changed)
        if tell is not None:
            tell(done)
    outcome = Outcome(
        created=len(new),
        changed=len(plan.changed),
        unchanged=len(plan.by_outcome["same"]),
        monthly=plan.monthly,
    )
    audit.record(
        "rooms.file.imported",
        by=by,
        organisation=organisation,
        target=target or organisation,
        label=file_name,
        after={name: value for name, value in outcome.as_facts().items() if name != "monthly"},
    )
    return outcome


def _give_numbers(rooms: list[Room]) -> None:
    wanted = {room.number for room in rooms if room.number}
    missing = wanted - numbers.claim_numbers(wanted)
    if missing:
        raise ImportRefused(
            ngettext(
                "This number was taken meanwhile: %(numbers)s. Nothing was imported.",
                "These numbers were taken meanwhile: %(numbers)s. Nothing was imported.",
                len(missing),
            )
            % {"numbers": ", ".join(sorted(missing)[:10])}
        )
    without = [room for room in rooms if not room.number]
    for room, drawn in zip(without, numbers.draw_numbers(len(without)), strict=True):
        room.number = drawn


def _store_changes(organisation: Organisation, drafts: list[Draft], *, by: User | None) -> None:
    rooms = {draft.room.pk: draft for draft in drafts if draft.room is not None}
    fields: set[str] = set()
    entries, pushed, moved = [], [], []
    locked = (
        Room.objects.in_organisation(organisation)
        .select_related("product__room_type")
        .select_for_update(of=("self",))
        .filter(pk__in=rooms)
        .order_by("pk")
    )
    now = timezone.now()
    stored = []
    for room in locked:
        draft = rooms[room.pk]
        if room.version != getattr(draft.room, "version", None):
            raise ImportRefused(
                _("%(room)s was changed by somebody else meanwhile. Nothing was imported.")
                % {"room": room.name}
            )
        before = audit.snapshot(room, draft.changes)
        for name, (_before, after) in draft.changes.items():
            setattr(room, name, after)
        room.clean_fields(exclude=["organisation", "product", "next_product"])
        room.version += 1
        room.changed_at = now
        if draft.changes.keys() - PORTAL_ONLY_FIELDS:
            room.provisioning = Provisioning.PENDING
            room.provisioning_error = ""
            room.provisioning_attempts = 0
            pushed.append(room)
        if "owner_email" in draft.changes:
            moved.append(room)
        fields |= draft.changes.keys()
        stored.append(room)
        entries.append(
            {
                "action": "rooms.room.changed_by_import",
                "by": by,
                "organisation": room.organisation_id,
                "target": room,
                "before": before,
                "after": audit.snapshot(room, draft.changes),
            }
        )
    # An upsert on the key: one statement for all, where bulk_update writes a CASE per row.
    Room.objects.bulk_create(
        stored,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=sorted(
            fields
            | {"version", "changed_at", "provisioning", "provisioning_error"}
            | {"provisioning_attempts"}
        ),
        batch_size=500,
    )
    audit.record_many(entries)
    give_to_owners(moved, holders_of(moved))
    if pushed:
        push_after_commit(pushed)


# The command


def import_file(
    organisation: Organisation, content: bytes, *, file_name: str, dry_run: bool = False
) -> tuple[Plan, Outcome | None]:
    """Return the plan of a file and, unless ``dry_run`` or faults, what carrying it out did.

    For the command: runs as the system. Raises :class:`Unreadable`, :class:`ImportRefused`.
    """
    sheet = read_sheet(content)
    with transaction.atomic():
        lock_organisation(organisation)
        # Only the provider runs the command, and may carry over orders with their dates.
        plan = make_plan(sheet, organisation, earliest_order=date.min)
        if dry_run or plan.faults:
            return plan, None
        return plan, carry_out(plan, by=None, file_name=file_name)


# The schedule


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


def drop_old_contents() -> int:
    """Delete the kept files that are a day old, for they hold PINs; return how many."""
    return (
        RoomImport.objects.unscoped(reason="the schedule serves every tenant")
        .kept_since_before(timezone.now() - KEPT_FOR)
        .update(content="")
    )
