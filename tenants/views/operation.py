"""The provider's first page, and the look-up of one person."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from tenants import actions
from tenants.addresses import verified_addresses
from tenants.decorators import operator_only
from tenants.forms.organisations import LookUpForm
from tenants.models import Organisation
from tenants.navigation import operation_pages
from tenants.roles import Role
from tenants.views.person import person_of
from videoportal.kit.http import form_page


@operator_only
def operation(request: HttpRequest) -> HttpResponse:
    """Show what waits for the provider, and the way to everything else."""
    first, *rest = operation_pages()
    pages = []
    for page in rest:
        count, words = page.waiting() if page.waiting is not None else (0, "")
        pages.append({"page": page, "url": reverse(page.view), "count": count, "words": words})
    return render(
        request,
        "tenants/operation/start.html",
        {
            "heading": first.label,
            "tasks": [page for page in pages if page["count"]],
            "pages": pages,
        },
    )


@operator_only
def people(request: HttpRequest) -> HttpResponse:
    """Find one person by the whole address. By POST, so that no address stands in one."""
    form = LookUpForm(request.POST or None)
    context: dict[str, Any] = {"searched": False}
    if form.is_valid():
        found = actions.look_up_person(by=person_of(request), **form.cleaned_data)
        context = {"searched": True, "found": found}
        if found is not None:
            access = found.access
            names = Organisation.objects.in_organisations(access.own_organisation_ids).by_name()
            context["addresses"] = verified_addresses(found)
            context["roles"] = [
                {
                    "organisation": organisation,
                    "labels": [
                        str(Role(role).label) for role in sorted(access.roles_in(organisation.pk))
                    ],
                }
                for organisation in names
            ]
    return form_page(request, form, "tenants/operation/people.html", **context)
