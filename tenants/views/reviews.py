"""Going through the members."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenants import actions
from tenants.decorators import in_organisation, posted, recently_authenticated
from tenants.forms.reviews import ReviewForm
from tenants.members import people_rows
from tenants.models import Organisation
from tenants.views.person import person_of
from videoportal.kit.http import form_page

SHOWN = 50
EARLIER = 5


@in_organisation("manage_members")
@recently_authenticated(when=posted)
def member_review(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Confirm or remove each member; what is answered is kept, the rest waits."""
    person = person_of(request)
    members = people_rows(organisation, reader=person)
    reviews = organisation.member_reviews
    review = reviews.unfinished().first()
    answered = review.answers.answered_ids() if review else set()
    waiting = [row for row in members if row.user_id not in answered]
    form = ReviewForm(request.POST or None, rows=waiting[:SHOWN])
    if form.is_valid():
        try:
            review = actions.answer_review(organisation, form.decisions(), by=person)
        except actions.LastAdministrator as refusal:
            form.add_error(None, str(refusal))
        else:
            return _answered(request, organisation, review, len(form.decisions()))
    return form_page(
        request,
        form,
        "tenants/member_review.html",
        organisation=organisation,
        due_on=actions.review_due_on(organisation),
        answered=len(members) - len(waiting),
        total=len(members),
        left=len(waiting) - len(waiting[:SHOWN]),
        earlier=reviews.finished()[:EARLIER],
        breadcrumbs=_trail(organisation),
    )


def _answered(
    request: HttpRequest, organisation: Organisation, review: Any, count: int
) -> HttpResponse:
    if review.finished_at is None:
        messages.success(
            request,
            ngettext(
                "%(count)s answer is kept. You can go on now or later.",
                "%(count)s answers are kept. You can go on now or later.",
                count,
            )
            % {"count": count},
        )
        return redirect("tenants:member_review", org=organisation.slug)
    messages.success(
        request, _("You have gone through all the members. It is recorded in the change log.")
    )
    return redirect("tenants:member_list", org=organisation.slug)


def _trail(organisation: Organisation) -> list[dict[str, str]]:
    members = reverse("tenants:member_list", args=[organisation.slug])
    return [{"label": _("Members"), "url": members}, {"label": _("Go through the members")}]
