"""What endpoints tell on an organisation's overview."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from endpoints.filters import ATTENTION
from endpoints.models import Endpoint
from endpoints.querysets import NAMED
from rooms.choices import Provisioning
from rooms.querysets import PENDING_LONG
from tenants.models import Organisation, User
from tenants.overview import Count, Task
from videoportal.kit.formats import number


def counted(organisation: Organisation, reader: User) -> dict[str, Any]:
    """Return what is to be counted for the lines, nothing for whoever sees no endpoints."""
    if not reader.access.can("view_endpoints", organisation):
        return {}
    return Endpoint.objects.in_organisation(organisation).figures(now=timezone.now())


def lines(
    organisation: Organisation, reader: User, found: Mapping[str, Any]
) -> Iterator[Task | Count]:
    """Give how many endpoints there are, and those that the platform has not taken."""
    figures = found.get("endpoint_figures")
    if not figures:
        return
    every = reverse("endpoints:list", args=[organisation.slug])
    count = figures["count"]
    yield Count(
        ngettext("%(count)s video endpoint", "%(count)s video endpoints", count)
        % {"count": number(count)},
        every,
    )
    for provisioning, of_kind, tell in (
        (Provisioning.FAILED, figures["failed"], _failed),
        (Provisioning.PENDING, figures["waiting"], _waiting),
    ):
        if not of_kind:
            continue
        named = [
            one for one in found["endpoints_in_trouble"] if one["provisioning"] == provisioning
        ]
        alone = of_kind == 1 and named
        title, note = tell(of_kind, named[:NAMED])
        yield Task(
            status=str(provisioning),
            word=str(provisioning.label),
            title=title,
            note=note,
            label=_("See the endpoint") if alone else _("See the endpoints"),
            url=reverse("endpoints:detail", args=[organisation.slug, named[0]["key"]])
            if alone
            else f"{every}?{urlencode({'state': ATTENTION})}",
        )


def _failed(count: int, named: list[dict[str, str]]) -> tuple[str, str]:
    title = ngettext(
        "%(count)s video endpoint is not as it should be on the video platform",
        "%(count)s video endpoints are not as they should be on the video platform",
        count,
    )
    reasons = dict.fromkeys(one["reason"].rstrip(". ") for one in named if one["reason"])
    if not reasons:
        return title % {"count": number(count)}, _names(named)
    return title % {"count": number(count)}, _(
        "%(endpoints)s. The platform answered: “%(answer)s”."
    ) % {"endpoints": _names(named), "answer": "; ".join(reasons)}


def _waiting(count: int, named: list[dict[str, str]]) -> tuple[str, str]:
    title = ngettext(
        "%(count)s video endpoint waits for the video platform",
        "%(count)s video endpoints wait for the video platform",
        count,
    )
    return title % {"count": number(count)}, _(
        "The platform has not answered for more than %(minutes)s minutes: %(endpoints)s."
    ) % {"minutes": int(PENDING_LONG.total_seconds() // 60), "endpoints": _names(named)}


def _names(named: list[dict[str, str]]) -> str:
    return ", ".join(one["name"] for one in named)


PARTS = ((counted, lines),)
