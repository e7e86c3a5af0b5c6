"""Access requests: asked, confirmed by somebody else, decided once, everybody told."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation

from tenants import actions, tasks
from tenants.access import Forbidden
from tenants.models import AccessRequest, AuditEntry, Organisation, User
from tenants.roles import Role
from tests import factories
from tests.cast import Cast
from tests.pages import document, text_of

type SignIn = Callable[[User], Client]

NEW = "974760673"
APPROVER = "leder@solfjord.example.no"
ANSWER = {"name": "Lise Leder", "capacity": "signatory", "reason": ""}
State = AccessRequest.State


@pytest.fixture(autouse=True)
def at_once_after_commit(
    at_once: None,
    db: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Send mail when it is written: these tests roll back, so nothing is ever committed."""
    monkeypatch.setattr("tenants.mail.transaction.on_commit", lambda send: send())


@pytest.fixture(autouse=True)
def english(cast: Cast) -> None:
    for person in (cast.admin, cast.operator, cast.user):
        actions.change_profile(person, by=person, language="en")
    translation.activate("en")


def send(cast: Cast, by: User | None = None, **values: object) -> AccessRequest:
    by = by or cast.user
    return actions.send_request(
        by=by,
        **{  # type: ignore[arg-type]  # the defaults, with what a test changes
            "organisation_number": cast.organisation.organisation_number,
            "organisation_name": "Solfjord kommune",
            "email": by.email,
            "is_contact": False,
            "approver_name": "Lise Leder",
            "approver_email": APPROVER,
            "approver_capacity": "signatory",
            "message": "Jeg tar over etter Jørgen.",
            **values,
        },
    )


def link() -> str:
    """Return the path of the newest link that was mailed to an approver."""
    for message in reversed(mail.outbox):
        if found := re.search(r"https?://[^/\s]+(/access/\S+/confirm/\S+/)", str(message.body)):
            return found[1]
    raise AssertionError("no link was mailed")


def key() -> str:
    return link().split("/")[-2]


def told() -> dict[str, str]:
    """Return subject by reader of what was mailed since the last call."""
    subjects = {message.to[0]: str(message.subject) for message in mail.outbox}
    mail.outbox.clear()
    return subjects


def confirmed(cast: Cast, **values: Any) -> AccessRequest:
    request = send(cast, **values)
    if request.state == State.WAITING:
        request = actions.answer_request(request.public_id, key(), confirms=True, by=None, **ANSWER)
    return request


def holds(person: User, organisation: Organisation) -> bool:
    return User.objects.get(pk=person.pk).access.can("manage_rooms", organisation)


def test_the_whole_way_tells_everybody_at_each_step(cast: Cast) -> None:
    request = send(cast)
    path = link()
    assert told() == {
        cast.user.email: "Your request for Solfjord kommune is sent",
        cast.admin.email: "Somebody asks to administer Solfjord kommune",
        APPROVER: "May Ola Bruker administer Solfjord kommune?",
    }
    actions.answer_request(request.public_id, path.split("/")[-2], confirms=True, by=None, **ANSWER)
    assert told() == {
        cast.user.email: "Your request for Solfjord kommune is confirmed",
        APPROVER: "Your answer about Ola Bruker is kept",
        cast.operator.email: "Access request for Solfjord kommune waits for approval",
    }
    assert not holds(cast.user, cast.organisation)
    request = actions.approve_request(request, by=cast.operator)
    assert holds(cast.user, cast.organisation)
    assert told() == {
        cast.user.email: "You are customer administrator of Solfjord kommune",
        APPROVER: "Ola Bruker is customer administrator of Solfjord kommune",
        cast.admin.email: "Ola Bruker is customer administrator of Solfjord kommune",
    }
    entries = AuditEntry.objects.in_organisation(cast.organisation)
    log = [
        (entry.action, entry.after)
        for entry in reversed(entries.exclude(action__startswith="rooms.").newest(4))
    ]
    number = cast.organisation.organisation_number
    assert log == [
        (
            "tenants.access_request.sent",
            {
                "organisation_name": cast.organisation.name,
                "organisation_number": number,
                "approver": APPROVER,
            },
        ),
        (
            "tenants.access_request.confirmed",
            {"name": "Lise Leder", "capacity": "signatory", "email": APPROVER},
        ),
        ("tenants.role.granted", {"role": "customer_admin"}),
        ("tenants.access_request.approved", {}),
    ]


