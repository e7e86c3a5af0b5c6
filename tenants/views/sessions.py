"""Where one is signed in, and signing out from afar."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tenants import actions, sessions
from tenants.decorators import signed_in
from tenants.views.person import person_of


@signed_in
def session_list(request: HttpRequest) -> HttpResponse:
    """List the person's open sessions: device, address, first and last use."""
    return render(
        request,
        "tenants/session_list.html",
        {
            "sessions": sessions.open_sessions(person_of(request), request.session.session_key),
        },
    )


@signed_in
@require_POST
def session_end(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one of the person's other sessions."""
    person = person_of(request)
    if not actions.end_session(person, session_id, by=person):
        raise Http404
    messages.success(request, _("That session is ended."))
    return redirect("tenants:sessions")


@signed_in
@require_POST
def sessions_end_others(request: HttpRequest) -> HttpResponse:
    """End every session of the person but this one."""
    person = person_of(request)
    ended = actions.end_other_sessions(person, by=person, current_key=request.session.session_key)
    messages.success(
        request,
        ngettext("%(count)s session is ended.", "%(count)s sessions are ended.", ended)
        % {"count": ended},
    )
    return redirect("tenants:sessions")
