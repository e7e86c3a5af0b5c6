"""What is kept about a person: seen, taken out whole, and deleted as far as it may be."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.core import mail
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks as Capture

from rooms.models import Room, RoomImport, RoomRequest, RoomUserGrant
from tenants import audit, personal
from tenants.actions import LastAdministrator, delete_own_account
from tenants.models import (
    AccessRequest,
    AuditEntry,
    Invitation,
    Job,
    MemberReview,
    MemberReviewAnswer,
    StaffSession,
    User,
)
from tests import sessions
from tests.cast import Cast
from tests.pages import text_of

type SignIn = Callable[[User], Client]

ABOUT_PEOPLE = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.GenericIPAddressField,
    models.BinaryField,
)


def fields_about_people() -> set[str]:
    """Return each field that can hold words, or points to a person."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, ABOUT_PEOPLE) or (field.is_relation and field.related_model is User)
    }


def test_every_field_that_may_be_about_people_is_declared() -> None:
    declared = set(personal.shown_fields()) | set(personal.left_out())
    undeclared = {
        field
        for field in fields_about_people()
        if field not in declared
        and field.rpartition(".")[0] not in personal.left_out()
        # Whose a row is stands in the section; organisations are no people.
        and not field.endswith((".organisation", ".slug"))
    }
    assert undeclared == set()


def test_no_declaration_is_stale() -> None:
    every = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
    } | {model._meta.label for model in apps.get_models()}
    assert set(personal.shown_fields()) | set(personal.left_out()) <= every
    # Who is in which group stands in a table without words.
    without_words = {"levels"}
    keys = {section.key for section in personal.sections()}
    assert set(personal.shown_fields().values()) == keys - without_words


def plant(cast: Cast) -> None:
    """Leave a row about the owner in every table that has a section."""
    person, organisation = cast.owner, cast.organisation
    now = timezone.now()
    Authenticator.objects.create(user=person, type="totp", data={"secret": "hemmelig"})
    SocialAccount.objects.create(user=person, provider="x", uid="x", extra_data={"sub": "x"})
    UserSession.objects.create(user=person, ip="10.0.0.1", session_key="k", user_agent="x")
    Invitation.objects.create(
        organisation=organisation,
        email=person.email.upper(),
        role="user",
        token_hash="h",
        expires_at=now + timedelta(days=1),
    )
    AccessRequest.objects.create(
        organisation=organisation,
        organisation_number="310428175",
        applicant=person,
        is_contact=True,
        state="confirmed",
        organisation_name="x",
        applicant_name="x",
        applicant_email="x@example.no",
    )
    review = MemberReview.objects.create(organisation=organisation)
    MemberReviewAnswer.objects.create(
        organisation=organisation, review=review, member=person, member_label="x", decision="keep"
    )
    StaffSession.objects.create(
        organisation=organisation, operator=person, reason="x", ends_at=now + timedelta(hours=1)
    )
    job = Job.objects.create(organisation=organisation, started_by=person, kind="x", label="x")
    RoomRequest.objects.create(
        organisation=organisation, room=cast.own_room, person=person, message="x"
    )
    RoomImport.objects.create(
        organisation=organisation,
        uploaded_by=person,
        job=job,
        file_name="x",
        content="x",
        digest="x",
    )
    audit.record("tenants.data.exported", by=person, organisation=organisation, target=person)


# Fields whose value decides whose the row is, or comes from a list: looked for as they are.
AS_THEY_ARE = {
    "tenants.User.email", "tenants.User.language", "tenants.User.colour_scheme",
    "account.EmailAddress.email", "mfa.Authenticator.type", "usersessions.UserSession.ip",
    "tenants.Invitation.email", "tenants.Invitation.role", "tenants.AccessRequest.state",
    "tenants.MemberReviewAnswer.decision", "tenants.Job.state", "rooms.Room.number",
    "rooms.Room.owner_email", "tenants.AuditEntry.action", "tenants.AuditEntry.target_type",
    "tenants.AuditEntry.target_key", "tenants.AuditEntry.actor_key",
}  # fmt: skip


def whose(model: type[models.Model], cast: Cast) -> dict[str, Any]:
    """Return the condition for the owner's rows of the model."""
    if model is User:
        return {"pk": cast.owner.pk}
    if model is Room:
        return {"pk": cast.own_room.pk}
    if model is Invitation:
        return {"email": cast.owner.email.upper()}
    [name] = [
        field.name
        for field in model._meta.concrete_fields
        if field.related_model is User
        and f"{model._meta.label}.{field.name}" in personal.shown_fields()
    ]
    return {name: cast.owner}


