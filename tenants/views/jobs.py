"""Pages of long work."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from tenants.decorators import signed_in
from tenants.models import Job
from tenants.tables.jobs import JobTable, job_status
from tenants.views.person import person_of
from videoportal.kit.http import is_fragment, list_page


@signed_in
def jobs(request: HttpRequest) -> HttpResponse:
    """List the person's own jobs, in organisations that they still reach."""
    table = JobTable(Job.objects.own_of(person_of(request)).select_related("organisation"))
    return list_page(request, table, None, "tenants/job_list.html", list_label=_("Jobs"))


@signed_in
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Show how far one of the person's own jobs has come; htmx asks again every two seconds."""
    found = get_object_or_404(
        Job.objects.own_of(person_of(request)).select_related("organisation"), public_id=job_id
    )
    template = "tenants/job_detail.html"
    if is_fragment(request):
        template += "#progress"
    response = render(request, template, {"job": found, "status_mark": job_status(found)})
    response["Cache-Control"] = "no-store"
    return response