def test_mail_is_in_each_readers_language(cast: Cast) -> None:
    actions.change_profile(cast.admin, by=cast.admin, language="nn")
    actions.change_profile(cast.user, by=cast.user, language="nb")
    send(cast)
    subjects = told()
    assert subjects[cast.admin.email] == "Nokon søkjer om å administrere Solfjord kommune"
    assert subjects[cast.user.email] == "Søknaden din for Solfjord kommune er sendt"


def test_a_number_that_is_no_customers_becomes_one_when_it_is_approved(cast: Cast) -> None:
    request = confirmed(cast, organisation_number=NEW, organisation_name="havgap legekontor")
    assert request.organisation is None
    request = actions.approve_request(
        request, by=cast.operator, organisation_name="Havgap legekontor AS"
    )
    assert request.organisation is not None
    assert request.organisation.name == "Havgap legekontor AS"
    assert request.organisation.organisation_number == NEW
    assert holds(cast.user, request.organisation)


def test_the_applicant_cannot_tell_customers_from_others(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.user)
    pages = []
    for number in (cast.foreign.organisation_number, NEW):
        answer = client.post(
            reverse("tenants:request_new"),
            {
                "organisation_number": number,
                "organisation_name": "En virksomhet",
                "confirmer": "contact",
                "approver_name": "Lise Leder",
                "approver_email": APPROVER,
            },
            follow=True,
        )
        mine = mail.outbox[-2:] if number == NEW else mail.outbox
        page = text_of(answer) + "".join(
            str(message.body) for message in mine if message.to == [cast.user.email]
        )
        spaced = f"{number[:3]} {number[3:6]} {number[6:]}"
        page = page.replace("\N{NO-BREAK SPACE}", " ").replace(spaced, "").replace(number, "")
        pages.append(re.sub(r"[0-9a-f-]{36}", "", page))
        mail.outbox.clear()
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("organisation_number", {"organisation_number": "123456789"}),
        ("organisation_number", {"organisation_number": "12345"}),
        ("organisation_name", {"organisation_name": ""}),
        ("approver_name", {"approver_name": ""}),
        ("approver_email", {"approver_email": ""}),
        ("approver_email", {"approver_email": "OLA.bruker@example.no"}),
        ("confirmer", {"confirmer": "nobody"}),
    ],
)
def test_the_form_says_what_is_wrong_at_its_field_and_loses_nothing(
    cast: Cast, signed_in: SignIn, field: str, values: dict[str, str]
) -> None:
    filled = {
        "organisation_number": "310 428 175",
        "organisation_name": "Sølvfjord",
        "confirmer": "signatory",
        "approver_name": "Lise Leder",
        "approver_email": APPROVER,
        "message": "Hei",
        **values,
    }
    page = signed_in(cast.user).post(reverse("tenants:request_new"), filled)
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert document(page).xpath("//textarea[@name='message']")[0].text.strip() == "Hei"
    assert not AccessRequest.objects.sent_by(cast.user).exists()


def test_the_approver_is_not_the_applicant_under_any_of_their_addresses(cast: Cast) -> None:
    EmailAddress.objects.create(user=cast.user, email="ola@privat.example", verified=True)
    for address in ("Ola.Bruker@example.no", "OLA@privat.example"):
        with pytest.raises(ValidationError, match="own address"):
            send(cast, approver_email=address)
    request = confirmed(cast, approver_email="ola.bruker+sjef@example.no")
    assert "The approver’s address reaches the same mailbox as the applicant’s." in (
        actions.warnings_of(request)
    )


def test_only_a_verified_address_of_ones_own_can_ask(cast: Cast) -> None:
    EmailAddress.objects.create(user=cast.user, email="ny@solfjord.example.no", verified=False)
    for address in ("ny@solfjord.example.no", cast.admin.email):
        with pytest.raises(ValidationError):
            send(cast, email=address)


