"""One's own profile and language."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenants import actions
from tenants.decorators import public, signed_in
from tenants.forms.profile import ProfileForm
from tenants.models import User
from tenants.views.person import person_of
from videoportal.kit.http import form_page, redirect_back


@signed_in
def profile(request: HttpRequest) -> HttpResponse:
    """Change one's own name, language and colours."""
    person = person_of(request)
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
