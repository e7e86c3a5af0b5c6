"""Rooms change hands: to a successor, to another own address, and to whoever asks for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from rooms import tasks
from rooms.actions import NotPossible
from rooms.actions.requests import answer_room_request, ask_for_room
from rooms.actions.transfer import move_own_rooms
from rooms.models import Room, RoomRequest
from tenants import actions as tenant_actions
from tenants.access import Forbidden
from tenants.models import AuditEntry, User
from tenants.roles import Role
from tests import factories
from tests.cast import Cast
from tests.pages import document, text_of

type SignIn = Callable[[User], Client]
type Capture = DjangoCaptureOnCommitCallbacks


def url(cast: Cast, member: User) -> str:
    return reverse("rooms:transfer", args=[cast.organisation.slug, member.public_id])


def own(user: User) -> list[str]:
    fresh = User.objects.get(pk=user.pk)
    return sorted(Room.objects.own_of(fresh).open().values_list("name", flat=True))


def effect(client: Client, address: str, fields: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Return the text of the effect page and the hidden fields that confirm it."""
    response = client.post(address, fields)
    hidden = {
        field.get("name"): field.get("value")
        for field in document(response).xpath("//main//input[@type='hidden']")
        if field.get("name") in {"seal", "owner_email", "owner_name"}
    }
    return text_of(response), hidden


@pytest.fixture
def second_room(cast: Cast) -> Room:
    return factories.make_room(
        cast.organisation, by=cast.admin, name="Evas andre rom", owner_email=cast.owner.email
    )


def test_one_room_goes_to_the_successor_at_once_and_both_are_told(
    cast: Cast,
    second_room: Room,
    signed_in: SignIn,
    at_once: None,
    django_capture_on_commit_callbacks: Capture,
) -> None:
    client = signed_in(cast.admin)
    successors = signed_in(cast.user)
    text, hidden = effect(
        client,
        url(cast, cast.owner),
        {"rooms": [str(second_room.public_id)], "owner_email": "OLA.bruker@example.no"},
    )
    assert "Evas andre rom" in text
    assert "Evas rom" not in text
    assert own(cast.owner) == ["Evas andre rom", "Evas rom"]
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url(cast, cast.owner), hidden)
    assert own(cast.owner) == ["Evas rom"]
    page = text_of(successors.get(reverse("rooms:own_detail", args=[second_room.public_id])))
    assert "Evas andre rom" in page
    told = {letter.to[0]: str(letter.body) for letter in mail.outbox}
    assert set(told) == {cast.user.email, cast.owner.email}
    assert all("Evas andre rom" in body for body in told.values())
    assert all(str(second_room.host_pin) not in body for body in told.values())
    stored = Room.objects.in_organisation(cast.organisation).get(pk=second_room.pk)
    assert (stored.owner_name, stored.owner_email) == ("Ola Bruker", "ola.bruker@example.no")
    # Confirmed twice: done once.
    client.post(url(cast, cast.owner), hidden)
    assert own(cast.user) == ["Evas andre rom"]


def test_successor_without_an_account_needs_a_name_and_gets_the_rooms_on_confirming(
    cast: Cast, second_room: Room, signed_in: SignIn
) -> None:
    client = signed_in(cast.admin)
    rooms = [str(room.public_id) for room in (cast.own_room, second_room)]
    fields = {"rooms": rooms, "owner_email": "ny@example.no"}
    refused = client.post(url(cast, cast.owner), fields)
    assert document(refused).xpath("//p[@id='id_owner_name_error']")
    text, hidden = effect(client, url(cast, cast.owner), {**fields, "owner_name": "Ny Person"})
    assert "ingen konto" in text
    client.post(url(cast, cast.owner), hidden)
    assert own(cast.owner) == []
    newcomer = factories.make_user("ny@example.no", verified=False)
    assert own(newcomer) == []


def test_a_room_changed_meanwhile_stops_the_whole(
    cast: Cast, second_room: Room, signed_in: SignIn
) -> None:
    client = signed_in(cast.admin)
    rooms = [str(room.public_id) for room in (cast.own_room, second_room)]
    _text, hidden = effect(
        client, url(cast, cast.owner), {"rooms": rooms, "owner_email": cast.user.email}
    )
    Room.objects.in_organisation(cast.organisation).filter(pk=second_room.pk).update(version=99)
    again = client.post(url(cast, cast.owner), hidden)
    assert "Evas andre rom" in text_of(again, "//*[@role='alert']")
    assert own(cast.owner) == ["Evas andre rom", "Evas rom"]


