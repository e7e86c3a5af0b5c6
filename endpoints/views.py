"""An organisation's endpoints: the list, one of them, its password, and its end."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from endpoints import actions, passwords
from endpoints.choices import Status, kind_word
from endpoints.decorators import endpoint_in_organisation
from endpoints.filters import EndpointSearch
from endpoints.forms import EndpointForm, NewEndpointForm, RemoveForm
from endpoints.models import Endpoint
from endpoints.tables import EndpointTable
from rooms.history import HistoryTable, history_lines
from rooms.platforms.models import VideoPlatform
from tenants.decorators import in_organisation
from tenants.models import AuditEntry, Organisation
from tenants.querysets import AuditEntryQuerySet
from tenants.views.person import person_of
from videoportal.kit import resume
from videoportal.kit.http import form_page, is_fragment, list_page
from videoportal.kit.text import whole

# Log lines on an endpoint's page.
SHOWN = 8


@in_organisation("view_endpoints")
def endpoint_list(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    search = EndpointSearch(request.GET, organisation=organisation)
    found = search.narrow(Endpoint.objects.in_organisation(organisation).for_listing())
    return list_page(
        request,
        EndpointTable(found, organisation=organisation),
        search,
        "endpoints/endpoint_list.html",
        organisation=organisation,
        list_label=_("Video endpoints"),
        may_manage=person_of(request).access.can("manage_endpoints", organisation),
    )


@in_organisation("manage_endpoints")
def endpoint_new(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Add an endpoint, or fill the form with a new password."""
    platform = VideoPlatform.objects.usual()
    suggested = _suggests(request)
    form = NewEndpointForm(
        request.POST if request.method == "POST" and not suggested else None,
        platform=platform,
        organisation=organisation,
    )
    if suggested:
        _suggest(form, request)
    elif form.is_valid():
        try:
            endpoint = actions.register_endpoint(
                organisation, by=person_of(request), **form.cleaned_data
            )
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            messages.success(
                request,
                _("The endpoint is added. Type address, user name and password into it."),
            )
            return redirect(_url("detail", endpoint))
    return form_page(
        request,
        form,
        "endpoints/endpoint_form.html",
        organisation=organisation,
        platform=platform,
        heading=_("Add video endpoint"),
        submit_label=_("Add video endpoint"),
        cancel_url=reverse("endpoints:list", args=[organisation.slug]),
        breadcrumbs=_trail(organisation, _("Add video endpoint")),
    )