def test_requests_are_limited(cast: Cast) -> None:
    numbers = [factories.organisation_number() for _turn in range(6)]
    send(cast, organisation_number=numbers[0])
    with pytest.raises(ValidationError, match="already"):
        send(cast, organisation_number=numbers[0])
    for number in numbers[1:3]:
        send(cast, organisation_number=number)
    with pytest.raises(ValidationError, match="many requests"):
        send(cast, organisation_number=numbers[3])
    for request in AccessRequest.objects.sent_by(cast.user):
        actions.withdraw_request(request, by=cast.user)
    for number in numbers[3:5]:
        actions.withdraw_request(send(cast, organisation_number=number), by=cast.user)
    with pytest.raises(ValidationError, match="many requests"):
        send(cast, organisation_number=numbers[5])


def test_an_administrator_need_not_ask(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="already"):
        send(cast, by=cast.admin)


# The link


def test_opening_the_link_confirms_nothing_and_shows_only_this_request(cast: Cast) -> None:
    other = send(cast, by=cast.owner, approver_email="annen@solfjord.example.no")
    request = send(cast)
    scanner = Client()
    for _turn in range(3):
        page = scanner.get(link(), headers={"Accept-Language": "en"})
        assert page.status_code == 200
        scanner.head(link())
    request.refresh_from_db()
    assert request.state == State.WAITING
    shown = text_of(page)
    assert "May Ola Bruker administer Solfjord kommune?" in shown
    assert "Jeg tar over etter Jørgen." in shown
    assert other.applicant_name not in page.content.decode()
    assert cast.admin.name not in page.content.decode()
    assert cast.organisation.slug not in page.content.decode()


def test_the_answer_is_kept_as_evidence_and_the_link_works_once(cast: Cast) -> None:
    request = send(cast)
    path, approver = link(), Client()
    done = approver.post(path, {**ANSWER, "name": "Lise L. Leder", "answer": "confirm"})
    assert done["Location"] == reverse("tenants:request_answered")
    assert approver.get(done["Location"]).status_code == 200
    request.refresh_from_db()
    assert (request.state, request.answered_name, request.answered_capacity) == (
        State.CONFIRMED, "Lise L. Leder", "signatory",
    )  # fmt: skip
    assert request.answered_at is not None
    assert request.link_hash == ""
    assert approver.get(path).status_code == 404
    again = approver.post(path, {**ANSWER, "answer": "decline"})
    assert again.status_code == 404
    request.refresh_from_db()
    assert request.state == State.CONFIRMED


def test_an_answer_without_a_button_answers_nothing(cast: Cast) -> None:
    request = send(cast)
    shown = Client().post(link(), ANSWER)
    assert document(shown).xpath("//button[@name='answer']/@value") == ["confirm", "decline"]
    request.refresh_from_db()
    assert (request.state, request.answered_at) == (State.WAITING, None)


def test_a_no_ends_the_request_and_the_applicant_reads_why(cast: Cast, signed_in: SignIn) -> None:
    request = send(cast)
    path = link()
    told()
    Client().post(path, {**ANSWER, "reason": "Kjenner ikke Ola.", "answer": "decline"})
    request.refresh_from_db()
    assert request.state == State.REFUSED
    assert request.declined_by_approver
    assert told()[cast.user.email] == "Your request for Solfjord kommune is not confirmed"
    page = signed_in(cast.user).get(reverse("tenants:request_detail", args=[request.public_id]))
    assert "Kjenner ikke Ola." in text_of(page)
    with pytest.raises(actions.NotDecidable):
        actions.approve_request(request, by=cast.operator)


def test_the_applicant_cannot_answer_with_a_forwarded_link(cast: Cast, signed_in: SignIn) -> None:
    request = send(cast)
    client = signed_in(cast.user)
    assert not document(client.get(link())).xpath("//button[@name='answer']")
    assert client.post(link(), {**ANSWER, "answer": "confirm"}).status_code == 403
    request.refresh_from_db()
    assert request.state == State.WAITING


