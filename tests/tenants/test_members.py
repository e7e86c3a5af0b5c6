"""Members: the list, a person's page, access levels and removal."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext_lazy
from pytest_django import DjangoCaptureOnCommitCallbacks

from rooms.imports.writing import plan_of, receive_file, run_import, start_import
from tenants import actions, belongings
from tenants.access import Forbidden
from tenants.members import people_rows
from tenants.models import Job, Organisation, User
from tenants.roles import Role
from tests import factories, sessions
from tests.cast import Cast
from tests.pages import document, links_of, squeezed, text_of

SAMPLE = (Path(__file__).parents[1] / "rooms/samples/pexip-vmr-export.csv").read_bytes()

type SignIn = Callable[[User], Client]
type Capture = DjangoCaptureOnCommitCallbacks


def page(cast: Cast, view: str, member: User, organisation: Organisation | None = None) -> str:
    where = organisation or cast.organisation
    return reverse(f"tenants:{view}", args=[where.slug, member.public_id])


def names(response: Any) -> list[str]:
    return [squeezed(cell.text_content()) for cell in document(response).xpath("//tbody//th/a[1]")]


def members_url(cast: Cast, query: str = "") -> str:
    return reverse("tenants:member_list", args=[cast.organisation.slug]) + query


@pytest.fixture
def more_people(cast: Cast) -> None:
    """Somebody warned, somebody closed, and two invitations; the same names elsewhere."""
    for number, organisation in enumerate((cast.organisation, cast.foreign)):
        warned = factories.make_user(f"ase.{number}@example.no", name="Åse Varslet")
        closed = factories.make_user(f"arne.{number}@example.no", name="Arne Stengt")
        for user in (warned, closed):
            actions.grant_role(user, Role.USER, organisation, by=None)
        User.objects.filter(pk=warned.pk).update(warnings_sent=1, warned_at=timezone.now())
        User.objects.filter(pk=closed.pk).update(is_active=False)
        by = (cast.admin, cast.other_admin)[number]
        actions.invite_members(organisation, [f"ny{number}@example.no"], Role.CUSTOMER_ADMIN, by=by)


def test_list_shows_members_and_invited_of_this_organisation_only(
    cast: Cast, more_people: None, signed_in: SignIn
) -> None:
    response = signed_in(cast.admin).get(members_url(cast))
    assert names(response) == [
        "Arne Stengt",
        "Eva Eier",
        "Kari Admin",
        "ny0@example.no",
        "Ola Bruker",
        "Åse Varslet",
    ]
    assert "foreign.example.no" not in response.content.decode()
    assert "ny1@example.no" not in response.content.decode()
    rows = [squeezed(row.text_content()) for row in document(response).xpath("//tbody/tr")]
    (eva,) = [row for row in rows if row.startswith("Eva Eier")]
    assert "1 møterom" in eva
    (ase,) = [row for row in rows if row.startswith("Åse")]
    closing = timezone.localdate() + timedelta(days=28)
    assert f"Stenges {closing:%d.%m.%Y}" in ase
    assert "Aktiv (deg)" in next(row for row in rows if row.startswith("Kari"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=EVA.eier", ["Eva Eier"]),
        ("?level=customer_admin", ["Kari Admin", "ny0@example.no"]),
        ("?status=invited", ["ny0@example.no"]),
        ("?status=inactive", ["Arne Stengt", "Åse Varslet"]),
        ("?status=active&level=user", ["Eva Eier", "Ola Bruker", "Åse Varslet"]),
        ("?sort=-owned&status=active", ["Eva Eier", "Åse Varslet", "Ola Bruker", "Kari Admin"]),
        ("?q=ingen", []),
    ],
)
def test_filter_and_sort(
    query: str, expected: list[str], cast: Cast, more_people: None, signed_in: SignIn
) -> None:
    assert names(signed_in(cast.admin).get(members_url(cast, query))) == expected


def test_export_has_the_rows_of_the_list_and_is_logged(
    cast: Cast, more_people: None, signed_in: SignIn
) -> None:
    url = reverse("tenants:member_export", args=[cast.organisation.slug, "csv"])
    response = signed_in(cast.admin).get(f"{url}?level=customer_admin")
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    header, *rows = csv.reader(io.StringIO(text), delimiter=";")
    assert header[:3] == ["Navn", "E-postadresse", "Tilgangsnivå"]
    assert [row[1] for row in rows] == ["kari.admin@example.no", "ny0@example.no"]
    entry = cast.organisation.audit_entries.newest(1)[0]
    assert (entry.action, entry.after) == ("tenants.members.exported", {"format": "csv", "rows": 2})


def test_person_page_shows_nothing_of_other_organisations(cast: Cast, signed_in: SignIn) -> None:
    actions.grant_role(cast.owner, Role.CUSTOMER_ADMIN, cast.foreign, by=None)
    factories.make_room(
        cast.foreign, by=cast.other_admin, name="Fremmed rom", owner_email=cast.owner.email
    )
    actions.invite_members(cast.foreign, ["x@example.no"], Role.USER, by=cast.owner)
    response = signed_in(cast.admin).get(page(cast, "member_detail", cast.owner))
    text = text_of(response)
    assert "Evas rom" in text
    assert "Fremmed rom" not in text
    assert "x@example.no" not in text
    assert "undeadministrator" not in text
    foreign = signed_in(cast.other_admin).get(
        page(cast, "member_detail", cast.owner, organisation=cast.foreign)
    )
    assert "x@example.no" in text_of(foreign)
    assert "Evas rom" not in text_of(foreign)


def test_member_of_another_organisation_does_not_exist_here(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.admin)
    for view in ("member_detail", "member_level", "member_remove", "member_reopen"):
        assert client.get(page(cast, view, cast.other_admin)).status_code == 404
        assert client.post(page(cast, view, cast.other_admin), {"role": "user"}).status_code == 404
    assert cast.other_admin.access.roles_in(cast.foreign.pk) == {Role.CUSTOMER_ADMIN}


def test_level_is_changed_and_holds_in_an_open_session_at_once(
    cast: Cast, signed_in: SignIn, at_once: None, django_capture_on_commit_callbacks: Capture
) -> None:
    theirs = signed_in(cast.user)
    rooms = reverse("rooms:list", args=[cast.organisation.slug])
    assert theirs.get(rooms).status_code == 403
    client = signed_in(cast.admin)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(page(cast, "member_level", cast.user), {"role": Role.CUSTOMER_ADMIN})
    assert "Samtalerom A" in text_of(theirs.get(rooms))
    assert {letter.to[0] for letter in mail.outbox} == {cast.user.email, cast.admin.email}
    entry = cast.organisation.audit_entries.newest(1)[0]
    assert (entry.action, entry.before, entry.after) == (
        "tenants.role.changed",
        {"role": "user"},
        {"role": "customer_admin"},
    )
    client.post(page(cast, "member_level", cast.user), {"role": Role.USER})
    assert theirs.get(rooms).status_code == 403


def test_removal_holds_in_an_open_session_at_once(
    cast: Cast, signed_in: SignIn, at_once: None, django_capture_on_commit_callbacks: Capture
) -> None:
    second = factories.make_administrator(cast.organisation, "andre@example.no")
    theirs = signed_in(second)
    assert theirs.get(members_url(cast)).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(cast.admin).post(page(cast, "member_remove", second))
    assert theirs.get(members_url(cast)).status_code == 404
    assert {letter.to[0] for letter in mail.outbox} == {"andre@example.no", cast.admin.email}


def test_removal_stops_a_queued_task(cast: Cast) -> None:
    second = factories.make_administrator(cast.organisation)
    received = receive_file(cast.organisation, SAMPLE, by=second, file_name="rom.csv")
    start_import(received, plan_of(received), by=second)
    actions.remove_member(second, cast.organisation, by=cast.admin)
    run_import(received.pk)
    job = Job.objects.in_organisation(cast.organisation).get()
    assert job.state == Job.State.FAILED
    assert cast.organisation.rooms.count() == 2


def test_removal_page_offers_to_hand_over_first(cast: Cast, signed_in: SignIn) -> None:
    response = signed_in(cast.admin).get(page(cast, "member_remove", cast.owner))
    assert "1 møterom" in text_of(response)
    transfer = reverse("rooms:transfer", args=[cast.organisation.slug, cast.owner.public_id])
    assert transfer in links_of(response).values()
    none_owned = signed_in(cast.admin).get(page(cast, "member_remove", cast.user))
    assert "møterom" not in text_of(none_owned)


def test_last_administrator_stays(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.admin)
    refused = client.post(page(cast, "member_level", cast.admin), {"role": Role.USER})
    assert "siste administrator" in text_of(refused)
    refused = client.post(page(cast, "member_remove", cast.admin))
    assert "siste administrator" in text_of(refused)
    # One whose account is closed does not count as somebody else.
    second = factories.make_administrator(cast.organisation)
    User.objects.filter(pk=second.pk).update(is_active=False)
    client.post(page(cast, "member_remove", cast.admin))
    assert User.objects.get(pk=cast.admin.pk).access.roles_in(cast.organisation.pk)


def test_nobody_gives_or_takes_above_their_own_level(cast: Cast, signed_in: SignIn) -> None:
    with pytest.raises(Forbidden):
        actions.change_access_level(cast.user, Role.CUSTOMER_ADMIN, cast.organisation, by=cast.user)
    with pytest.raises(Forbidden):
        actions.change_access_level(
            cast.user, Role.CUSTOMER_ADMIN, cast.organisation, by=cast.other_admin
        )
    # A level that the administrator does not hold is no choice and no value.
    client = signed_in(cast.admin)
    offered = document(client.get(page(cast, "member_level", cast.user))).xpath(
        "//input[@name='role']/@value"
    )
    assert offered == ["user", "customer_admin"]
    client.post(page(cast, "member_level", cast.user), {"role": Role.OPERATOR})
    assert User.objects.get(pk=cast.user.pk).access.roles_in(cast.organisation.pk) == {Role.USER}
    # Somebody whose level is above is out of reach: the provider's people, for one.
    helper = factories.make_user()
    actions.grant_role(helper, Role.OPERATOR, cast.provider, by=None)
    with pytest.raises(Forbidden):
        actions.remove_member(helper, cast.provider, by=cast.admin)


def test_reseller_manages_members_of_clients_and_their_own(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.reseller)
    client.post(page(cast, "member_level", cast.user), {"role": Role.CUSTOMER_ADMIN})
    assert User.objects.get(pk=cast.user.pk).access.roles_in(cast.organisation.pk) == {
        Role.CUSTOMER_ADMIN
    }
    own = reverse("tenants:member_list", args=[cast.reseller_organisation.slug])
    assert names(client.get(own)) == ["Rita Reseller"]
    entry = cast.organisation.audit_entries.newest(1)[0]
    assert (entry.on_behalf, entry.reseller_label) == (True, "Nordlys Partner AS")


def test_level_change_asks_who_is_there_when_it_is_long_since(cast: Cast) -> None:
    client = sessions.start(cast.admin, minutes_ago=60)
    response = client.post(page(cast, "member_level", cast.user), {"role": Role.CUSTOMER_ADMIN})
    assert reverse("account_reauthenticate") in response["Location"]
    assert User.objects.get(pk=cast.user.pk).access.roles_in(cast.organisation.pk) == {Role.USER}


@pytest.fixture
def two_administrators(transactional_db: None) -> tuple[Organisation, list[User]]:
    organisation = factories.make_organisation()
    return organisation, [factories.make_administrator(organisation) for _ in range(2)]


@pytest.mark.parametrize("how", ["demote", "remove"])
def test_two_last_administrators_who_demote_each_other_leave_one(
    how: str, two_administrators: tuple[Organisation, list[User]]
) -> None:
    organisation, people = two_administrators
    start = threading.Barrier(2)
    refused: list[type[Exception]] = []

    def demote(by: User, other: User) -> None:
        by, other = (User.objects.get(pk=user.pk) for user in (by, other))
        assert by.access.can("manage_members", organisation)
        start.wait()
        try:
            if how == "demote":
                actions.change_access_level(other, Role.USER, organisation, by=by)
            else:
                actions.remove_member(other, organisation, by=by)
        except (actions.LastAdministrator, Forbidden) as error:
            refused.append(type(error))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=demote, args=(people[0], people[1])),
        threading.Thread(target=demote, args=(people[1], people[0])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert User.objects.administrators_of(organisation).count() == 1


def test_every_kind_of_belonging_is_named(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    (rooms,) = belongings.kinds()
    machines = replace(
        rooms,
        label="Endpoints",
        counted=ngettext_lazy("%(count)s machine", "%(count)s machines", "count"),
        counts=lambda _organisation: {cast.owner.pk: 3, cast.user.pk: 1},
    )
    monkeypatch.setattr(belongings, "kinds", lambda: (rooms, machines))
    rows = {row.email: row.owned_words for row in people_rows(cast.organisation, reader=cast.admin)}
    assert rows[cast.owner.email] == "1 møterom, 3 machines"
    assert rows[cast.user.email] == "1 machine"
    assert rows[cast.admin.email] == "0 møterom"
    shown = squeezed(text_of(signed_in(cast.admin).get(members_url(cast, "?sort=-owned"))))
    assert "1 møterom, 3 machines" in shown
    assert shown.index("3 machines") < shown.index("1 machine ")
