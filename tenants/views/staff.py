"""Staff mode: entering a customer's organisation, and leaving it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenants import actions
from tenants.decorators import operator_only, recently_authenticated
from tenants.forms.staff import StaffModeForm
from tenants.models import Organisation
from tenants.navigation import first_part, operation_pages
from tenants.views.person import person_of
from videoportal.kit.http import form_page


@operator_only
@recently_authenticated
def staff_start(request: HttpRequest, org: str) -> HttpResponse:
    """Ask why and for how long, then let the operator in."""
    organisation = get_object_or_404(Organisation.objects.enterable_by_staff(), slug=org)
    person = person_of(request)
    form = StaffModeForm(request.POST or None)
    if form.is_valid():
        try:
            actions.start_staff_session(organisation, by=person, **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            part = first_part(person.access, organisation)
            assert part is not None  # noqa: S101 - staff mode gives every part
            return redirect(part.view, org=organisation.slug)
    return form_page(
        request,
        form,
        "tenants/operation/staff_start.html",
        organisation=organisation,
        heading=_("Support access to %(name)s") % {"name": organisation},
        submit_label=_("Start support access"),
        cancel_url=reverse(operation_pages()[0].view),
    )


@operator_only
@require_POST
def staff_end(request: HttpRequest) -> HttpResponse:
    """End the operator's stay, if one lasts."""
    session = actions.end_staff_session(by=person_of(request))
    if session is not None:
        messages.success(
            request, _("Support access to %(name)s has ended.") % {"name": session.organisation}
        )
    return redirect(operation_pages()[0].view)
