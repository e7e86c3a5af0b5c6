"""What the portal keeps about people: one's own data, and the two public statements."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenants import actions, log, personal
from tenants.decorators import public, recently_authenticated, signed_in
from tenants.views.person import person_of
from videoportal.kit.http import content_disposition
from videoportal.kit.scope import everywhere


@signed_in
def my_data(request: HttpRequest) -> HttpResponse:
    """Show everything that is kept about the person."""
    with everywhere(reason="what is kept about a person crosses organisations"):
        return render(
            request,
            "tenants/my_data.html",
            {"kinds": personal.on_page(person_of(request))},
        )


@signed_in
@require_POST
def my_data_export(request: HttpRequest) -> HttpResponse:
    """Return everything that is kept about the person as JSON."""
    person = person_of(request)
    with everywhere(reason="what is kept about a person crosses organisations"):
        actions.note_own_data_exported(person, by=person)
        response = JsonResponse(
            personal.as_file(person),
            json_dumps_params={"ensure_ascii": False, "indent": 2, "default": str},
        )
    name = f"{_('My data')} {timezone.localdate():%Y-%m-%d}.json"
    response["Content-Disposition"] = content_disposition(name)
    response["Cache-Control"] = "no-store"
    return response


@signed_in
@recently_authenticated
def my_data_delete(request: HttpRequest) -> HttpResponse:
    """Ask, then close the person's own account and delete what may be deleted."""
    person = person_of(request)
    refusal = ""
    if request.method == "POST":
        try:
            with everywhere(reason="a person leaves every organisation at once"):
                actions.delete_own_account(person, by=person)
        except actions.LastAdministrator as error:
            refusal = str(error)
        else:
            logout(request)
            messages.success(request, _("Your account is closed and your data are deleted."))
            return redirect("account_login")
    return render(
        request,
        "tenants/my_data_delete.html",
        {
            "refusal": refusal,
            "heading": _("Close your account"),
            "submit_label": _("Close the account for good"),
            "cancel_url": reverse("tenants:my_data"),
            "kept_for": log.kept_for(),
            "breadcrumbs": [
                {"label": _("My data"), "url": reverse("tenants:my_data")},
                {"label": _("Close your account")},
            ],
        },
        status=409 if refusal else 200,
    )


@public
def privacy(request: HttpRequest) -> HttpResponse:
    """Tell what is kept about people, why, how long, and which cookies are set."""
    return render(
        request,
        "tenants/privacy.html",
        {
            "demo": settings.DEMO,
            "audit": log.kept_for(),
            "invitations": log.duration(settings.INVITATION_KEPT_DAYS),
            "calls": log.duration(settings.CALL_LEG_DAYS),
            "requests": log.duration(settings.REQUEST_KEPT_DAYS),
            "session_hours": settings.SESSION_SECONDS // 3600,
            "idle_minutes": settings.SESSION_IDLE_SECONDS // 60,
            "inactive_months": settings.INACTIVE_MONTHS,
            "cookies": [
                (settings.SESSION_COOKIE_NAME, _("Keeps you signed in. Gone when you sign out.")),
                (
                    settings.CSRF_COOKIE_NAME,
                    _("Makes sure that a form was sent from the portal itself."),
                ),
                (settings.LANGUAGE_COOKIE_NAME, _("Remembers the language that you chose.")),
            ],
        },
    )


@public
def accessibility(request: HttpRequest) -> HttpResponse:
    """Tell how accessible the portal is, how that was tested, and where to complain."""
    return render(request, "tenants/accessibility.html")
