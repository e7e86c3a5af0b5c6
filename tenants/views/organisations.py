"""The provider's register of organisations."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.shortcuts import render as render_page
from django.urls import reverse
from django.utils.translation import gettext as _

from tenants import actions, audit_texts
from tenants.decorators import operator_only
from tenants.filters import OrganisationSearch
from tenants.forms.organisations import NewOrganisationForm, OrganisationForm, ReasonForm
from tenants.models import AuditEntry, Organisation, User
from tenants.tables.organisations import OrganisationTable, organisation_status
from tenants.views.person import person_of
from videoportal.kit.http import form_page, list_page

LATEST = 8


@operator_only
def organisations(request: HttpRequest) -> HttpResponse:
    """List all organisations."""
    search = OrganisationSearch(request.GET)
    rows = search.narrow(Organisation.objects.everybodys().for_register())
    return list_page(
        request,
        OrganisationTable(rows),
        search,
        "tenants/operation/organisations.html",
        list_label=_("Organisations"),
    )


@operator_only
def organisation_new(request: HttpRequest) -> HttpResponse:
    """Register a new customer or reseller."""
    form = NewOrganisationForm(request.POST or None)
    if form.is_valid():
        try:
            made = actions.create_organisation(by=person_of(request), **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            messages.success(request, _("%(name)s is registered.") % {"name": made})
            return redirect("tenants:organisation_detail", org=made.slug)
    return form_page(
        request,
        form,
        "tenants/operation/organisation_form.html",
        heading=_("New organisation"),
        submit_label=_("Register the organisation"),
        cancel_url=reverse("tenants:organisations"),
    )


@operator_only
def organisation_detail(request: HttpRequest, org: str) -> HttpResponse:
    """Show one organisation: who it is, who administers it and what happened lately."""
    organisation = get_object_or_404(Organisation.objects.everybodys().in_full(), slug=org)
    entries = AuditEntry.objects.in_organisation(organisation).of_the_register().newest(LATEST)
    return render_page(
        request,
        "tenants/operation/organisation_detail.html",
        {
            "organisation": organisation,
            "status_mark": organisation_status(organisation),
            "administrators": list(User.objects.administrators_of(organisation)),
            "log": audit_texts.lines(entries, person_of(request)),
        },
    )


@operator_only
def organisation_edit(request: HttpRequest, org: str) -> HttpResponse:
    """Change name and parent."""
    organisation = _find(org)
    parent = organisation.parent
    form = OrganisationForm(
        request.POST or None,
        initial={
            "name": organisation.name,
            "parent": parent.organisation_number if parent is not None else "",
        },
    )
    if form.is_valid():
        try:
            actions.change_organisation(organisation, by=person_of(request), **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            messages.success(request, _("The organisation is saved."))
            return redirect("tenants:organisation_detail", org=org)
    return form_page(
        request,
        form,
        "tenants/operation/organisation_form.html",
        organisation=organisation,
        heading=_("Change %(name)s") % {"name": organisation},
        submit_label=_("Save the changes"),
        cancel_url=reverse("tenants:organisation_detail", args=[org]),
    )


@operator_only
def organisation_close(request: HttpRequest, org: str) -> HttpResponse:
    """Take an organisation out of use, or into use again, after showing what that means."""
    organisation = get_object_or_404(Organisation.objects.everybodys().in_full(), slug=org)
    form = ReasonForm(request.POST or None)
    closing = organisation.is_active
    if form.is_valid():
        change = actions.deactivate_organisation if closing else actions.reactivate_organisation
        try:
            change(organisation, by=person_of(request), **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            messages.success(request, _closed(closing) % {"name": organisation})
            return redirect("tenants:organisation_detail", org=org)
    return form_page(
        request,
        form,
        "tenants/operation/organisation_close.html",
        **_closing_words(organisation, closing),
    )


def _closed(closing: bool) -> str:
    return _("%(name)s is out of use.") if closing else _("%(name)s is in use again.")


def _closing_words(organisation: Organisation, closing: bool) -> dict[str, Any]:
    name = {"name": organisation}
    return {
        "organisation": organisation,
        "closing": closing,
        "danger": closing,
        "heading": (
            _("Take %(name)s out of use") % name
            if closing
            else _("Put %(name)s back into use") % name
        ),
        "submit_label": _("Take out of use") if closing else _("Put back into use"),
        "cancel_url": reverse("tenants:organisation_detail", args=[organisation.slug]),
    }


def _find(org: str) -> Organisation:
    return get_object_or_404(
        Organisation.objects.everybodys().select_related("parent", "reseller"), slug=org
    )