def test_rooms_of_others_cannot_be_taken_along(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.admin)
    for room in (cast.room, cast.foreign_room):
        refused = client.post(
            url(cast, cast.owner),
            {"rooms": [str(room.public_id)], "owner_email": cast.user.email},
        )
        assert document(refused).xpath("//p[@id='id_rooms_error']")
    same = client.post(
        url(cast, cast.owner),
        {"rooms": [str(cast.own_room.public_id)], "owner_email": cast.owner.email},
    )
    assert document(same).xpath("//p[@id='id_owner_email_error']")
    assert client.get(url(cast, cast.other_admin)).status_code == 404


# One's own other address


def test_own_rooms_move_between_confirmed_addresses_only(cast: Cast, signed_in: SignIn) -> None:
    EmailAddress.objects.create(user=cast.owner, email="eva.ny@example.no", verified=False)
    with pytest.raises(NotPossible):
        move_own_rooms("eva.ny@example.no", by=cast.owner)
    with pytest.raises(NotPossible):
        move_own_rooms(cast.user.email, by=cast.owner)
    EmailAddress.objects.filter(email="eva.ny@example.no").update(verified=True)
    client = signed_in(cast.owner)
    client.post(reverse("rooms:own_move"), {"address": "eva.ny@example.no"})
    stored = Room.objects.in_organisation(cast.organisation).get(pk=cast.own_room.pk)
    assert stored.owner_email == "eva.ny@example.no"
    assert own(cast.owner) == ["Evas rom"]
    entry = cast.organisation.audit_entries.about(stored).first()
    assert entry is not None
    assert (entry.action, entry.actor_label) == ("rooms.room.changed", "Eva Eier")
    assert move_own_rooms("eva.ny@example.no", by=User.objects.get(pk=cast.owner.pk)) == 0


def test_changing_the_primary_address_offers_to_move_the_rooms(
    cast: Cast, signed_in: SignIn
) -> None:
    EmailAddress.objects.create(user=cast.owner, email="eva.ny@example.no", verified=True)
    client = signed_in(cast.owner)
    response = client.post(
        reverse("account_email"),
        {"action_primary": "", "email": "eva.ny@example.no"},
        follow=True,
    )
    links = document(response).xpath("//a/@href")
    assert reverse("rooms:own_move") in links
    assert "1 møterom" in text_of(response)


# Asking


def test_asking_tells_the_administrators_and_never_whether_the_number_is_used(
    cast: Cast,
    signed_in: SignIn,
    at_once: None,
    django_capture_on_commit_callbacks: Capture,
) -> None:
    stranger = factories.make_user("stranger@example.no", name="Stine Stranger")
    client = signed_in(stranger)
    assert reverse("rooms:own_ask") in document(client.get(reverse("rooms:own_list"))).xpath(
        "//a/@href"
    )
    ask = reverse("rooms:own_ask")
    number = f"{cast.room.number[:3]} {cast.room.number[3:]}"
    with django_capture_on_commit_callbacks(execute=True):
        real = client.post(ask, {"number": number, "message": "Jeg overtar."}, follow=True)
        made_up = client.post(ask, {"number": "999998"}, follow=True)
    assert text_of(real) == text_of(made_up)
    assert [letter.to[0] for letter in mail.outbox] == [cast.admin.email]
    assert "Jeg overtar." in str(mail.outbox[0].body)
    question = RoomRequest.objects.in_organisation(cast.organisation).get()
    assert (question.room, question.person) == (cast.room, stranger)
    overview = reverse("rooms:overview", args=[cast.organisation.slug])
    assert "knyttet 1 møterom til seg" in text_of(signed_in(cast.admin).get(overview))
    bad = client.post(ask, {"number": "rom 5"})
    assert document(bad).xpath("//input[@name='number']/@value") == ["rom 5"]


@pytest.mark.parametrize("granted", [True, False])
def test_answer_moves_the_room_or_not_and_all_are_told(
    granted: bool,
    cast: Cast,
    signed_in: SignIn,
    at_once: None,
    django_capture_on_commit_callbacks: Capture,
) -> None:
    ask_for_room(cast.own_room.number, by=cast.user)
    question = RoomRequest.objects.in_organisation(cast.organisation).get()
    place = [cast.organisation.slug, question.public_id]
    foreign = [cast.foreign.slug, question.public_id]
    assert (
        signed_in(cast.other_admin).post(reverse("rooms:owner_request", args=foreign)).status_code
        == 404
    )
    for stranger in (cast.user, cast.other_admin):
        with pytest.raises(Forbidden):
            answer_room_request(question, by=stranger, granted=granted)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(cast.admin).post(
            reverse("rooms:owner_request", args=place), {"answer": "yes" if granted else "no"}
        )
    told = {letter.to[0].lower() for letter in mail.outbox}
    if granted:
        assert (own(cast.user), own(cast.owner)) == (["Evas rom"], [])
        assert told == {cast.user.email, cast.owner.email}
    else:
        assert (own(cast.user), own(cast.owner)) == ([], ["Evas rom"])
        assert told == {cast.user.email}
    with pytest.raises(NotPossible):
        answer_room_request(question, by=cast.admin, granted=True)


