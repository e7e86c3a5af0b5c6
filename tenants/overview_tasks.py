"""What tenants itself tells on the overview."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants.actions.reviews import review_due_on
from tenants.models import AccessRequest, Organisation, User
from tenants.overview import Task
from videoportal.kit.formats import number, short_date

# So many requests are told apart; whoever has more asks for the list anyway.
LOOKED_AT = 100


def nothing(organisation: Organisation, reader: User) -> dict[str, Any]:
    """Return no columns."""
    return {}


def review_task(
    organisation: Organisation, reader: User, found: Mapping[str, Any]
) -> Iterator[Task]:
    """Give a line when the members should be gone through."""
    due = review_due_on(organisation)
    if due > timezone.localdate() or not reader.access.can("manage_members", organisation):
        return
    last = organisation.members_reviewed_on
    yield Task(
        status="attention",
        word=_("Needs action"),
        title=_("It is time to go through the members"),
        note=_("Last done %(date)s.") % {"date": short_date(last)}
        if last
        else _("Confirm who still needs access. It has not been done before."),
        label=_("Go through the members"),
        url=reverse("tenants:member_review", args=[organisation.slug]),
    )


def open_requests(organisation: Organisation, reader: User) -> dict[str, Any]:
    """Return the requests to administer the organisation, for whoever decides on them."""
    if not reader.access.can("manage_members", organisation):
        return {}
    requests = AccessRequest.objects.in_organisation(organisation).open().oldest_first()
    return {
        "requests_to_decide": ArraySubquery(
            requests.exclude(applicant=reader).values(
                found=JSONObject(name="applicant_name", key="public_id")
            )[:LOOKED_AT]
        )
    }


def request_task(
    organisation: Organisation, reader: User, found: Mapping[str, Any]
) -> Iterator[Task]:
    """Give a line when somebody asks to administer the organisation."""
    waiting = found.get("requests_to_decide")
    if not waiting:
        return
    first = waiting[0]
    alone = len(waiting) == 1
    yield Task(
        status="attention",
        word=_("Needs action"),
        title=_("%(name)s asks to become customer administrator") % {"name": first["name"]}
        if alone
        else _("%(count)s people ask to become customer administrators")
        % {"count": number(len(waiting))},
        note=_("A customer administrator sees the PIN codes of all meeting rooms."),
        label=_("See the request") if alone else _("See the requests"),
        url=reverse("tenants:member_request", args=[organisation.slug, first["key"]])
        if alone
        else reverse("tenants:member_list", args=[organisation.slug]),
    )


PARTS = ((open_requests, request_task), (nothing, review_task))