def test_file_holds_every_field_of_every_section(cast: Cast, signed_in: SignIn) -> None:
    plant(cast)
    person = cast.owner
    markers: dict[str, str] = {}
    for number, name in enumerate(sorted(personal.shown_fields())):
        app, model_name, field_name = name.split(".")
        model = apps.get_model(app, model_name)
        field: Any = model._meta.get_field(field_name)
        # The log refuses changes; its own fields are planted by audit.record below.
        if name in AS_THEY_ARE or field.is_relation or model is AuditEntry:
            continue
        markers[name] = f"merke-{number}-"
        value: Any = markers[name]
        if isinstance(field, models.JSONField):
            value = {"sub": value}
        owner = whose(model, cast)
        rows: Any = model._default_manager.all()
        if hasattr(rows, "unscoped"):
            rows = rows.unscoped(reason="the test plants a marker in whatever row is the person's")
        assert rows.filter(**owner).update(**{field.name: value}) >= 1, name
    audit.record(
        "rooms.room.changed",
        by=person,
        organisation=cast.organisation,
        label="merke-logg",
        before={"name": "merke-før"},
        after={"name": "merke-etter"},
    )
    markers |= {"before": "merke-før", "after": "merke-etter", "label": "merke-logg"}
    foreign = cast.foreign_room.number
    response = signed_in(person).post(reverse("tenants:my_data_export"))
    text = response.content.decode()
    content = json.loads(text)

    assert {name for name, marker in markers.items() if marker not in text} == set()
    for section in personal.sections():
        assert content[section.key], section.key
    assert foreign not in text
    assert cast.room.number not in text
    for secret in ("hemmelig", cast.own_room.host_pin, person.password):
        assert str(secret) not in text
    newest = AuditEntry.objects.in_organisation(cast.organisation).newest(1)[0]
    assert newest.action == "tenants.data.exported"


def test_page_shows_what_is_kept_and_nothing_of_others(cast: Cast, signed_in: SignIn) -> None:
    shown = text_of(signed_in(cast.owner).get(reverse("tenants:my_data")))
    assert "Eva.Eier@example.no" in shown
    assert "Evas rom" in shown
    assert "Samtalerom A" not in shown
    assert "per.annen" not in shown


def test_closing_deletes_the_person_and_keeps_the_organisations_own(
    cast: Cast, signed_in: SignIn, at_once: None, django_capture_on_commit_callbacks: Capture
) -> None:
    plant(cast)
    client = signed_in(cast.owner)
    asked = text_of(client.get(reverse("tenants:my_data_delete")))
    assert "Møterom som er registrert på deg" in asked
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("tenants:my_data_delete"))
    assert answer["Location"] == reverse("account_login")
    person = User.objects.get(pk=cast.owner.pk)
    assert (person.name, person.is_active, person.has_usable_password()) == ("", False, False)
    assert "eva" not in person.email
    for model in (EmailAddress, Authenticator, SocialAccount, UserSession):
        assert not model.objects.filter(user=person).exists()
    assert not person.groups.exists()
    assert not RoomUserGrant.objects.filter(user=person).exists()
    room = Room.objects.in_organisation(cast.organisation).get(pk=cast.own_room.pk)
    assert room.owner_email.lower() == "eva.eier@example.no"
    entries = AuditEntry.objects.in_organisation(cast.organisation).made_by(person)
    assert {entry.actor_label for entry in entries} == {"Eva Eier"}
    assert "tenants.data.account_deleted" in {entry.action for entry in entries}
    assert mail.outbox[-1].to == ["eva.eier@example.no"]
    assert client.get(reverse("tenants:my_data")).status_code == 302


def test_last_administrator_cannot_close_their_account(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.admin)
    answer = client.post(reverse("tenants:my_data_delete"))
    assert answer.status_code == 409
    assert "Kari Admin" in text_of(answer)
    cast.admin.refresh_from_db()
    assert cast.admin.is_active
    with pytest.raises(LastAdministrator):
        delete_own_account(cast.admin, by=cast.admin)


def test_closing_asks_again_who_is_there(cast: Cast) -> None:
    client = sessions.start(cast.owner, minutes_ago=60)
    answer = client.post(reverse("tenants:my_data_delete"))
    assert "/reauthenticate/" in answer["Location"] or "/2fa/" in answer["Location"]
    cast.owner.refresh_from_db()
    assert cast.owner.is_active
