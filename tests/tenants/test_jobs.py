"""Jobs: the list, progress, the end, and only one's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tenants import actions
from tenants.models import Job, Organisation, User
from tests.cast import Cast
from tests.pages import text_of

type SignIn = Callable[[User], Client]


def make_job(organisation: Organisation, by: User, **values: object) -> Job:
    values.setdefault("label", "Import of rooms.csv")
    return actions.start_job(organisation=organisation, by=by, kind="test", **values)  # type: ignore[arg-type]  # as given


@pytest.fixture
def english(cast: Cast) -> None:
    for person in (cast.admin, cast.reseller, cast.user):
        actions.change_profile(person, by=person, language="en")


def url_of(job: Job) -> str:
    return reverse("tenants:job", args=[job.public_id])


def test_list_shows_own_jobs_alone(cast: Cast, signed_in: SignIn, english: None) -> None:
    own = make_job(cast.organisation, cast.admin)
    make_job(cast.organisation, cast.reseller)
    make_job(cast.foreign, cast.other_admin)
    response = signed_in(cast.admin).get(reverse("tenants:jobs"))
    assert [job.pk for job in response.context["table"].records] == [own.pk]
    assert "Rows 1–1 of 1 job" in text_of(response)


def test_empty_list_says_what_jobs_are(cast: Cast, signed_in: SignIn, english: None) -> None:
    text = text_of(signed_in(cast.admin).get(reverse("tenants:jobs")))
    assert "You have no jobs" in text
    assert "Its progress and result wait here." in text


@pytest.mark.parametrize("rows", [1, 3, 25])
def test_list_costs_the_same_whatever_the_rows(
    cast: Cast,
    signed_in: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    for _row in range(rows):
        make_job(cast.organisation, cast.admin)
    client = signed_in(cast.admin)
    with django_assert_num_queries(4):  # person, rights, count, page
        client.get(reverse("tenants:jobs"))


def test_running_job_asks_again_with_and_without_script(
    cast: Cast, signed_in: SignIn, english: None
) -> None:
    job = make_job(cast.organisation, cast.admin, total=200)
    actions.note_progress(job, done=50)
    client = signed_in(cast.admin)
    page = client.get(url_of(job))
    assert "50 of 200 done" in text_of(page)
    assert '<progress class="progress" id="job-progress" max="200" value="50">' in (
        page.content.decode()
    )
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page.content.decode()
    fragment = client.get(url_of(job), headers={"HX-Request": "true"}).content.decode()
    assert fragment.lstrip().startswith('<section class="ds-card panel" id="job"')
    assert 'hx-trigger="every 2s"' in fragment
    assert "<html" not in fragment


def test_finished_job_leads_to_its_result_and_stops_asking(
    cast: Cast, signed_in: SignIn, english: None
) -> None:
    job = make_job(cast.organisation, cast.admin, total=3, url="/o/x/rooms/")
    actions.finish_job(job)
    client = signed_in(cast.admin)
    page = client.get(url_of(job))
    assert "3 rows done." in text_of(page)
    assert '<a class="ds-button" href="/o/x/rooms/">See the result</a>' in page.content.decode()
    fragment = client.get(url_of(job), headers={"HX-Request": "true"}).content.decode()
    assert "hx-get" not in fragment
    assert "refresh" not in page.content.decode()
    assert "Import of rooms.csv: Done</p>" in fragment


def test_failed_job_tells_the_reason_and_what_to_do(
    cast: Cast, signed_in: SignIn, english: None
) -> None:
    job = make_job(cast.organisation, cast.admin)
    actions.finish_job(job, failure="The file <b> was empty")
    text = text_of(signed_in(cast.admin).get(url_of(job)))
    assert "The job did not succeed The file <b> was empty" in text
    assert f"give the code {str(job.public_id)[:8]}." in text


def test_others_jobs_do_not_exist(cast: Cast, signed_in: SignIn) -> None:
    job = make_job(cast.organisation, cast.reseller)
    for person in (cast.admin, cast.user, cast.other_admin, cast.operator):
        response = signed_in(person).get(url_of(job))
        assert (response.status_code, job.label in response.content.decode()) == (404, False)


def test_job_of_a_lost_client_is_gone_at_the_next_click(cast: Cast, signed_in: SignIn) -> None:
    job = make_job(cast.second_client, cast.reseller)
    client = signed_in(cast.reseller)
    assert client.get(url_of(job)).context["job"] == job
    Organisation.objects.in_organisation(cast.second_client).update(reseller=None)
    assert client.get(url_of(job)).status_code == 404
    assert client.get(reverse("tenants:jobs")).context["table"].records == []