def test_the_key_is_stored_as_a_hash_that_fits_one_request_and_one_address(cast: Cast) -> None:
    request = send(cast)
    other = send(cast, by=cast.owner, approver_email="annen@solfjord.example.no")
    other_key = key()
    assert len(request.link_hash) == 64
    assert other_key not in str(vars(other))
    assert other.fits(other_key)
    assert not request.fits(other_key)
    url = reverse("tenants:request_confirm", args=[request.public_id, other_key])
    assert Client().get(url).status_code == 404
    # The address is part of the hash: the link dies with it.
    AccessRequest.objects.sent_by(cast.owner).update(approver_email="tyv@example.no")
    other.refresh_from_db()
    assert not other.fits(other_key)


def test_the_link_expires_and_the_request_with_it(cast: Cast) -> None:
    with time_machine.travel("2026-11-23T11:00:00Z", tick=False) as clock:
        request = send(cast)
        path = link()
        told()
        clock.shift(timedelta(days=13, hours=23))
        assert Client().get(path).status_code == 200
        assert tasks.expire_access_requests() == 0
        clock.shift(timedelta(hours=1))
        assert Client().get(path).status_code == 404
        assert Client().post(path, {**ANSWER, "answer": "confirm"}).status_code == 404
        assert tasks.expire_access_requests() == 1
        assert tasks.expire_access_requests() == 0
    request.refresh_from_db()
    assert request.state == State.EXPIRED
    assert told() == {
        cast.user.email: "Your request for Solfjord kommune was not confirmed in time",
        APPROVER: "The request of Ola Bruker is closed",
    }


def test_a_new_link_replaces_the_old_one(cast: Cast) -> None:
    with time_machine.travel("2026-11-23T11:00:00Z", tick=False) as clock:
        request = send(cast)
        first = link()
        with pytest.raises(ValidationError, match="ten minutes"):
            actions.send_link_again(request, by=cast.user)
        clock.shift(timedelta(minutes=11))
        with pytest.raises(Forbidden):
            actions.send_link_again(request, by=cast.owner)
        actions.send_link_again(request, by=cast.user)
        assert Client().get(first).status_code == 404
        assert Client().get(link()).status_code == 200


def test_withdrawing_kills_the_link(cast: Cast, signed_in: SignIn) -> None:
    request = send(cast)
    path = link()
    told()
    url = reverse("tenants:request_withdraw", args=[request.public_id])
    assert signed_in(cast.owner).post(url).status_code == 404
    signed_in(cast.user).post(url)
    request.refresh_from_db()
    assert request.state == State.WITHDRAWN
    assert Client().get(path).status_code == 404
    assert told() == {APPROVER: "Ola Bruker has withdrawn the request"}


def test_the_link_is_not_in_the_request_log(cast: Cast) -> None:
    from videoportal.middleware import RequestLogMiddleware

    send(cast)
    request = Client().get(link()).wsgi_request
    assert key() not in RequestLogMiddleware.format_request(request)


# The decision


def test_nothing_is_approved_before_it_is_confirmed(cast: Cast) -> None:
    request = send(cast)
    with pytest.raises(actions.NotDecidable, match="Nobody has confirmed"):
        actions.approve_request(request, by=cast.operator)
    assert not holds(cast.user, cast.organisation)


def test_the_registered_contact_goes_straight_to_the_queue_with_a_warning(cast: Cast) -> None:
    request = send(cast, is_contact=True)
    assert request.state == State.CONFIRMED
    assert set(told()) == {cast.user.email, cast.admin.email, cast.operator.email}
    (warning,) = actions.warnings_of(request)
    assert "registered contact" in warning
    actions.approve_request(request, by=cast.operator)
    assert holds(cast.user, cast.organisation)


def test_strangers_and_the_applicant_do_not_decide(cast: Cast) -> None:
    request = confirmed(cast)
    for person in (cast.user, cast.owner, cast.other_admin, cast.other_reseller):
        with pytest.raises(Forbidden):
            actions.approve_request(request, by=person)
        with pytest.raises(Forbidden):
            actions.refuse_request(request, by=person, reason="Nei")
    mine = confirmed(cast, by=cast.operator, organisation_number=NEW)
    with pytest.raises(Forbidden):
        actions.approve_request(mine, by=cast.operator)
    with pytest.raises(Forbidden):
        actions.refuse_request(mine, by=cast.operator, reason="Nei")
    assert not actions.may_decide(cast.operator, mine)