@endpoint_in_organisation("view_endpoints")
def endpoint_detail(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    return _show(request, endpoint)


@endpoint_in_organisation("manage_endpoints")
def endpoint_edit(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    """Change the endpoint, or fill the form with a new password."""
    suggested = _suggests(request)
    form = EndpointForm(
        request.POST if request.method == "POST" and not suggested else None, endpoint=endpoint
    )
    if suggested:
        _suggest(form, request)
        form.initial["version"] = request.POST.get("version", "")
    elif form.is_valid() and (saved := _changed(request, endpoint, form)):
        messages.success(request, _saved(endpoint, saved, form))
        return redirect(_url("detail", endpoint))
    return form_page(
        request,
        form,
        "endpoints/endpoint_form.html",
        endpoint=endpoint,
        organisation=endpoint.organisation,
        platform=endpoint.platform,
        summary_heading=_("Nothing is saved yet.") if form.stale else "",
        heading=_("Change %(name)s") % {"name": endpoint.name},
        submit_label=_("Save over it") if form.stale else _("Save the changes"),
        cancel_url=_url("detail", endpoint),
        breadcrumbs=_trail(endpoint.organisation, _("Change the endpoint"), endpoint),
    )


def _changed(request: HttpRequest, endpoint: Endpoint, form: EndpointForm) -> Endpoint | None:
    """Return the endpoint as it was saved; None when the form now tells what is wrong."""
    try:
        return actions.change_endpoint(
            endpoint, by=person_of(request), version=form.posted_version(), **form.changes()
        )
    except actions.StaleEdit:
        form.add_error(
            None, _("Somebody has changed this in the meantime. Look it over and save again.")
        )
    except actions.Gone:
        form.add_error(None, _("Somebody has removed the endpoint in the meantime."))
    except ValidationError as fault:
        form.add_error(None, fault)
    return None


def _saved(before: Endpoint, after: Endpoint, form: EndpointForm) -> str:
    if after.state != before.state:
        if after.is_blocked:
            return _("%(name)s is blocked. It is refused the next time that it registers.") % {
                "name": after.name
            }
        return _("%(name)s may register again.") % {"name": after.name}
    if form.cleaned_data["password"] or after.username != before.username:
        return _("The changes are saved. Type the new account into the endpoint.")
    return _("The changes are saved.")


@never_cache
@endpoint_in_organisation("manage_endpoints")
def password_reveal(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    """Show the password, on this answer only; looking is logged."""
    if request.method != "POST":
        # Somebody reloaded, or changed language on, the page that showed it.
        return redirect(_url("detail", endpoint))
    return _show(
        request, endpoint, password=actions.reveal_password(endpoint, by=person_of(request))
    )


@never_cache
@endpoint_in_organisation("manage_endpoints")
def password_renew(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    """Make a new password and show it, on this answer only."""
    if request.method != "POST":
        return redirect(_url("detail", endpoint))
    by = person_of(request)
    version = whole(request.POST.get("version", ""))
    try:
        endpoint = _as_stored(actions.renew_password(endpoint, by=by, version=version))
    except actions.StaleEdit as stale:
        notice = _("The endpoint has been changed in the meantime. No new password was made.")
        return _show(request, _as_stored(stale.endpoint), notice=notice)
    except actions.Gone:
        return redirect("endpoints:list", org=endpoint.organisation.slug)
    return _show(
        request,
        endpoint,
        password=actions.reveal_password(endpoint, by=by),
        notice=_("The new password is valid now. Type it into the endpoint, or it is refused."),
    )


@endpoint_in_organisation("manage_endpoints")
@require_POST
def endpoint_retry(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    """Send the endpoint to the video platform once more."""
    try:
        actions.retry_provisioning(endpoint, by=person_of(request))
    except actions.Gone:
        return redirect("endpoints:list", org=endpoint.organisation.slug)
    messages.success(request, _("The endpoint is sent to the video platform once more."))
    return redirect(_url("detail", endpoint))


@endpoint_in_organisation("view_endpoints")
def endpoint_history(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    """Show everything that has happened to the endpoint, page by page."""
    return list_page(
        request,
        HistoryTable(entries_of(endpoint), viewer=person_of(request)),
        None,
        "endpoints/endpoint_history.html",
        endpoint=endpoint,
        breadcrumbs=_trail(endpoint.organisation, _("History"), endpoint),
    )


def entries_of(endpoint: Endpoint) -> AuditEntryQuerySet:
    """Return the endpoint's log entries, newest first."""
    entries: AuditEntryQuerySet = AuditEntry.objects.in_organisation(endpoint.organisation_id)
    return entries.about(endpoint)


@endpoint_in_organisation("manage_endpoints")
def endpoint_remove(request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
    """Remove the endpoint after asking."""
    form = RemoveForm(request.POST if request.method == "POST" else None, version=endpoint.version)
    if form.is_valid() and _removed(request, endpoint, form):
        return redirect("endpoints:list", org=endpoint.organisation.slug)
    return form_page(
        request,
        form,
        "endpoints/endpoint_remove.html",
        endpoint=endpoint,
        heading=_("Remove %(name)s") % {"name": endpoint.name},
        submit_label=_("Remove the endpoint"),
        cancel_url=_url("detail", endpoint),
        breadcrumbs=_trail(endpoint.organisation, _("Remove the endpoint"), endpoint),
    )


def _removed(request: HttpRequest, endpoint: Endpoint, form: RemoveForm) -> bool:
    try:
        actions.remove_endpoint(endpoint, by=person_of(request), version=endpoint.version)
    except actions.StaleEdit:
        form.add_error(
            None, _("Somebody has changed this in the meantime. Look it over and save again.")
        )
        return False
    except actions.Gone:
        return True
    messages.success(
        request,
        _("%(name)s is removed and is refused the next time that it registers.")
        % {"name": endpoint.name},
    )
    return True


def _show(
    request: HttpRequest, endpoint: Endpoint, *, password: str = "", notice: str = ""
) -> HttpResponse:
    """Return the endpoint's page, or its account alone when htmx wants to replace that."""
    user = person_of(request)
    template = "endpoints/endpoint_detail.html"
    if is_fragment(request) and request.htmx.target == "account":  # type: ignore[attr-defined]  # django-htmx
        template += "#account"
    response = render(
        request,
        template,
        {
            "endpoint": endpoint,
            "organisation": endpoint.organisation,
            "kind": kind_word(endpoint.kind, endpoint.model),
            "status_word": Status(endpoint.status).label,
            "may_manage": user.access.can("manage_endpoints", endpoint.organisation_id),
            "password": password,
            "notice": notice,
            "log": history_lines(entries_of(endpoint).newest(SHOWN), user),
            "breadcrumbs": _trail(endpoint.organisation, endpoint.name),
        },
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


def _as_stored(endpoint: Endpoint) -> Endpoint:
    stored = Endpoint.objects.in_organisation(endpoint.organisation_id).for_detail()
    return stored.get(pk=endpoint.pk)


def _suggests(request: HttpRequest) -> bool:
    """Return whether the form was sent by its button for a new password."""
    return request.method == "POST" and "new_password" in request.POST


def _suggest(form: Any, request: HttpRequest) -> None:
    """Fill the form with what was typed, and with a new password."""
    resume.fill(form, request.POST)
    form.initial["password"] = passwords.generate()


def _url(name: str, endpoint: Endpoint) -> str:
    return reverse(f"endpoints:{name}", args=[endpoint.organisation.slug, endpoint.public_id])


def _trail(
    organisation: Organisation, here: str, endpoint: Endpoint | None = None
) -> list[dict[str, str]]:
    between = [{"label": endpoint.name, "url": _url("detail", endpoint)}] if endpoint else []
    return [
        {"label": _("Video endpoints"), "url": reverse("endpoints:list", args=[organisation.slug])},
        *between,
        {"label": here},
    ]
