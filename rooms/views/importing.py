"""Import of rooms: upload, preview, start."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rooms.forms.importing import TypesForm, UploadForm
from rooms.imports import ImportRefused, Plan, Unreadable
from rooms.imports.preview import Preview, PreviewTable
from rooms.imports.writing import (
    choose_types,
    keep_shown,
    plan_of,
    receive_file,
    shown_plan,
    start_import,
)
from rooms.models import RoomImport
from rooms.platforms.models import VideoPlatform
from tenants.decorators import in_organisation
from tenants.models import Organisation
from tenants.views.person import person_of
from videoportal.kit.http import form_page
from videoportal.kit.sheets import sheet_response
from videoportal.kit.uploads import was_too_large


@in_organisation("manage_rooms")
def import_upload(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Take a file; one that can be read as rooms goes on to its preview, others are told why."""
    if request.method == "POST":
        form = UploadForm(
            request.POST,
            request.FILES,
            organisation=organisation,
            too_large=was_too_large(request),
        )
        if form.is_valid():
            room_import = receive_file(
                organisation,
                form.content,
                by=person_of(request),
                file_name=form.cleaned_data["file"].name,
            )
            return redirect("rooms:import_preview", organisation.slug, room_import.public_id)
    else:
        form = UploadForm(organisation=organisation)
    return form_page(
        request,
        form,
        "rooms/import_upload.html",
        status=413 if form.is_bound and form.too_large else None,
        organisation=organisation,
        breadcrumbs=_trail(organisation),
    )


def _trail(organisation: Organisation) -> list[dict[str, str]]:
    return [
        {"label": _("Meeting rooms"), "url": reverse("rooms:list", args=[organisation.slug])},
        {"label": _("Import"), "url": ""},
    ]


def _found(organisation: Organisation, import_id: UUID) -> RoomImport:
    imports = RoomImport.objects.in_organisation(organisation).select_related("organisation", "job")
    return get_object_or_404(imports, public_id=import_id)


@in_organisation("manage_rooms")
def import_preview(
    request: HttpRequest, organisation: Organisation, import_id: UUID
) -> HttpResponseBase:
    """Show what a file would do, its faults by cell, or what it has done."""
    room_import = _found(organisation, import_id)
    job = room_import.job
    if room_import.finished_at is not None or not room_import.content:
        return render(
            request,
            "rooms/import_done.html",
            {
                "room_import": room_import,
                "organisation": organisation,
                "answers_at_once": VideoPlatform.objects.usual().answers_at_once,
                "breadcrumbs": _trail(organisation),
            },
        )
    if job is not None and not job.is_finished and job.started_by_id == person_of(request).pk:
        return redirect("tenants:job", job.public_id)
    try:
        plan = shown_plan(room_import)
    except Unreadable as error:
        messages.error(request, str(error))
        return redirect("rooms:import", organisation.slug)
    types = TypesForm(request.POST if request.method == "POST" else None, plan=plan)
    if request.method == "POST" and types.is_valid():
        choose_types(room_import, types.choices(), by=person_of(request))
        return redirect("rooms:import_preview", organisation.slug, import_id)
    preview = Preview(plan, request.GET.get("show", ""))
    if request.GET.get("format") == "csv":
        return _fault_file(preview, room_import)
    return _preview_page(request, room_import, preview, types)


def _preview_page(
    request: HttpRequest, room_import: RoomImport, preview: Preview, types: TypesForm
) -> HttpResponse:
    table = PreviewTable(preview, preview.drafts())
    table.configure(request)
    context: dict[str, Any] = {
        "room_import": room_import,
        "organisation": room_import.organisation,
        "breadcrumbs": _trail(room_import.organisation),
        "plan": preview.plan,
        "preview": preview,
        "table": table,
        "types": types,
        "form": types,
        "upload": UploadForm(organisation=room_import.organisation),
    }
    return render(request, "rooms/import_preview.html", context)


def _fault_file(preview: Preview, room_import: RoomImport) -> HttpResponseBase:
    return sheet_response(
        "csv",
        _("Faults in %(file)s") % {"file": room_import.file_name},
        title=_("Fault"),
        header=[_("Row"), _("Column"), _("Fault")],
        rows=list(preview.fault_rows()),
    )


@in_organisation("manage_rooms")
@require_POST
def import_start(request: HttpRequest, organisation: Organisation, import_id: UUID) -> HttpResponse:
    """Start the import that the reader has seen; when it has become another one, show it again."""
    room_import = _found(organisation, import_id)
    back = redirect("rooms:import_preview", organisation.slug, import_id)
    if room_import.finished_at is not None or not room_import.content:
        return back
    try:
        plan = plan_of(room_import)
        if not _agreed(request, room_import, plan):
            keep_shown(room_import, plan)
            return back
        job = start_import(room_import, plan, by=person_of(request))
    except Unreadable as refused:
        messages.error(request, str(refused))
        return back
    except ImportRefused as refused:
        keep_shown(room_import, plan)
        messages.error(request, str(refused))
        return back
    if job.started_by_id != person_of(request).pk:
        messages.info(request, _("Somebody else has started this import already."))
        return redirect("rooms:list", organisation.slug)
    return redirect("tenants:job", job.public_id)


def _agreed(request: HttpRequest, room_import: RoomImport, plan: Plan) -> bool:
    """Tell whether the posted page showed this very plan; keep types that were changed on it."""
    types = TypesForm(request.POST, plan=plan)
    if types.is_valid() and types.choices() != {group.key: group.chosen for group in plan.groups}:
        choose_types(room_import, types.choices(), by=person_of(request))
        messages.info(
            request, _("You changed room types. Look over the price and binding, and start again.")
        )
        return False
    if request.POST.get("digest") != plan.digest():
        messages.info(
            request, _("Something has changed since you opened the page. Look it over once more.")
        )
        return False
    return True
