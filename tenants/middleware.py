"""Middleware of sign-in: how long a session lasts, and the second factor that some must give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from tenants import audit, limits, reauthentication, second_factor, sessions
from tenants.models import User

type GetResponse = Callable[[HttpRequest], HttpResponseBase]


class SessionLimitMiddleware:
    """Ends a session that was not used for a while, or that has lasted too long.

    Stands before Django's own reading of the person, so that everything after it meets
    somebody who is signed out; what a form held is kept as for any ended session.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Without a session cookie nobody is signed in, and no query is needed to know it.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and sessions.is_signed_in(
            request.session
        ):
            if reason := sessions.over_since(request.session):
                self._end(request, reason)
            else:
                sessions.note_use(request)
        return self.get_response(request)

    @staticmethod
    def _end(request: HttpRequest, reason: str) -> None:
        person = get_user(request)
        if isinstance(person, User):
            audit.record(
                "tenants.session.expired",
                by=None,
                organisation=person.access.home_id,
                target=person,
                after={"reason": reason},
            )
        request.session.flush()
        # Read by SignInRequiredMiddleware, once the language is known.
        request.session_over = reason  # type: ignore[attr-defined]  # our own attribute


class KnownBrowserMiddleware:
    """Marks the browser of whoever has just signed in; see ``tenants.limits``."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        # Set by tenants.receivers.
        if address := getattr(request, "signed_in_address", ""):
            limits.remember_browser(request, response, address)
        return response


class SecondFactorMiddleware:
    """Lets whoever must have a second factor do nothing before they have given it.

    Only views marked ``before_second_factor`` and those that anybody may open pass. Asking
    costs no query of its own: the roles are part of what every page reads.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        for_anybody = not getattr(view, "login_required", True)
        if for_anybody or getattr(view, "before_second_factor", False):
            return None
        user = request.user
        if (
            not isinstance(user, User)
            or second_factor.is_proven(request)
            or not second_factor.is_required_of(user)
        ):
            return None
        return reauthentication.demand_second_factor(request)


def tell_why_over(request: HttpRequest) -> None:
    """Tell whoever opens a page after their session ended why they meet the sign-in page."""
    reason = getattr(request, "session_over", "")
    if reason == "idle":
        messages.info(
            request, _("You were signed out because the portal was not used for a while.")
        )
    elif reason == "age":
        messages.info(request, _("You were signed out because it is long since you signed in."))
