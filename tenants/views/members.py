"""Members of an organisation: the list, a person's page, access level and removal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants import actions, audit_texts, belongings
from tenants.decorators import in_organisation, recently_authenticated
from tenants.forms.members import LEVELS, LevelForm
from tenants.members import highest, member_row, member_rows, summary
from tenants.models import AccessRequest, AuditEntry, Organisation, User
from tenants.roles import Role
from tenants.tables.members import MemberSearch, MemberTable
from tenants.views.person import person_of
from videoportal.kit.http import form_page, list_page
from videoportal.kit.sheets import FORMATS, export_links, sheet_response

LATEST = 10


@in_organisation("manage_members")
def member_list(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """List the members and those invited."""
    rows = member_rows(organisation, reader=person_of(request))
    levels = _levels(organisation)
    search = MemberSearch(request.GET, organisation=organisation, levels=levels)
    return list_page(
        request,
        MemberTable(search.rows(rows), organisation=organisation),
        search,
        "tenants/member_list.html",
        organisation=organisation,
        list_label=_("Members"),
        meta=summary(rows),
        requests=AccessRequest.objects.in_organisation(organisation).open().oldest_first(),
        levels=[(role.label, LEVELS[role]) for role in levels],
        export_formats=export_links(
            lambda fmt: reverse("tenants:member_export", args=[organisation.slug, fmt]),
            request.GET.urlencode(),
        ),
    )


def _levels(organisation: Organisation) -> list[Role]:
    return list(actions.ROLES_OF_KIND[Organisation.Kind(organisation.kind)])


@in_organisation("manage_members")
def member_export(request: HttpRequest, organisation: Organisation, fmt: str) -> HttpResponseBase:
    """Return the members that the list shows, in its order, as CSV or XLSX."""
    if fmt not in FORMATS:
        raise Http404
    person = person_of(request)
    search = MemberSearch(request.GET, organisation=organisation, levels=_levels(organisation))
    table = MemberTable(
        search.rows(member_rows(organisation, reader=person)), organisation=organisation
    )
    table.configure(request)
    header, *rows = table.as_values()
    actions.note_members_exported(organisation, by=person, fmt=fmt, rows=len(rows))
    return sheet_response(
        fmt,
        f"{_('Members')} {organisation.name} {timezone.localdate():%Y-%m-%d}",
        title=_("Members"),
        header=header,
        rows=rows,
    )


def _member(organisation: Organisation, member_id: UUID) -> Any:
    return get_object_or_404(User.objects.members_of(organisation), public_id=member_id)


def _trail(organisation: Organisation, member: User, last: str = "") -> list[dict[str, str]]:
    trail = [
        {
            "label": _("Members"),
            "url": reverse("tenants:member_list", args=[organisation.slug]),
        }
    ]
    if not last:
        return [*trail, {"label": str(member)}]
    return [*trail, {"label": str(member), "url": _page(organisation, member)}, {"label": last}]


def _page(organisation: Organisation, member: User) -> str:
    return reverse("tenants:member_detail", args=[organisation.slug, member.public_id])


@in_organisation("manage_members")
def member_detail(
    request: HttpRequest, organisation: Organisation, member_id: UUID
) -> HttpResponse:
    """Show what a member is in this organisation, what they own in it and did in it lately."""
    person = person_of(request)
    member = _member(organisation, member_id)
    entries = AuditEntry.objects.in_organisation(organisation).made_by(member).newest(LATEST)
    return render(
        request,
        "tenants/member_detail.html",
        {
            "organisation": organisation,
            "member": member,
            "row": member_row(member, reader=person),
            "may_change": _may_change(person, organisation, member),
            "sections": [
                {
                    "kind": kind,
                    "facts": kind.section(organisation, member),
                    "hand_over_url": kind.hand_over_url(organisation, member),
                }
                for kind in belongings.kinds()
            ],
            "log": audit_texts.lines(entries, person),
            "breadcrumbs": _trail(organisation, member),
        },
    )


def _may_change(person: User, organisation: Organisation, member: Any) -> bool:
    return set(member.roles) <= set(actions.grantable_roles(person, organisation))


@in_organisation("manage_members")
@recently_authenticated
def member_level(request: HttpRequest, organisation: Organisation, member_id: UUID) -> HttpResponse:
    """Change a member's access level."""
    person = person_of(request)
    member = _member(organisation, member_id)
    form = LevelForm(
        request.POST or None,
        roles=actions.grantable_roles(person, organisation),
        initial={"role": highest(member.roles)},
    )
    if form.is_valid():
        try:
            changed = actions.change_access_level(
                member, form.cleaned_data["role"], organisation, by=person
            )
        except actions.LastAdministrator as refusal:
            form.add_error("role", str(refusal))
        else:
            if changed:
                messages.success(
                    request,
                    _("The access level of %(name)s is changed. It takes effect at once.")
                    % {"name": member},
                )
            if member.pk == person.pk:
                return redirect("tenants:home")
            return redirect(_page(organisation, member))
    return form_page(
        request,
        form,
        "tenants/member_level.html",
        heading=_("Access level of %(name)s") % {"name": member},
        submit_label=_("Save the access level"),
        cancel_url=_page(organisation, member),
        organisation=organisation,
        member=member,
        is_self=member.pk == person.pk,
        may_change=_may_change(person, organisation, member),
        breadcrumbs=_trail(organisation, member, _("Access level")),
    )


@in_organisation("manage_members")
@recently_authenticated
def member_remove(
    request: HttpRequest, organisation: Organisation, member_id: UUID
) -> HttpResponse:
    """Ask, then take every access level in the organisation from the member."""
    person = person_of(request)
    member = _member(organisation, member_id)
    refusal = ""
    if request.method == "POST":
        try:
            actions.remove_member(member, organisation, by=person)
        except actions.LastAdministrator as error:
            refusal = str(error)
        else:
            messages.success(request, _("%(name)s is no longer a member.") % {"name": member})
            if member.pk == person.pk:
                return redirect("tenants:home")
            return redirect("tenants:member_list", org=organisation.slug)
    owned = [
        {
            "kind": kind,
            "count": count,
            "words": kind.counted % {"count": count},
            "url": kind.hand_over_url(organisation, member),
        }
        for kind in belongings.kinds()
        if (count := kind.counts(organisation).get(member.pk, 0))
    ]
    return render(
        request,
        "tenants/member_remove.html",
        {
            "organisation": organisation,
            "member": member,
            "owned": owned,
            "refusal": refusal,
            "is_self": member.pk == person.pk,
            "heading": _("Remove %(name)s from %(organisation)s")
            % {"name": member, "organisation": organisation.name},
            "submit_label": _("Remove the member"),
            "cancel_url": _page(organisation, member),
            "breadcrumbs": _trail(organisation, member, _("Remove")),
        },
        status=409 if refusal else 200,
    )


@in_organisation("manage_members")
def member_reopen(
    request: HttpRequest, organisation: Organisation, member_id: UUID
) -> HttpResponse:
    """Ask, then let a member whose unused account was closed sign in again."""
    person = person_of(request)
    member = _member(organisation, member_id)
    if request.method == "POST":
        actions.reopen_account(member, organisation, by=person)
        messages.success(request, _("%(name)s can sign in again.") % {"name": member})
        return redirect(_page(organisation, member))
    if member.is_active:
        return redirect(_page(organisation, member))
    return render(
        request,
        "tenants/member_reopen.html",
        {
            "organisation": organisation,
            "member": member,
            "cancel_url": _page(organisation, member),
            "breadcrumbs": _trail(organisation, member, _("Open the account")),
        },
    )
