"""Whether somebody has lately shown who they are, and asking them again."""

from __future__ import annotations

import time

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _

from tenants import second_factor
from videoportal.kit import resume
from videoportal.kit.http import open_page, referring_page

AFTERWARDS = "after_second_factor"


def is_recent(request: HttpRequest) -> bool:
    """Return whether the person signed in, or confirmed it, within the last minutes.

    Signing in counts: asking for the same password twice in a minute teaches nobody anything.
    """
    records = get_authentication_records(request, request.user)
    newest = max((record.get("at", 0) for record in records), default=0)
    return time.time() - newest < settings.REAUTHENTICATION_SECONDS


def ask(request: HttpRequest, *, back_to: str = "") -> HttpResponse:
    """Send the person to confirm who they are, and from there back to what they were about.

    What a guarded form held is kept and filled in again (``videoportal.kit.resume``). A button
    leads back to the page it stands on, and so does ``back_to`` for a file. Whoever has neither
    password nor second factor here signs in again where they came from.
    """
    methods = get_adapter().get_reauthentication_methods(request.user)
    if not methods:
        # Before anything is kept: it empties the session.
        logout(request)
    if back_to:
        messages.info(request, _("Choose the file again afterwards."))
    target = back_to or _target(request)
    url = methods[0]["url"] if methods else str(resolve_url(settings.LOGIN_URL))
    return open_page(request, redirect_to_login(target, url, REDIRECT_FIELD_NAME).url)


def _target(request: HttpRequest) -> str:
    page = referring_page(request) or str(resolve_url(settings.LOGIN_REDIRECT_URL))
    if request.method in {"GET", "HEAD"}:
        return page if request.headers.get("HX-Request") else request.get_full_path()
    if resume.keep(request):
        messages.info(request, _("What you wrote is kept. You get it back in a moment."))
        return request.get_full_path()
    messages.info(request, _("Nothing is changed yet. Press the button again afterwards."))
    return page


def demand_second_factor(request: HttpRequest) -> HttpResponse:
    """Send the person to give their second factor, or to set one up when they have none.

    They come back to what they were about afterwards.
    """
    factors = second_factor.factors_of(request.user)  # type: ignore[arg-type]  # signed in
    target = _target(request)
    if not factors.any:
        request.session[AFTERWARDS] = target
        return open_page(request, reverse("tenants:second_factor"))
    name = "mfa_reauthenticate_webauthn" if factors.passkeys else "mfa_reauthenticate"
    return open_page(request, redirect_to_login(target, reverse(name), REDIRECT_FIELD_NAME).url)


def afterwards(request: HttpRequest) -> str:
    """Return where the person was going when they were asked to set up a second factor, once."""
    target: str = request.session.pop(AFTERWARDS, "")
    return target