def test_answer_without_a_button_answers_nothing(cast: Cast, signed_in: SignIn) -> None:
    ask_for_room(cast.own_room.number, by=cast.user)
    question = RoomRequest.objects.in_organisation(cast.organisation).get()
    page = reverse("rooms:owner_request", args=[cast.organisation.slug, question.public_id])
    response = signed_in(cast.admin).post(page)
    assert document(response).xpath("//button[@name='answer']/@value") == ["yes", "no"]
    question.refresh_from_db()
    assert (question.answered_at, question.granted) == (None, None)


LONG = f"{'e' * 60}@{'x' * 40}.example.no"


def test_address_that_is_too_long_for_a_room_is_told_and_moves_nothing(
    cast: Cast, signed_in: SignIn
) -> None:
    """A person's address may be longer than the platform takes as an owner's."""
    EmailAddress.objects.create(user=cast.owner, email=LONG, verified=True)
    page = signed_in(cast.owner).post(reverse("rooms:own_move"), {"address": LONG})
    assert "høyst 100 tegn" in text_of(page)
    assert own(cast.owner) == ["Evas rom"]

    ask_for_room(cast.own_room.number, by=cast.user)
    question = RoomRequest.objects.in_organisation(cast.organisation).get()
    cast.user.email = LONG
    cast.user.save(update_fields=["email"])
    with pytest.raises(NotPossible, match="100"):
        answer_room_request(question, by=cast.admin, granted=True)
    with pytest.raises(NotPossible, match="100"):
        ask_for_room(cast.room.number, by=cast.user)
    answer_room_request(question, by=cast.admin, granted=False)
    assert own(cast.owner) == ["Evas rom"]


def test_questions_are_few_at_a_time_and_need_a_confirmed_address(cast: Cast) -> None:
    for _time in range(2):
        # The same room twice is one question.
        ask_for_room(cast.own_room.number, by=cast.user)
    for _number in range(4):
        room = factories.make_room(cast.organisation, by=cast.admin)
        ask_for_room(room.number, by=cast.user)
    assert RoomRequest.objects.of(cast.user).count() == 5
    with pytest.raises(NotPossible):
        ask_for_room(cast.room.number, by=cast.user)
    unconfirmed = factories.make_user(verified=False)
    with pytest.raises(NotPossible):
        ask_for_room(cast.room.number, by=unconfirmed)


def test_removed_members_rooms_stay_theirs_until_handed_over(cast: Cast) -> None:
    tenant_actions.remove_member(cast.owner, cast.organisation, by=cast.admin)
    assert own(cast.owner) == ["Evas rom"]
    assert cast.owner.access.roles_in(cast.organisation.pk) != {Role.CUSTOMER_ADMIN}


def test_question_that_nobody_answers_falls_away_in_silence(
    cast: Cast,
    at_once: None,
    django_capture_on_commit_callbacks: Capture,
) -> None:
    with time_machine.travel("2026-11-23T11:00:00Z", tick=False) as clock:
        ask_for_room(cast.own_room.number, by=cast.user)
        question = RoomRequest.objects.in_organisation(cast.organisation).get()
        mail.outbox.clear()
        clock.shift(timedelta(days=29, hours=23))
        assert tasks.expire_requests() == 0
        clock.shift(timedelta(hours=1))
        with django_capture_on_commit_callbacks(execute=True):
            assert tasks.expire_requests() == 1
            assert tasks.expire_requests() == 0
        # A message would say that the number is a room's.
        assert mail.outbox == []
        with pytest.raises(NotPossible):
            answer_room_request(question, by=cast.admin, granted=True)
        entry = AuditEntry.objects.in_organisation(cast.organisation).latest("pk")
        assert (entry.action, entry.after) == (
            "rooms.request.lapsed",
            {"person": str(cast.user)},
        )
        # Asked again, it is a new one, and only the old one is deleted in its time.
        ask_for_room(cast.own_room.number, by=cast.user)
        clock.shift(timedelta(days=180))
        assert tasks.delete_old_requests() == 0
        clock.shift(timedelta(seconds=1))
        assert tasks.delete_old_requests() == 1
    left = RoomRequest.objects.in_organisation(cast.organisation).get()
    assert (left.room, left.answered_at) == (cast.own_room, None)