def test_an_administrator_of_the_organisation_may_decide_too(cast: Cast, signed_in: SignIn) -> None:
    request = send(cast)
    url = reverse("tenants:member_request", args=[cast.organisation.slug, request.public_id])
    bodies = {message.to[0]: str(message.body) for message in mail.outbox}
    assert url in bodies[cast.admin.email]
    assert url not in bodies[cast.user.email] + bodies[APPROVER]
    assert signed_in(cast.other_admin).get(url).status_code == 404
    foreign = reverse("tenants:member_request", args=[cast.foreign.slug, request.public_id])
    assert signed_in(cast.other_admin).get(foreign).status_code == 404
    client = signed_in(cast.admin)
    assert client.post(url, {"decision": "approve"}).status_code == 302
    assert holds(cast.user, cast.organisation)


def test_a_changed_address_or_a_closed_account_stops_the_approval(cast: Cast) -> None:
    request = confirmed(cast)
    EmailAddress.objects.filter(user=cast.user).update(email="ny@example.no")
    with pytest.raises(actions.NotDecidable, match="no longer has the address"):
        actions.approve_request(request, by=cast.operator)
    EmailAddress.objects.filter(user=cast.user).update(email=cast.user.email)
    User.objects.filter(pk=cast.user.pk).update(is_active=False)
    with pytest.raises(actions.NotDecidable, match="closed"):
        actions.approve_request(request, by=cast.operator)
    User.objects.filter(pk=cast.user.pk).update(is_active=True)
    assert not holds(cast.user, cast.organisation)
    Organisation.objects.in_organisation(cast.organisation).update(is_active=False)
    with pytest.raises(actions.NotDecidable, match="not in use"):
        actions.approve_request(request, by=cast.operator)


def test_the_operator_decides_on_the_page_and_a_refusal_needs_a_reason(
    cast: Cast, signed_in: SignIn
) -> None:
    request = confirmed(cast)
    client = signed_in(cast.operator)
    listed = client.get(reverse("tenants:queue"))
    assert [row.pk for row in listed.context["table"].records] == [request.pk]
    url = reverse("tenants:queue_detail", args=[request.public_id])
    page = text_of(client.get(url))
    for fact in ("Lise Leder (Holder of signature right)", APPROVER, cast.admin.email):
        assert fact in page
    empty = client.post(url, {"decision": "refuse", "reason": ""})
    assert empty.status_code == 422
    told()
    client.post(url, {"decision": "refuse", "reason": "Ring oss først."})
    request.refresh_from_db()
    assert (request.state, request.decided_by) == (State.REFUSED, cast.operator)
    subjects = {message.to[0]: str(message.body) for message in mail.outbox}
    assert "Ring oss først." in subjects[cast.user.email]
    assert "Ring oss først." not in subjects[APPROVER]
    late = client.post(url, {"decision": "approve"})
    assert "has been refused already" in text_of(late)
    assert not holds(cast.user, cast.organisation)


def test_the_queue_stands_oldest_first_and_finds_by_words_and_state(
    cast: Cast, signed_in: SignIn
) -> None:
    first = confirmed(cast)
    second = confirmed(cast, by=cast.owner, organisation_number=NEW, organisation_name="Havgap")
    waiting = send(cast, by=cast.other_admin)
    client, url = signed_in(cast.operator), reverse("tenants:queue")

    def found(**query: str) -> list[int]:
        return [row.pk for row in client.get(url, query).context["table"].records]

    assert found() == [first.pk, second.pk]
    assert found(q="havgap") == [second.pk]
    assert found(q=NEW[:5]) == [second.pk]
    assert found(state="waiting") == [waiting.pk]
    actions.refuse_request(first, by=cast.operator, reason="Nei")
    assert found(state="decided") == [first.pk]
    assert found(state="all") == [first.pk, second.pk, waiting.pk]


