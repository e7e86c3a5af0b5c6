"""Resellers: the provider connects them with clients, and clients see who theirs is."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tenants import actions, audit_texts
from tenants.decorators import in_organisation, operator_only
from tenants.filters import OrganisationSearch
from tenants.forms.organisations import ConnectForm, DisconnectForm
from tenants.models import AuditEntry, Organisation, ResellerConnection
from tenants.tables.organisations import ResellerTable
from tenants.views.person import person_of
from videoportal.kit.formats import short_date
from videoportal.kit.http import form_page, list_page

LATEST = 20


@operator_only
def resellers(request: HttpRequest) -> HttpResponse:
    """List the resellers with the number of their clients."""
    search = OrganisationSearch(request.GET)
    del search.filters["kind"]
    rows = search.narrow(Organisation.objects.everybodys().resellers())
    return list_page(
        request,
        ResellerTable(rows),
        search,
        "tenants/operation/resellers.html",
        list_label=_("Resellers"),
    )


@operator_only
def reseller_connect(request: HttpRequest, org: str) -> HttpResponse:
    """Show who has served a client, and connect it with a reseller."""
    organisation = get_object_or_404(
        Organisation.objects.everybodys().select_related("reseller").customers(), slug=org
    )
    form = ConnectForm(request.POST or None)
    if form.is_valid():
        try:
            made = actions.connect_client(organisation, by=person_of(request), **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            messages.success(
                request,
                _("%(reseller)s is the reseller from %(date)s.")
                % {"reseller": made.reseller, "date": short_date(made.starts_on)},
            )
            return redirect("tenants:reseller_connect", org=org)
    return form_page(
        request,
        form,
        "tenants/operation/reseller_connect.html",
        organisation=organisation,
        connections=organisation.reseller_connections.newest_first(),
    )


@operator_only
def reseller_end(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """End a connection now or after a last day."""
    connection = get_object_or_404(
        ResellerConnection.objects.everybodys().select_related("organisation", "reseller"),
        public_id=connection_id,
    )
    form = DisconnectForm(request.POST or None)
    back = reverse("tenants:reseller_connect", args=[connection.organisation.slug])
    if form.is_valid():
        try:
            actions.end_connection(connection, by=person_of(request), **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            messages.success(request, _("The end date of the connection is saved."))
            return redirect(back)
    return form_page(
        request,
        form,
        "tenants/operation/reseller_end.html",
        connection=connection,
        heading=_("End the connection with %(name)s") % {"name": connection.reseller},
        submit_label=_("End the connection"),
        cancel_url=back,
    )


@in_organisation("view_audit")
def our_reseller(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show a client its reseller, the earlier ones, and what they did on its behalf."""
    connections = list(organisation.reseller_connections.newest_first())
    entries = AuditEntry.objects.in_organisation(organisation).on_behalf().newest(LATEST)
    current = next((one for one in connections if one.state == "now"), None)
    return render(
        request,
        "tenants/our_reseller.html",
        {
            "organisation": organisation,
            "current": current,
            "coming": [one for one in connections if one.state == "coming"],
            "earlier": [one for one in connections if one.state == "over"],
            "log": audit_texts.lines(
                entries, person_of(request), reseller=current.reseller.name if current else ""
            ),
        },
    )
