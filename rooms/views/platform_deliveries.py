"""Deliveries of events that could not be read: what was kept aside, and what is done about it."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from rooms import actions
from rooms.forms.platforms import DiscardForm
from rooms.platforms.models import SinkDelivery, VideoPlatform
from rooms.tables import DeliveryTable
from rooms.views.platform_trail import trail
from tenants.decorators import operator_only, posted, recently_authenticated
from tenants.views.person import person_of
from videoportal.kit.formats import number
from videoportal.kit.http import form_page, list_page


@operator_only
def parked(request: HttpRequest, platform: str) -> HttpResponse:
    """List the deliveries that were kept aside, with why, and what they are made of."""
    found = get_object_or_404(VideoPlatform, slug=platform)
    deliveries = SinkDelivery.objects.parked().of(found)
    return list_page(
        request,
        DeliveryTable(deliveries.for_listing()),
        None,
        "rooms/platforms/parked.html",
        platform=found,
        breadcrumbs=trail(_("Kept aside"), found),
    )


@operator_only
@require_POST
def parked_read(request: HttpRequest, platform: str) -> HttpResponse:
    """Read what was kept aside once more."""
    found = get_object_or_404(VideoPlatform, slug=platform)
    count = actions.read_parked_deliveries(found, by=person_of(request))
    messages.success(
        request,
        ngettext(
            "%(count)s delivery is being read again. Open this page again in a moment: if it "
            "still cannot be read, it is listed here.",
            "%(count)s deliveries are being read again. Open this page again in a moment: those "
            "that still cannot be read are listed here.",
            count,
        )
        % {"count": number(count)},
    )
    return redirect("rooms:platform_parked", platform=platform)


@operator_only
@recently_authenticated(when=posted)
def parked_discard(request: HttpRequest, platform: str) -> HttpResponse:
    """Delete what was kept aside, after saying what is lost with it."""
    found = get_object_or_404(VideoPlatform, slug=platform)
    deliveries = SinkDelivery.objects.parked().of(found)
    form = DiscardForm(request.POST or None, latest=deliveries.latest_parked())
    if form.is_valid():
        until: datetime = form.cleaned_data["until"]
        count = actions.discard_parked_deliveries(found, by=person_of(request), until=until)
        messages.success(
            request,
            ngettext("%(count)s delivery is deleted.", "%(count)s deliveries are deleted.", count)
            % {"count": number(count)},
        )
        return redirect("rooms:platform_parked", platform=platform)
    return form_page(
        request,
        form,
        "rooms/platforms/parked_discard.html",
        platform=found,
        count=deliveries.count(),
        heading=_("Delete what was kept aside"),
        submit_label=_("Delete for good"),
        cancel_url=reverse("rooms:platform_parked", args=[platform]),
        breadcrumbs=trail(_("Delete"), found),
    )