@pytest.mark.django_db(transaction=True)
def test_two_operators_who_press_at_once_approve_once(cast: Cast) -> None:
    other = factories.make_user("vikar@leverandor.example.no")
    actions.grant_role(other, Role.OPERATOR, cast.provider, by=None)
    request = confirmed(cast, organisation_number=NEW)
    people = [cast.operator.pk, other.pk] * 2

    def approve(pk: int) -> bool:
        try:
            actions.approve_request(request, by=User.objects.get(pk=pk))
        except actions.NotDecidable:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(approve, people)) == [False, False, False, True]
    every = Organisation.objects.unscoped(reason="counts the new organisation, in a test")
    assert every.filter(organisation_number=NEW).count() == 1
    entries = AuditEntry.objects.unscoped(reason="counts the approvals, in a test")
    assert entries.filter(action="tenants.access_request.approved").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_requests_for_one_new_organisation_make_one(cast: Cast) -> None:
    both = [
        confirmed(cast, organisation_number=NEW),
        confirmed(cast, by=cast.owner, organisation_number=NEW),
    ]

    def approve(request: AccessRequest) -> None:
        try:
            actions.approve_request(request, by=User.objects.get(pk=cast.operator.pk))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(approve, both))
    every = Organisation.objects.unscoped(reason="finds the new organisation, in a test")
    new = every.get(organisation_number=NEW)
    assert holds(cast.user, new)
    assert holds(cast.owner, new)


def test_operators_do_not_give_themselves_a_role_in_a_customers_organisation(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        actions.grant_role(cast.operator, Role.CUSTOMER_ADMIN, cast.organisation, by=cast.operator)
    assert not holds(cast.operator, cast.organisation)


def test_a_request_that_nobody_decides_runs_out_and_all_are_told(cast: Cast) -> None:
    with time_machine.travel("2026-11-23T11:00:00Z", tick=False) as clock:
        confirmed = send(cast)
        clock.shift(timedelta(days=10))
        actions.answer_request(confirmed.public_id, key(), confirms=True, by=None, **answer())
        contact = send(cast, by=cast.owner, is_contact=True)
        told()
        clock.shift(timedelta(days=29, hours=23))
        assert tasks.expire_access_requests() == 0
        clock.shift(timedelta(hours=1))
        assert tasks.expire_access_requests() == 2
        assert tasks.expire_access_requests() == 0
        for request in (confirmed, contact):
            request.refresh_from_db()
            assert (request.state, request.undecided_in_time) == (State.EXPIRED, True)
            with pytest.raises(actions.NotDecidable):
                actions.approve_request(request, by=cast.operator)
        bodies = {message.to[0]: str(message.body) for message in mail.outbox}
        assert set(bodies) == {cast.user.email, cast.owner.email, APPROVER}
        assert "Nobody decided on it within 30 days" in bodies[cast.user.email]
        assert "You need do nothing more" in bodies[APPROVER]
        # Nothing stands in the way of asking again.
        send(cast)
    trail = AuditEntry.objects.in_organisation(cast.organisation)
    assert trail.filter(action="tenants.access_request.lapsed").count() == 2


def answer() -> dict[str, str]:
    return {"name": "Lise Leder", "capacity": "signatory"}


def test_old_requests_are_deleted_and_the_evidence_of_an_approval_stays(cast: Cast) -> None:
    with time_machine.travel("2026-11-23T11:00:00Z", tick=False) as clock:
        withdrawn = actions.withdraw_request(send(cast), by=cast.user)
        waiting = send(cast)
        approved = send(cast, by=cast.owner, is_contact=True)
        actions.approve_request(approved, by=cast.operator)
        # A withdrawn one counts from the day that its link ran out.
        clock.shift(timedelta(days=14 + 180))
        assert tasks.delete_old_requests() == 0
        clock.shift(timedelta(seconds=1))
        assert tasks.delete_old_requests() == 1
        left = set(AccessRequest.objects.everybodys().values_list("pk", flat=True))
        assert left == {waiting.pk, approved.pk}
        assert withdrawn.pk not in left
        clock.shift(timedelta(days=730))
        assert tasks.delete_old_requests() == 1
        assert tasks.delete_old_requests() == 0
