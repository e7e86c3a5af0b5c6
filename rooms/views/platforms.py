"""The provider's pages of the video platforms: connection, queues, faults, what to enter there."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from rooms import actions
from rooms.forms.platforms import ConfirmForm, NewPlatformForm, PlatformForm, version_of
from rooms.platforms import facts
from rooms.platforms.checking import ADVICE
from rooms.platforms.facts import Facts
from rooms.platforms.models import Check, VideoPlatform
from rooms.views.platform_trail import trail
from tenants.decorators import operator_only, posted, recently_authenticated
from tenants.views.person import person_of
from videoportal.kit.formats import number
from videoportal.kit.http import form_page

State = VideoPlatform.State


@operator_only
def platform_list(request: HttpRequest) -> HttpResponse:
    """List the platforms with their queues, faults and when each was last heard of."""
    return render(request, "rooms/platforms/platform_list.html", {"platforms": facts.all_facts()})


@operator_only
@recently_authenticated(when=posted)
def platform_new(request: HttpRequest) -> HttpResponse:
    """Add a platform; it starts paused."""
    form = NewPlatformForm(request.POST or None)
    if form.is_valid():
        try:
            made = actions.create_platform(by=person_of(request), **form.changes())
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            messages.success(
                request,
                _("%(name)s is added and paused. Enter the addresses in the platform first.")
                % {"name": made},
            )
            return redirect("rooms:platform", platform=made.slug)
    return form_page(
        request,
        form,
        "rooms/platforms/platform_form.html",
        heading=_("New video platform"),
        submit_label=_("Add the platform"),
        cancel_url=reverse("rooms:platforms"),
        breadcrumbs=trail(_("New video platform")),
    )


@operator_only
def platform_detail(request: HttpRequest, platform: str) -> HttpResponse:
    """Show one platform."""
    return _show(request, _facts(platform))


@operator_only
@recently_authenticated(when=posted)
def platform_edit(request: HttpRequest, platform: str) -> HttpResponse:
    """Change a platform; an empty password stays."""
    found = _find(platform)
    name = found.name
    form = PlatformForm(request.POST or None, instance=found, version=version_of(found))
    if form.is_valid():
        try:
            actions.change_platform(found, by=person_of(request), **form.changes())
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            messages.success(request, _saved(form))
            return redirect("rooms:platform", platform=platform)
    return form_page(
        request,
        form,
        "rooms/platforms/platform_form.html",
        heading=_("Change %(name)s") % {"name": name},
        submit_label=_("Save over it") if form.stale else _("Save the changes"),
        cancel_url=reverse("rooms:platform", args=[platform]),
        breadcrumbs=trail(_("Change"), found, name),
    )


def _saved(form: PlatformForm) -> str:
    if form.instance.writes_rooms:
        return _(
            "The changes are saved and take effect at the next call. Rooms that are on the "
            "platform follow when they are sent again."
        )
    return _("The changes are saved and take effect at the next call.")


@operator_only
@require_POST
def platform_check(request: HttpRequest, platform: str) -> HttpResponse:
    """Ask the management API now, and show how that went."""
    found = _find(platform)
    if not found.management_url:
        messages.error(request, _("No address of the management API is entered."))
        return redirect("rooms:platform", platform=platform)
    finding = actions.check_platform(found, by=person_of(request))
    level = messages.success if finding.result == Check.FINE else messages.error
    level(request, f"{finding.result.label}.")
    return redirect(reverse("rooms:platform", args=[platform]) + "#connection")


@operator_only
def platform_state(request: HttpRequest, platform: str) -> HttpResponse:
    """Pause a platform or take it into use, after showing what that means."""
    found = _find(platform)
    pausing = found.state == State.ACTIVE
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        change = actions.pause_platform if pausing else actions.resume_platform
        change(found, by=person_of(request))
        words = _("%(name)s is paused.") if pausing else _("%(name)s is in use.")
        messages.success(request, words % {"name": found})
        return redirect("rooms:platform", platform=platform)
    label = _("Pause the platform") if pausing else _("Put into use")
    return form_page(
        request,
        form,
        "rooms/platforms/platform_state.html",
        pausing=pausing,
        danger=pausing,
        facts=_facts(platform),
        people=facts.people_in_calls(found) if pausing else 0,
        heading=(_("Pause %(name)s") if pausing else _("Put %(name)s into use")) % {"name": found},
        submit_label=label,
        cancel_url=reverse("rooms:platform", args=[platform]),
        breadcrumbs=trail(label, found),
    )


@operator_only
@require_POST
def platform_default(request: HttpRequest, platform: str) -> HttpResponse:
    """Let new rooms be made on the platform."""
    found = _find(platform)
    try:
        actions.make_default_platform(found, by=person_of(request))
    except ValidationError as fault:
        messages.error(request, " ".join(fault.messages))
    else:
        messages.success(request, _("New rooms are made on %(name)s.") % {"name": found})
    return redirect("rooms:platform", platform=platform)


@operator_only
@require_POST
def send_again(request: HttpRequest, platform: str) -> HttpResponse:
    """Send what the platform refused once more."""
    count = actions.send_parked_again(_find(platform), by=person_of(request))
    messages.success(
        request,
        ngettext("%(count)s change is sent again.", "%(count)s changes are sent again.", count)
        % {"count": number(count)},
    )
    return redirect(reverse("rooms:platform", args=[platform]) + "#queues")


@operator_only
@require_POST
def ask_now(request: HttpRequest, platform: str) -> HttpResponse:
    """Ask a platform that is left alone for a while at once."""
    actions.ask_platform_now(_find(platform), by=person_of(request))
    messages.success(request, _("The platform is being asked. Open this page again in a moment."))
    return redirect("rooms:platform", platform=platform)


@operator_only
@require_POST
def odd_forget(request: HttpRequest, platform: str) -> HttpResponse:
    """Take the events that the page showed off the list."""
    found = _find(platform)
    try:
        until = datetime.fromisoformat(request.POST.get("until", ""))
    except ValueError:
        until = None
    if until is not None and until.tzinfo is not None:
        actions.forget_odd_events(found, by=person_of(request), until=until)
        messages.success(request, _("The events are off the list."))
    return redirect(reverse("rooms:platform", args=[platform]) + "#faults")


@never_cache
@operator_only
@recently_authenticated(when=posted)
def reveal(request: HttpRequest, platform: str, side: str) -> HttpResponse:
    """Show one password, on this answer only; looking is logged."""
    found = _facts(platform)
    _known(side)
    if request.method != "POST":
        # Somebody reloaded, or changed language on, the page that showed it.
        return redirect("rooms:platform", platform=platform)
    shown = actions.reveal_platform_password(found.platform, side, by=person_of(request))
    return _show(request, found, shown={side: shown})


@operator_only
@recently_authenticated(when=posted)
def renew(request: HttpRequest, platform: str, side: str) -> HttpResponse:
    """Make a new password, after showing what that means."""
    found = _find(platform)
    _known(side)
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.renew_platform_password(found, side, by=person_of(request))
        messages.success(
            request,
            _("The new password is valid now, and the old one is refused. Enter the new one now."),
        )
        return redirect(reverse("rooms:platform", args=[platform]) + "#entered")
    is_policy = side == "policy"
    label = _("Make a new password")
    return form_page(
        request,
        form,
        "rooms/platforms/platform_password.html",
        platform=found,
        is_policy=is_policy,
        heading=_("New password for policy") if is_policy else _("New password for events"),
        submit_label=label,
        cancel_url=reverse("rooms:platform", args=[platform]),
        breadcrumbs=trail(label, found),
    )


def _show(
    request: HttpRequest, found: Facts, *, shown: dict[str, str] | None = None
) -> HttpResponse:
    platform = found.platform
    odd_events = facts.odd_events(platform) if found.odd_events else []
    access = person_of(request).access
    return render(
        request,
        "rooms/platforms/platform_detail.html",
        {
            "facts": found,
            "platform": platform,
            "entered": facts.entered(platform),
            "shown": shown or {},
            "refused": [
                (room, access.can("view_rooms", room.organisation_id))
                for room in (facts.refused_rooms(platform) if found.failed else [])
            ],
            "odd_events": odd_events,
            "odd_until": odd_events[0].last_at.isoformat() if odd_events else "",
            "may_compare": actions.can_compare(platform),
            "check_advice": ADVICE.get(platform.check_result, ""),
            "breadcrumbs": trail(platform.name),
        },
    )


def _facts(slug: str) -> Facts:
    found = facts.facts_of(slug)
    if found is None:
        raise Http404
    return found


def _find(slug: str) -> VideoPlatform:
    return get_object_or_404(VideoPlatform, slug=slug)


def _known(side: str) -> None:
    if side not in actions.SIDES:
        raise Http404
