"""Pages around the organisations: start page, change of client, jobs, profile, language."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenants import actions
from tenants.context import part_named
from tenants.decorators import in_organisation, public, signed_in
from tenants.demo import shown_accounts
from tenants.destinations import destinations_of
from tenants.forms import ProfileForm
from tenants.models import Job, Organisation, User
from tenants.tables import JobTable, job_status
from videoportal.kit.http import form_page, is_fragment, list_page, redirect_back

SUGGESTIONS = 10


def _person(request: HttpRequest) -> User:
    """Return who is signed in; the middleware has let nobody else through."""
    person = request.user
    assert isinstance(person, User)  # noqa: S101 - tells the type, the middleware decides
    return person


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Send the person to their first page, or let them choose among several."""
    destinations = destinations_of(_person(request))
    if not destinations:
        return redirect("rooms:own_list")
    if len(destinations) == 1:
        return redirect(destinations[0].url)
    return render(request, "tenants/home.html", {"destinations": destinations})


@in_organisation("administer_clients")
def switch_client(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Go to the client whose name or number was typed; suggest names to a fragment request.

    ``page`` names the part of the portal to stay in (see ``tenants.context.PARTS``).
    """
    typed = request.GET.get("q", "").replace("\x00", "").strip()[:150]
    clients = Organisation.objects.clients_of(organisation).active()
    if is_fragment(request):
        found = clients.matching(typed).by_name()[:SUGGESTIONS] if typed else clients.none()
        return render(request, "tenants/client_options.html", {"clients": found})
    all_clients = reverse("rooms:clients", args=[organisation.slug])
    if not typed:
        return redirect(all_clients)
    client = clients.meant_by(typed)
    if client is not None:
        return redirect(part_named(request.GET.get("page", "")).view, org=client.slug)
    if not clients.matching(typed).exists():
        messages.warning(request, _("No client fits “%(text)s”.") % {"text": typed})
    return redirect(f"{all_clients}?{urlencode({'q': typed})}")


@signed_in
def jobs(request: HttpRequest) -> HttpResponse:
    """List the person's own jobs, in organisations that they still reach."""
    table = JobTable(Job.objects.own_of(_person(request)).select_related("organisation"))
    return list_page(request, table, None, "tenants/job_list.html", list_label=_("Jobs"))


@signed_in
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Show how far one of the person's own jobs has come; htmx asks again every two seconds."""
    found = get_object_or_404(
        Job.objects.own_of(_person(request)).select_related("organisation"), public_id=job_id
    )
    template = "tenants/job_detail.html"
    if is_fragment(request):
        template += "#progress"
    response = render(request, template, {"job": found, "status_mark": job_status(found)})
    response["Cache-Control"] = "no-store"
    return response


@signed_in
def profile(request: HttpRequest) -> HttpResponse:
    """Change one's own name, language and colours."""
    person = _person(request)
    form = ProfileForm(
        request.POST or None,
        initial={
            "name": person.name,
            "language": get_language(),
            "colour_scheme": person.colour_scheme,
        },
    )
    if not form.is_valid():
        return form_page(
            request,
            form,
            "tenants/profile.html",
            heading=_("Profile and display"),
            submit_label=_("Save the changes"),
            cancel_url=reverse("tenants:home"),
        )
    actions.change_profile(person, by=person, **form.cleaned_data)
    with translation.override(form.cleaned_data["language"]):
        messages.success(request, _("The profile is saved."))
    response = redirect("tenants:profile")
    _remember_language(response, form.cleaned_data["language"])
    return response


@public
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Answer in another language from now on: by the profile, and by a cookie before sign-in."""
    response = redirect_back(request, reverse("tenants:home"))
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return response
    if isinstance(request.user, User):
        actions.change_profile(request.user, by=request.user, language=language)
    _remember_language(response, language)
    return response


def _remember_language(response: HttpResponse, language: str) -> None:
    """Keep the language in a cookie too, for the pages before sign-in."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )


class SignInView(LoginView):
    """allauth's sign-in; a demo portal lists whom to sign in as."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        accounts = shown_accounts()
        if accounts:
            context["demo_password"] = settings.DEMO_PASSWORD
            context["demo_accounts"] = [
                {
                    "name": account.name,
                    "email": account.email,
                    "role": account.role_label,
                    "description": f"{account.role_label}, {account.organisation}",
                }
                for account in accounts
            ]
        return context
