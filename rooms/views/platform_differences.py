"""A platform held against the portal: the differences, and putting them right on purpose."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from rooms import actions
from rooms.filters import DifferenceSearch
from rooms.forms.platforms import RepairForm
from rooms.models import PlatformComparison, PlatformDifference
from rooms.platforms.models import VideoPlatform
from rooms.tables import DifferenceTable
from rooms.views.platform_trail import trail
from tenants.decorators import operator_only, posted, recently_authenticated
from tenants.views.person import person_of
from videoportal.kit.formats import number
from videoportal.kit.http import form_page, list_page


@operator_only
def differences(request: HttpRequest, platform: str) -> HttpResponse:
    """List what the latest comparison found."""
    found = get_object_or_404(VideoPlatform, slug=platform)
    comparison = PlatformComparison.objects.latest_of(found)
    rows = PlatformDifference.objects.unscoped(
        reason="the operator compares a platform with every tenant's rooms"
    ).of(comparison)
    search = DifferenceSearch(request.GET)
    table = DifferenceTable(search.narrow(rows.for_listing()))
    table.empty_title = _nothing(comparison)
    return list_page(
        request,
        table,
        search,
        "rooms/platforms/differences.html",
        platform=found,
        comparison=comparison,
        may_compare=actions.can_compare(found),
        repairable=rows.repairable().count() if comparison else 0,
        list_label=_("Differences"),
        breadcrumbs=trail(_("Differences"), found),
    )


def _nothing(comparison: PlatformComparison | None) -> str:
    """Return what an empty list means: alike they are only after a whole reading."""
    if comparison is None:
        return _("Not compared yet")
    if comparison.finished_at is None:
        return _("The platform is being read")
    if comparison.failure:
        return _("Nothing is known of the differences")
    return _("Platform and portal are alike")


@operator_only
@require_POST
def compare(request: HttpRequest, platform: str) -> HttpResponse:
    """Start a comparison; it goes on by itself."""
    found = get_object_or_404(VideoPlatform, slug=platform)
    try:
        actions.start_comparison(found, by=person_of(request))
    except actions.NotPossible as reason:
        messages.error(request, str(reason))
    else:
        messages.success(
            request,
            _("The comparison has begun. It reads alone; open this page again in a while."),
        )
    return redirect("rooms:platform_differences", platform=platform)


@operator_only
@recently_authenticated(when=posted)
def repair(request: HttpRequest, platform: str) -> HttpResponse:
    """Put differences right after showing what is done about each kind.

    What is confirmed is what was shown: a newer comparison meanwhile is asked about anew.
    """
    found = get_object_or_404(VideoPlatform, slug=platform)
    comparison = PlatformComparison.objects.latest_of(found)
    rows = (
        PlatformDifference.objects.unscoped(
            reason="the operator compares a platform with every tenant's rooms"
        )
        .of(comparison)
        .repairable()
    )
    counts = rows.counts()
    form = RepairForm(request.POST or None, counts=counts, comparison=comparison)
    if form.is_valid() and comparison is not None:
        kinds = form.chosen()
        found_now = rows.values_list("pk", "thing", "kind")
        ids = [pk for pk, thing, kind in found_now if (thing, kind) in kinds]
        count = actions.repair_differences(comparison, ids, by=person_of(request))
        messages.success(
            request,
            ngettext(
                "%(count)s difference is being put right.",
                "%(count)s differences are being put right.",
                count,
            )
            % {"count": number(count)},
        )
        return redirect("rooms:platform_differences", platform=platform)
    return form_page(
        request,
        form,
        "rooms/platforms/repair.html",
        platform=found,
        counts=counts,
        heading=_("Put differences right on %(name)s") % {"name": found},
        submit_label=_("Put right"),
        cancel_url=reverse("rooms:platform_differences", args=[platform]),
        breadcrumbs=trail(_("Put right"), found),
    )
