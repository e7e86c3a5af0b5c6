"""Sign-in through OpenID Connect providers, and which of them open one's own account."""

from __future__ import annotations

from urllib.parse import urlencode

import structlog
from allauth.core.internal import ratelimit
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tenants import actions, reauthentication, second_factor
from tenants.decorators import machine, public, recently_authenticated, signed_in
from tenants.models import User
from tenants.oidc import logout, pending
from tenants.oidc.errors import Refused, Unreachable
from tenants.oidc.links import label_of, links_of, offers
from tenants.oidc.provider import CallbackView, PortalAdapter, StartView
from tenants.views.person import person_of

log = structlog.get_logger(__name__)


@public
@require_GET
def oidc_start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the provider. A link, not a form: ``form-action`` lets none leave."""
    adapter = _adapter(request, provider_id)
    limit = ratelimit.consume_or_429(request, app="allauth.account", action="login", limit_get=True)
    answer: HttpResponse = limit or StartView.adapter_view(adapter)(request)
    return answer


@public
@require_GET
def oidc_callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take the provider's answer."""
    answer: HttpResponse = CallbackView.adapter_view(_adapter(request, provider_id))(request)
    return answer


@machine
@require_POST
def oidc_logout(request: HttpRequest, provider_id: str) -> HttpResponse:
    """End the sessions that a provider's logout token means (back-channel logout)."""
    provider = settings.OIDC_PROVIDERS.get(provider_id)
    if provider is None:
        raise Http404
    try:
        ended = logout.end_sessions(provider, request.POST.get("logout_token", ""))
    except Unreachable:
        # Its keys could not be read: the provider may send the token again.
        return HttpResponse(status=503, headers={"Cache-Control": "no-store"})
    except Refused as fault:
        log.warning("oidc_logout_refused", provider=provider_id, reason=fault.reason)
        return JsonResponse(
            {"error": "invalid_request"}, status=400, headers={"Cache-Control": "no-store"}
        )
    log.info("oidc_logout", provider=provider_id, sessions=ended)
    return HttpResponse(status=200, headers={"Cache-Control": "no-store"})


def _adapter(request: HttpRequest, provider_id: str) -> PortalAdapter:
    if provider_id not in settings.OIDC_PROVIDERS:
        raise Http404
    return PortalAdapter(request, provider_id)


@public
def connection_new(request: HttpRequest) -> HttpResponse:
    """Connect the provider's account that waits to one's own, once one has signed in here."""
    waiting = pending.current(request)
    if waiting is None:
        messages.info(request, _("There is nothing to connect. Start again."))
        home = "tenants:connections" if request.user.is_authenticated else "account_login"
        return redirect(home)
    person = request.user
    if not isinstance(person, User):
        # Without an address of theirs they begin again from within.
        after = request.path if waiting.email else reverse("tenants:connections")
        then = urlencode({REDIRECT_FIELD_NAME: after})
        return render(
            request,
            "tenants/connection_unknown.html",
            {
                "waiting": waiting,
                "sign_in_url": f"{reverse('account_login')}?{then}",
                "sign_up_url": f"{reverse('account_signup')}?"
                + urlencode({"email": waiting.email, REDIRECT_FIELD_NAME: after}),
            },
        )
    if not actions.may_connect(person, email=waiting.email, begun_by=waiting.begun_by):
        pending.drop(request)
        messages.error(
            request,
            _("%(provider)s was not connected: its address is not one of yours.")
            % {"provider": waiting.label},
        )
        return redirect("tenants:connections")
    if second_factor.is_required_of(person) and not second_factor.is_proven(request):
        # The page is open to anybody, so the middleware does not ask.
        return reauthentication.demand_second_factor(request)
    if request.method == "POST":
        if not reauthentication.is_recent(request):
            return reauthentication.ask(request)
        return _connect(request, person, waiting)
    return render(
        request,
        "tenants/connection_new.html",
        {
            "heading": _("Connect %(provider)s to your account") % {"provider": waiting.label},
            "submit_label": _("Connect"),
            "cancel_url": reverse("tenants:connections"),
            "waiting": waiting,
        },
    )


def _connect(request: HttpRequest, person: User, waiting: pending.Pending) -> HttpResponse:
    pending.drop(request)
    try:
        actions.connect_sign_in(
            by=person,
            provider=waiting.provider,
            uid=waiting.uid,
            label=waiting.label,
            email=waiting.email,
            begun_by=waiting.begun_by,
        )
    except actions.AlreadyConnected:
        messages.error(
            request,
            _("This account at %(provider)s is connected already.") % {"provider": waiting.label},
        )
    else:
        messages.success(
            request, _("You can sign in with %(provider)s.") % {"provider": waiting.label}
        )
    return redirect("tenants:connections")


@signed_in
def connections(request: HttpRequest) -> HttpResponse:
    """Show which providers open one's own account, and those that could."""
    links = links_of(person_of(request))
    taken = {link.label for link in links}
    return render(
        request,
        "tenants/connections.html",
        {"links": links, "offers": [offer for offer in offers() if offer.label not in taken]},
    )


@signed_in
@recently_authenticated
def connection_remove(request: HttpRequest, link_id: int) -> HttpResponse:
    """Let a provider's account open one's own no more."""
    person = person_of(request)
    link = get_object_or_404(SocialAccount, pk=link_id, user=person)
    label = label_of(link)
    if request.method == "POST":
        try:
            actions.disconnect_sign_in(by=person, link=link, label=label)
        except actions.LastWayIn:
            messages.error(request, _("Make a password first. This is your only way in."))
        else:
            messages.success(
                request, _("%(provider)s is not connected any more.") % {"provider": label}
            )
        return redirect("tenants:connections")
    return render(
        request,
        "tenants/connection_remove.html",
        {
            "heading": _("Disconnect %(provider)s?") % {"provider": label},
            "submit_label": _("Disconnect"),
            "cancel_url": reverse("tenants:connections"),
            "label": label,
        },
    )
