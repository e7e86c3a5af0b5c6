"""Inviting members, and the mailed link: once, in time, for its address, and for nobody else."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tenants import actions, tasks
from tenants.access import Forbidden
from tenants.actions.invitations import account_exists, token_hash
from tenants.addresses import has_verified
from tenants.forms.second_factor import ResetSecondFactorForm
from tenants.models import AuditEntry, Invitation, Organisation, User
from tenants.roles import Role
from tests import factories
from tests.cast import Cast
from tests.pages import document, text_of

type SignIn = Callable[[User], Client]
type Capture = DjangoCaptureOnCommitCallbacks

GUEST = "gry.gjest@example.no"


@pytest.fixture
def invite(
    cast: Cast, at_once: None, django_capture_on_commit_callbacks: Capture
) -> Callable[..., str]:
    """Return a function that invites an address and gives the path of the mailed link."""

    def send(email: str = GUEST, role: str = Role.CUSTOMER_ADMIN, by: User | None = None) -> str:
        with django_capture_on_commit_callbacks(execute=True):
            actions.invite_members(cast.organisation, [email], role, by=by or cast.admin)
        return link()

    return send


def link() -> str:
    """Return the path of the newest mailed invitation."""
    body = str(mail.outbox[-1].body)
    found = re.search(r"https?://[^/]+(/invitation/\S+)", body)
    assert found is not None, body
    return found[1]


def roles_of(user: User, organisation: Organisation) -> frozenset[str]:
    return User.objects.get(pk=user.pk).access.roles_in(organisation.pk)


def invitation(cast: Cast) -> Invitation:
    return cast.organisation.invitations.get()


def test_invited_address_with_an_account_accepts_once(
    cast: Cast, invite: Callable[..., str], signed_in: SignIn
) -> None:
    guest = factories.make_user(GUEST, name="Gry Gjest")
    path = invite(email="Gry.Gjest@Example.no")
    client = signed_in(guest)
    page = text_of(client.get(path))
    assert "Solfjord kommune" in page
    assert GUEST in page
    assert roles_of(guest, cast.organisation) == frozenset()
    client.post(path)
    assert roles_of(guest, cast.organisation) == {Role.CUSTOMER_ADMIN}
    actions.remove_member(guest, cast.organisation, by=cast.admin)
    again = client.post(path)
    assert again.status_code == 410
    assert roles_of(guest, cast.organisation) == frozenset()


def test_link_is_useless_to_another_account(
    cast: Cast, invite: Callable[..., str], signed_in: SignIn
) -> None:
    path = invite()
    client = signed_in(cast.other_admin)
    page = text_of(client.get(path))
    assert GUEST in page
    # What the link would give is not told to whoever it is not for.
    assert cast.organisation.name not in page
    assert "undeadministrator" not in page
    client.post(path)
    assert roles_of(cast.other_admin, cast.organisation) == frozenset()
    assert invitation(cast).state == Invitation.State.OPEN


def test_an_address_that_is_not_confirmed_is_not_enough(
    cast: Cast, invite: Callable[..., str], signed_in: SignIn
) -> None:
    EmailAddress.objects.create(user=cast.user, email=GUEST, verified=False)
    path = invite()
    signed_in(cast.user).post(path)
    assert roles_of(cast.user, cast.organisation) == {Role.USER}
    EmailAddress.objects.filter(email=GUEST).update(verified=True)
    signed_in(cast.user).post(path)
    assert roles_of(cast.user, cast.organisation) == {Role.CUSTOMER_ADMIN}


def test_following_the_link_makes_a_confirmed_account_and_own_rooms_appear(
    cast: Cast, invite: Callable[..., str]
) -> None:
    room = factories.make_room(cast.organisation, by=cast.admin, owner_email=GUEST.upper())
    path = invite(role=Role.USER)
    client = Client()
    page = client.get(path)
    assert not document(page).xpath("//input[@name='email']")
    fields = {"name": "Gry Gjest", "password1": "en lang setning 47", "password2": "en lang"}
    refused = client.post(path, fields)
    assert document(refused).xpath("//input[@name='name']/@value") == ["Gry Gjest"]
    assert not User.objects.filter(email=GUEST).exists()
    client.post(path, {**fields, "password2": "en lang setning 47"})
    guest = User.objects.get(email=GUEST)
    assert EmailAddress.objects.get(user=guest).verified
    assert roles_of(guest, cast.organisation) == {Role.USER}
    assert client.session["_auth_user_id"] == str(guest.pk)
    assert room.name in text_of(client.get(reverse("rooms:own_list")))


def test_weak_password_is_refused_at_its_field(cast: Cast, invite: Callable[..., str]) -> None:
    response = Client().post(
        invite(), {"name": "Gry", "password1": "password1234", "password2": "password1234"}
    )
    assert document(response).xpath("//p[@id='id_password1_error']")
    assert not User.objects.filter(email=GUEST).exists()


def test_somebody_elses_waiting_account_on_the_address_gains_nothing(
    cast: Cast, invite: Callable[..., str]
) -> None:
    # Made by a stranger who hopes that the owner of the address will confirm it.
    squatter = factories.make_user(GUEST, verified=False, password="the-strangers-own")
    path = invite()
    client = Client()
    page = text_of(client.get(path))
    assert "Logg inn" in page
    client.post(path, {"name": "Gry", "password1": "en lang setning 47"})
    assert not EmailAddress.objects.get(email=GUEST).verified
    assert roles_of(squatter, cast.organisation) == frozenset()
    assert User.objects.get(pk=squatter.pk).check_password("the-strangers-own")


def test_link_expires_and_sending_again_kills_the_old_one(
    cast: Cast,
    invite: Callable[..., str],
    signed_in: SignIn,
    django_capture_on_commit_callbacks: Capture,
) -> None:
    guest = factories.make_user(GUEST)
    first = invite()
    with time_machine.travel(timezone.now() + timedelta(days=14, minutes=1), tick=False):
        client = signed_in(guest)
        assert "gått ut" in text_of(client.post(first))
        assert roles_of(guest, cast.organisation) == frozenset()
        with django_capture_on_commit_callbacks(execute=True):
            actions.resend_invitation(invitation(cast), by=cast.admin)
        second = link()
        assert second != first
        assert client.post(first).status_code == 404
        client.post(second)
        assert roles_of(guest, cast.organisation) == {Role.CUSTOMER_ADMIN}


def test_withdrawn_link_says_so(cast: Cast, invite: Callable[..., str], signed_in: SignIn) -> None:
    path = invite()
    signed_in(cast.admin).post(
        reverse(
            "tenants:invitation_withdraw",
            args=[cast.organisation.slug, invitation(cast).public_id],
        )
    )
    assert "trukket tilbake" in text_of(Client().get(path))


def test_only_a_hash_of_the_token_is_kept(cast: Cast, invite: Callable[..., str]) -> None:
    token = invite().strip("/").rpartition("/")[2]
    assert len(token) >= 43
    with connection.cursor() as cursor:
        cursor.execute("select row_to_json(i)::text from tenants_invitation i")
        stored = cursor.fetchone()[0]
    assert token not in stored
    assert not AuditEntry.objects.unscoped(
        reason="the test looks for a token in the whole log"
    ).filter(after__icontains=token)


def test_inviter_who_lost_the_level_no_longer_gives_it(
    cast: Cast, invite: Callable[..., str], signed_in: SignIn
) -> None:
    second = factories.make_administrator(cast.organisation)
    path = invite(by=second)
    actions.remove_member(second, cast.organisation, by=cast.admin)
    guest = factories.make_user(GUEST)
    client: Any = signed_in(guest)
    assert (client.get(path).status_code, client.post(path).status_code) == (410, 410)
    assert roles_of(guest, cast.organisation) == frozenset()


def test_organisation_out_of_use_takes_nobody_in_whoever_invited(
    cast: Cast, invite: Callable[..., str], signed_in: SignIn
) -> None:
    path = invite(by=cast.operator)
    actions.deactivate_organisation(cast.organisation, by=cast.operator, reason="Avsluttet")
    guest = factories.make_user(GUEST)
    client: Any = signed_in(guest)
    assert (client.get(path).status_code, client.post(path).status_code) == (410, 410)
    assert not cast.organisation.role_groups.filter(group__user=guest).exists()


def test_sending_again_and_withdrawing_need_the_level_that_is_given(
    cast: Cast, invite: Callable[..., str]
) -> None:
    invite()
    sent = len(mail.outbox)
    for stranger in (cast.user, cast.owner, cast.other_admin, cast.other_reseller):
        with pytest.raises(Forbidden):
            actions.resend_invitation(invitation(cast), by=stranger)
        with pytest.raises(Forbidden):
            actions.withdraw_invitation(invitation(cast), by=stranger)
    assert (invitation(cast).is_waiting, len(mail.outbox)) == (True, sent)


def test_whoever_has_an_account_makes_no_second_one(
    cast: Cast, invite: Callable[..., str], rf: RequestFactory
) -> None:
    """The page asks before; the account may come between."""
    token = invite().rstrip("/").rpartition("/")[2]
    factories.make_user(GUEST)
    with pytest.raises(actions.NotOpen):
        actions.sign_up_invited(
            token, name="Gry Gjest", password="et langt nok passord", request=rf.post("/")
        )
    assert User.objects.signing_in_with(GUEST).count() == 1
    assert invitation(cast).is_waiting


def test_two_tabs_accept_once(
    transactional_db: None, at_once: None, django_capture_on_commit_callbacks: Capture
) -> None:
    organisation = factories.make_organisation()
    admin = factories.make_administrator(organisation)
    guest = factories.make_user(GUEST)
    sent = actions.invite_members(organisation, [GUEST], Role.USER, by=admin)
    path = link()
    token = path.strip("/").rpartition("/")[2]
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def accept() -> None:
        start.wait()
        try:
            actions.accept_invitation(token, by=User.objects.get(pk=guest.pk))
            outcomes.append("accepted")
        except actions.NotOpen:
            outcomes.append("too late")
        finally:
            connection.close()

    threads = [threading.Thread(target=accept) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["accepted", "too late"]
    assert organisation.audit_entries.filter(action="tenants.invitation.accepted").count() == 1
    assert len(sent) == 1


def test_pasted_list_is_read_and_each_fault_is_named(
    cast: Cast, signed_in: SignIn, at_once: None, django_capture_on_commit_callbacks: Capture
) -> None:
    client = signed_in(cast.admin)
    url = reverse("tenants:invite", args=[cast.organisation.slug])
    typed = f"Gry Gjest <{GUEST}>; ola.bruker@example.no\nikke-en-adresse, {GUEST.upper()}"
    refused = client.post(url, {"addresses": typed, "role": "user"})
    assert "ikke-en-adresse" in text_of(refused, "//p[@id='id_addresses_error']")
    assert document(refused).xpath("//textarea")[0].text.strip() == typed
    assert not cast.organisation.invitations.exists()
    typed = typed.replace("ikke-en-adresse", "per@example.no")
    refused = client.post(url, {"addresses": typed, "role": "user"})
    assert "ola.bruker@example.no" in text_of(refused, "//p[@id='id_addresses_error']")
    assert not cast.organisation.invitations.exists()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url, {"addresses": f"{GUEST}, per@example.no", "role": "user"})
    assert sorted(letter.to[0] for letter in mail.outbox) == [GUEST, "per@example.no"]
    twice = client.post(url, {"addresses": GUEST, "role": "user"})
    assert GUEST in text_of(twice, "//p[@id='id_addresses_error']")


def test_nobody_invites_to_a_level_above_their_own(cast: Cast, signed_in: SignIn) -> None:
    with pytest.raises(Forbidden):
        actions.invite_members(cast.organisation, [GUEST], Role.USER, by=cast.user)
    with pytest.raises(Forbidden):
        actions.invite_members(cast.organisation, [GUEST], Role.OPERATOR, by=cast.admin)
    with pytest.raises(Forbidden):
        actions.invite_members(cast.foreign, [GUEST], Role.USER, by=cast.reseller)
    url = reverse("tenants:invite", args=[cast.organisation.slug])
    signed_in(cast.admin).post(url, {"addresses": GUEST, "role": "operator"})
    assert not cast.organisation.invitations.exists()
    # A reseller's employee may, for a client and for their own.
    actions.invite_members(cast.organisation, [GUEST], Role.CUSTOMER_ADMIN, by=cast.reseller)
    actions.invite_members(cast.reseller_organisation, [GUEST], Role.RESELLER, by=cast.reseller)


def test_accepting_never_lowers_a_level(
    cast: Cast, invite: Callable[..., str], signed_in: SignIn
) -> None:
    guest = factories.make_user(GUEST)
    path = invite(role=Role.USER)
    actions.grant_role(guest, Role.CUSTOMER_ADMIN, cast.organisation, by=cast.admin)
    signed_in(guest).post(path)
    assert roles_of(guest, cast.organisation) == {Role.CUSTOMER_ADMIN}


def test_everybody_concerned_is_told_in_their_own_language(
    cast: Cast,
    invite: Callable[..., str],
    signed_in: SignIn,
    django_capture_on_commit_callbacks: Capture,
) -> None:
    guest = factories.make_user(GUEST, name="Gry Gjest", language="en")
    second = factories.make_administrator(cast.organisation, "second@example.no")
    actions.change_profile(second, by=second, language="nn")
    actions.change_profile(cast.admin, by=cast.admin, language="nb")
    path = invite()
    assert "Invitation to Solfjord kommune" in mail.outbox[-1].subject
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(guest).post(path)
    told = {letter.to[0]: str(letter.body) for letter in mail.outbox}
    assert set(told) == {GUEST, cast.admin.email, "second@example.no"}
    assert "customer administrator" in told[GUEST]
    assert "tilgangsnivået kundeadministrator" in told[cast.admin.email]
    assert "fra Kari Admin" in told[cast.admin.email]
    assert "frå Kari Admin" in told["second@example.no"]


def test_old_invitations_are_deleted_with_their_address(
    cast: Cast, invite: Callable[..., str], settings: Settings
) -> None:
    invite()
    invite(email="nyere@example.no")
    cast.organisation.invitations.filter(email=GUEST).update(
        sent_at=timezone.now() - timedelta(days=settings.INVITATION_KEPT_DAYS, minutes=1)
    )
    assert (tasks.delete_old_invitations(), tasks.delete_old_invitations()) == (1, 0)
    assert [row.email for row in cast.organisation.invitations.all()] == ["nyere@example.no"]


def test_same_address_is_not_invited_twice_at_once(cast: Cast) -> None:
    actions.invite_members(cast.organisation, [GUEST], Role.USER, by=cast.admin)
    with pytest.raises(ValidationError, match=GUEST):
        actions.invite_members(cast.organisation, [GUEST.upper()], Role.USER, by=cast.admin)


def test_a_foreign_invitation_does_not_exist(cast: Cast, signed_in: SignIn) -> None:
    (foreign,) = actions.invite_members(cast.foreign, [GUEST], Role.USER, by=cast.other_admin)
    client: Any = signed_in(cast.admin)
    for view in ("invitation_detail", "invitation_resend", "invitation_withdraw"):
        url = reverse(f"tenants:{view}", args=[cast.organisation.slug, foreign.public_id])
        assert client.post(url).status_code == 404
    foreign.refresh_from_db()
    assert foreign.is_waiting


def test_stored_hash_is_keyed_and_invitations_from_before_stay_good(
    cast: Cast, invite: Callable[..., str]
) -> None:
    token = invite().rstrip("/").split("/")[-1]
    invitation = Invitation.objects.in_organisation(cast.organisation).get()
    plain = hashlib.sha256(token.encode()).hexdigest()
    assert invitation.token_hash not in {plain, token}
    # As it was stored before the key came.
    Invitation.objects.in_organisation(cast.organisation).update(token_hash=plain)
    module = import_module("tenants.migrations.0010_keyed_invitations")
    module.key_hashes(apps, None)
    guest = factories.make_user(GUEST)
    assert actions.accept_invitation(token, by=guest).pk == invitation.pk


def test_another_portals_key_makes_another_hash(settings: Settings) -> None:
    here = token_hash("abc")
    settings.SECRET_KEY = "another"
    assert token_hash("abc") != here


@pytest.mark.parametrize(
    ("theirs", "mine"),
    [
        ("iris.lie@example.no", "\u0131ris.lie@example.no"),  # dotless i
        ("iris.lie@example.io", "iris.lie@example.\u0131o"),
        ("per@klinikk.example", "per@kl\u0131nikk.example"),
    ],
)
def test_an_address_that_looks_alike_is_another_one(
    cast: Cast, invite: Callable[..., str], signed_in: SignIn, theirs: str, mine: str
) -> None:
    """PostgreSQL makes ``I`` of a dotless i, in a domain that anybody may own as well."""
    stranger = factories.make_user(email=mine)
    path = invite(theirs)
    assert not has_verified(stranger, theirs)
    assert not User.objects.with_address(theirs).exists()
    with pytest.raises(actions.NotForYou):
        actions.accept_invitation(path.split("/")[-2], by=stranger)
    # Nor does the stranger's account keep the invited person out.
    assert not account_exists(theirs)
    person = factories.make_user(email=theirs)
    assert User.objects.get_by_natural_key(theirs.upper()) == person
    assert User.objects.get_by_natural_key(mine) == stranger
    form = ResetSecondFactorForm({"email": theirs, "reason": "Lost the phone"})
    assert form.is_valid()
    assert form.person == person
    assert actions.accept_invitation(path.split("/")[-2], by=person).email == theirs
