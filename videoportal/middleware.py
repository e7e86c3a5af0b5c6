"""Middleware of the portal itself: language, sign-in that loses nothing, audit context."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django_structlog.middlewares import RequestMiddleware

from tenants import audit
from tenants.middleware import tell_why_over
from videoportal.kit import resume, scope
from videoportal.kit.http import keep_scope, open_page, referring_page
from videoportal.logs import without_keys

type GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Where an identity provider sends somebody back to, with a code in the query.
_PROVIDERS = re.compile(r"/accounts/oidc/")
SUPPORTED = {code for code, _name in settings.LANGUAGES}


class NoStoreMiddleware:
    """Keeps every page out of the browser's store unless its view decides otherwise.

    Pages hold names, rooms and sometimes PINs, and the next person at a shared computer must
    not get them back with the back button. Static files are answered before this.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response


class ScopeMiddleware:
    """Answers in one transaction, in which the database shows nobody's rows but the visitor's.

    The scope begins empty and is the visitor's from when they are read (``tenants.reach``). An
    answer that tells of a fault undoes what was written; 404 and 403 do not, since somebody may
    have written in the log that it came to that.
    """

    # Says that the database is down, when it is.
    OUTSIDE = ("/healthz",)

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info in self.OUTSIDE:
            return self.get_response(request)
        with scope.closed(), transaction.atomic(savepoint=False):
            response = self.get_response(request)
            # In a test the transaction is the test's.
            if response.status_code >= 500 and len(connection.atomic_blocks) == 1:
                transaction.set_rollback(True)
            keep_scope(response)
        return response


class LanguageMiddleware:
    """Answers in the language of the person's profile, else the cookie's, else the browser's.

    A browser that asks for ``no`` (Norwegian, either form) gets bokmål.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = self._language(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        if not response.has_header("Content-Language"):
            response["Content-Language"] = language
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response

    @staticmethod
    def _language(request: HttpRequest) -> str:
        # Without a session cookie nobody is signed in, and no query is needed to know it.
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            own = getattr(request.user, "language", "")
            if own in SUPPORTED:
                return str(own)
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if chosen in SUPPORTED:
            return chosen
        for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
            # Django knows `no` but no translation of it, and would go on to the next wish.
            language = code.partition("-")[0].replace("no", "nb")
            if language in SUPPORTED:
                return language
        return settings.LANGUAGE_CODE


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Sends whoever is not signed in to the sign-in page, keeping what a form held.

    A fragment request is told to load the sign-in page as a whole, so that it does not land
    inside another page.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> Any:
        target = request.get_full_path()
        if request.method == "POST":
            if resume.keep(request):
                messages.info(
                    request,
                    _("You have been signed out. What you wrote is kept until you sign in again."),
                )
            else:
                messages.warning(request, _("You have been signed out. Nothing was saved."))
                target = self._referring_page(request)
        else:
            tell_why_over(request)
            if request.headers.get("HX-Request"):
                target = self._referring_page(request)
        login = redirect_to_login(
            target, resolve_url(self.get_login_url(view_func)), self.redirect_field_name
        )
        return open_page(request, login.url)

    @staticmethod
    def _referring_page(request: HttpRequest) -> str:
        return referring_page(request) or str(resolve_url(settings.LOGIN_REDIRECT_URL))


class AuditContextMiddleware:
    """Starts every request without anybody to act for, and names the organisation in the log."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = audit.acting_reseller.set("")
        try:
            return self.get_response(request)
        finally:
            audit.acting_reseller.reset(token)
            organisation = getattr(request, "organisation", None)
            if organisation is not None:
                structlog.contextvars.bind_contextvars(organisation_id=organisation.pk)


class RequestLogMiddleware(RequestMiddleware):
    """Logs each request, without the keys that open an account for whoever holds them."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        path, mark, query = request.get_full_path().partition("?")
        if query and _PROVIDERS.match(path):
            query = "…"  # a provider's code and state, and who should not see them
        return f"{request.method} {without_keys(path)}{mark}{query}"
