"""The audit log: of an organisation, of a reseller's clients, one's own and the platform's.

Every page and its file read the same rows through the same search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants import actions
from tenants import log as trail
from tenants.decorators import in_organisation, operator_only, signed_in
from tenants.models import AuditEntry, Organisation
from tenants.querysets import AuditEntryQuerySet
from tenants.tables.log import LogSearch, LogTable
from tenants.views.person import person_of
from videoportal.kit.http import list_page
from videoportal.kit.scope import everywhere, in_scope
from videoportal.kit.sheets import FORMATS, export_links, sheet_response

CHUNK = 2000


def _page(
    request: HttpRequest,
    entries: AuditEntryQuerySet,
    *,
    export: str,
    args: tuple[object, ...] = (),
    organisations: bool = False,
    own: bool = False,
    **context: Any,
) -> HttpResponse:
    search = LogSearch(request.GET)
    found = search.narrow(entries)
    if organisations:
        found = found.select_related("organisation")
    table = LogTable(found, viewer=person_of(request), organisations=organisations, own=own)
    table.found_dearly = search.looks_for_words
    return list_page(
        request,
        table,
        search,
        "tenants/log.html",
        list_label=context["heading"],
        kept_for=trail.kept_for(),
        export_formats=export_links(
            lambda fmt: reverse(export, args=[*args, fmt]), request.GET.urlencode()
        ),
        **context,
    )


def _file(
    request: HttpRequest,
    entries: AuditEntryQuerySet,
    fmt: str,
    *,
    which: str,
    organisation: Organisation | None = None,
    scope: Callable[[], AbstractContextManager[None]],
) -> HttpResponseBase:
    if fmt not in FORMATS:
        raise Http404
    person = person_of(request)
    search = LogSearch(request.GET)
    found = search.narrow(entries).select_related("organisation")
    actions.note_log_exported(
        organisation, by=person, which=which, fmt=fmt, search=search.in_words()
    )

    def rows() -> Iterator[list[Any]]:
        # Read while the answer is sent, when the page's own scope is left.
        with scope():
            yield from trail.rows(found.iterator(chunk_size=CHUNK), person, own=which == "own")

    return sheet_response(
        fmt,
        f"{_('Change log')} {timezone.localdate():%Y-%m-%d}",
        title=_("Change log"),
        header=trail.header(),
        rows=rows(),
    )


@in_organisation("view_audit")
def log(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show everything that was done in the organisation, newest first."""
    entries: AuditEntryQuerySet = AuditEntry.objects.in_organisation(organisation)
    person = person_of(request)
    clients_url = (
        reverse("tenants:client_log", args=[organisation.slug])
        if person.access.can("administer_clients", organisation)
        else ""
    )
    return _page(
        request,
        entries,
        export="tenants:log_export",
        args=(organisation.slug,),
        heading=_("Change log"),
        organisation=organisation,
        clients_url=clients_url,
    )


@in_organisation("view_audit")
def log_export(request: HttpRequest, organisation: Organisation, fmt: str) -> HttpResponseBase:
    """Return the entries that the page shows, as CSV or XLSX."""
    entries: AuditEntryQuerySet = AuditEntry.objects.in_organisation(organisation)
    ids = [organisation.pk]
    return _file(
        request,
        entries,
        fmt,
        which="organisation",
        organisation=organisation,
        scope=lambda: in_scope(ids),
    )


@in_organisation("administer_clients")
def client_log(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show what was done in all of the reseller's clients, in one list."""
    ids = person_of(request).access.client_ids
    entries: AuditEntryQuerySet = AuditEntry.objects.in_organisations(ids)
    with in_scope({organisation.pk, *ids}):
        return _page(
            request,
            entries,
            export="tenants:client_log_export",
            args=(organisation.slug,),
            organisations=True,
            heading=_("Change log of all clients"),
            organisation=organisation,
        )


@in_organisation("administer_clients")
def client_log_export(
    request: HttpRequest, organisation: Organisation, fmt: str
) -> HttpResponseBase:
    """Return the clients' entries that the page shows, as CSV or XLSX."""
    ids = person_of(request).access.client_ids
    entries: AuditEntryQuerySet = AuditEntry.objects.in_organisations(ids)
    return _file(
        request,
        entries,
        fmt,
        which="clients",
        organisation=organisation,
        scope=lambda: in_scope({organisation.pk, *ids}),
    )


@signed_in
def my_log(request: HttpRequest) -> HttpResponse:
    """Show what the person did, and what was done to their account and their own things."""
    with everywhere(reason="one's own trail crosses the organisations one belongs to"):
        return _page(
            request,
            trail.of_person(person_of(request)),
            export="tenants:my_log_export",
            organisations=True,
            own=True,
            heading=_("My change log"),
        )


@signed_in
def my_log_export(request: HttpRequest, fmt: str) -> HttpResponseBase:
    """Return one's own entries that the page shows, as CSV or XLSX."""
    person = person_of(request)
    with everywhere(reason="one's own trail crosses the organisations one belongs to"):
        return _file(
            request,
            trail.of_person(person),
            fmt,
            which="own",
            scope=lambda: everywhere(reason="one's own trail crosses organisations"),
        )


@operator_only
def platform_log(request: HttpRequest) -> HttpResponse:
    """Show the changes of the register and the ways in that belong to no organisation."""
    with everywhere(reason="the provider reads the register's changes of every organisation"):
        return _page(
            request,
            trail.of_the_platform(),
            export="tenants:platform_log_export",
            organisations=True,
            heading=_("Change log"),
            is_platform=True,
        )


@operator_only
def platform_log_export(request: HttpRequest, fmt: str) -> HttpResponseBase:
    """Return the platform's entries that the page shows, as CSV or XLSX."""
    with everywhere(reason="the provider reads the register's changes of every organisation"):
        return _file(
            request,
            trail.of_the_platform(),
            fmt,
            which="platform",
            scope=lambda: everywhere(reason="the provider reads the register's changes"),
        )
