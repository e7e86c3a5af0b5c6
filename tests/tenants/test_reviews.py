"""Going through the members: due, answered bit by bit, finished, and kept as evidence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants import actions
from tenants.access import Forbidden
from tenants.models import MemberReviewAnswer, Organisation, User
from tenants.roles import Role
from tests import factories
from tests.cast import Cast
from tests.pages import document, text_of

type SignIn = Callable[[User], Client]

KEEP, REMOVE = MemberReviewAnswer.Decision.KEEP, MemberReviewAnswer.Decision.REMOVE


def url(cast: Cast) -> str:
    return reverse("tenants:member_review", args=[cast.organisation.slug])


def field(user: User) -> str:
    return f"member-{user.public_id}"


def asked_for(response: Any) -> set[str]:
    return set(document(response).xpath("//main//input[@type='radio']/@name"))


def fresh(organisation: Organisation) -> Organisation:
    return Organisation.objects.in_organisation(organisation).get()


def test_progress_is_kept_and_the_last_answer_finishes(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.admin)
    assert asked_for(client.get(url(cast))) == {
        field(user) for user in (cast.admin, cast.user, cast.owner)
    }
    client.post(url(cast), {field(cast.admin): KEEP})
    assert fresh(cast.organisation).members_reviewed_on is None
    response = client.get(url(cast))
    assert asked_for(response) == {field(cast.user), field(cast.owner)}
    assert "1 av 3" in text_of(response)
    # Another administrator goes on where the first stopped.
    second = factories.make_administrator(cast.organisation, name="Siri Andre")
    other = signed_in(second)
    other.post(url(cast), {field(cast.user): REMOVE, field(cast.owner): KEEP, field(second): KEEP})
    assert fresh(cast.organisation).members_reviewed_on == timezone.localdate()
    assert User.objects.get(pk=cast.user.pk).access.roles_in(cast.organisation.pk) == frozenset()
    review = cast.organisation.member_reviews.get()
    assert (review.kept, review.removed) == (3, 1)
    assert review.finished_by_label.startswith("Siri Andre")
    answers = {answer.member_label: answer.answered_by_label for answer in review.answers.all()}
    assert answers["Kari Admin (kari.admin@example.no)"] == "Kari Admin (kari.admin@example.no)"
    assert answers["Ola Bruker (ola.bruker@example.no)"].startswith("Siri Andre")
    entry = cast.organisation.audit_entries.newest(1)[0]
    assert (entry.action, entry.after) == ("tenants.review.finished", {"kept": 3, "removed": 1})
    assert "3 beholdt, 1 fjernet" in text_of(other.get(url(cast)))


def test_last_administrator_cannot_be_removed_here_either_and_nothing_is_stored(
    cast: Cast, signed_in: SignIn
) -> None:
    response = signed_in(cast.admin).post(
        url(cast), {field(cast.admin): REMOVE, field(cast.user): REMOVE}
    )
    assert "siste administrator" in text_of(response)
    checked = document(response).xpath("//input[@type='radio'][@checked]/@name")
    assert set(checked) == {field(cast.admin), field(cast.user)}
    assert User.objects.get(pk=cast.user.pk).access.roles_in(cast.organisation.pk) == {Role.USER}
    assert not cast.organisation.member_reviews.exists()


def test_foreign_people_and_strange_answers_are_ignored(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.admin)
    refused = client.post(
        url(cast), {field(cast.other_admin): REMOVE, field(cast.user): "everything"}
    )
    assert refused.status_code == 422
    actions.answer_review(cast.organisation, {cast.other_admin.pk: REMOVE}, by=cast.admin)
    assert User.objects.get(pk=cast.other_admin.pk).access.roles_in(cast.foreign.pk) == {
        Role.CUSTOMER_ADMIN
    }
    with pytest.raises(Forbidden):
        actions.answer_review(cast.organisation, {cast.user.pk: KEEP}, by=cast.other_admin)


def test_overview_asks_when_half_a_year_has_passed(cast: Cast, signed_in: SignIn) -> None:
    overview = reverse("rooms:overview", args=[cast.organisation.slug])
    Organisation.objects.in_organisation(cast.organisation).update(
        members_reviewed_on=date(2026, 8, 31)
    )
    organisation = fresh(cast.organisation)
    assert actions.review_due_on(organisation) == date(2027, 2, 28)
    for day, asks in ((date(2027, 2, 27), False), (date(2027, 2, 28), True)):
        with time_machine.travel(f"{day}T12:00:00+01:00", tick=False):
            text = text_of(signed_in(cast.admin).get(overview))
            assert ("på tide å gå gjennom medlemmene" in text) == asks
    soon = timezone.localdate() - timedelta(days=1)
    Organisation.objects.in_organisation(cast.organisation).update(members_reviewed_on=soon)
    assert "på tide" not in text_of(signed_in(cast.admin).get(overview))
