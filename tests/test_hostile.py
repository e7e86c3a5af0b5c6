"""What must not get out of the portal, even where a part fails or somebody insists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from rooms import actions, tasks
from rooms.actions.editing import tell_platforms
from rooms.choices import Provisioning
from rooms.imports import writing
from rooms.links import RoomLinks
from rooms.models import OutboxEntry, Room
from rooms.platforms.adapters import simulated
from rooms.platforms.outbox import sending
from rooms.platforms.port import PlatformUnavailable
from tenants.actions import grant_role
from tenants.models import AuditEntry, Organisation, User
from tenants.roles import Role
from tests import factories
from tests.cast import Cast
from videoportal.logs import logging_config

type SignIn = Callable[[User], Client]


@pytest.mark.parametrize("own", [False, True])
def test_browser_keeps_no_page_of_a_signed_in_person(
    cast: Cast, signed_in: SignIn, own: bool
) -> None:
    links = RoomLinks(cast.own_room, own)
    client = signed_in(cast.owner if own else cast.admin)
    suggested = client.post(links.edit, {"new_pin": "both"})
    assert b'name="host_pin" value="' in suggested.content
    pages = [suggested, client.get(links.detail), client.get(links.edit), client.get("/nowhere/")]
    assert [page.get("Cache-Control", "") for page in pages] == ["private, no-store"] * 4


def set_active(organisation: Organisation, is_active: bool) -> None:
    Organisation.objects.in_organisation(organisation).update(is_active=is_active)


def test_closed_organisation_closes_own_rooms_too(cast: Cast, signed_in: SignIn) -> None:
    reveal = RoomLinks(cast.own_room, own=True).reveal("host_pin")
    pin = str(cast.own_room.host_pin).encode()
    assert pin in signed_in(cast.owner).post(reveal).content

    set_active(cast.organisation, False)
    page = signed_in(cast.owner).post(reveal)
    assert (page.status_code, pin in page.content) == (404, False)


def test_address_removed_while_the_organisation_is_closed_gives_nothing_back(cast: Cast) -> None:
    set_active(cast.organisation, False)
    EmailAddress.objects.filter(user=cast.owner).delete()
    actions.sync_own_rooms(User.objects.get(pk=cast.owner.pk))
    set_active(cast.organisation, True)
    assert list(Room.objects.own_of(User.objects.get(pk=cast.owner.pk))) == []


def waiting(room: Room) -> Room:
    rooms = Room.objects.in_organisation(room.organisation_id).filter(pk=room.pk)
    rooms.update(provisioning=Provisioning.PENDING, host_pin="731964", guest_pin="0482")
    tell_platforms(rooms)
    return rooms.get()


def test_refusal_that_quotes_the_pins_is_kept_without_them(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    room = waiting(cast.room)
    platform: Any = simulated()
    platform.plan_fault(room.number, "pin '731964' and '0482' clash, see 2110482")
    sending.drain(room.platform)
    room = Room.objects.in_organisation(cast.organisation).get(pk=room.pk)
    assert room.provisioning_error == "pin '••••' and '••••' clash, see 2110482"
    assert "outbox_refused" in caplog.text
    assert "731964" not in caplog.text


def test_silence_that_quotes_a_pin_is_retried_without_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room = waiting(cast.room)

    def silent(spec: object, *, adopts: str) -> None:
        raise PlatformUnavailable("no answer to {'pin': '731964'}")

    monkeypatch.setattr(simulated(), "put_room", silent)
    sending.drain(room.platform)
    room.refresh_from_db()
    assert room.provisioning_error == "no answer to {'pin': '••••'}"
    assert OutboxEntry.objects.in_organisation(cast.organisation).get().reason == (
        room.provisioning_error
    )
    assert "outbox_silence" in caplog.text
    assert "731964" not in caplog.text


def test_import_is_logged_on_whoever_started_it(cast: Cast) -> None:
    starter = factories.make_user("siv.start@example.no", name="Siv Start")
    grant_role(starter, Role.CUSTOMER_ADMIN, cast.organisation, by=None)
    content = b"Navn;Romtype\nImportert rom;Sensitivt rom"
    room_import = writing.receive_file(
        cast.organisation, content, by=cast.admin, file_name="rom.csv"
    )
    writing.start_import(room_import, writing.plan_of(room_import), by=starter)
    tasks.import_rooms(room_import.pk)
    entries = AuditEntry.objects.in_organisation(cast.organisation).filter(
        action__in=["rooms.file.imported", "rooms.room.imported"]
    )
    assert {entry.actor_label for entry in entries} == {str(starter)}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/accounts/password/reset/key/1-abc-0123456789abcdef/", "/accounts/password/reset/key/…/"),
        ("/accounts/confirm-email/MQ:1abc:secret/?q=1", "/accounts/confirm-email/…/?q=1"),
        (
            "/accounts/oidc/helseid/callback/?code=secret&state=0123456789abcdef",
            "/accounts/oidc/helseid/callback/?…",
        ),
    ],
)
def test_keys_of_mailed_links_stay_out_of_the_log(
    path: str, logged: str, caplog: pytest.LogCaptureFixture
) -> None:
    Client().get(path)
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert {line["request"] for line in lines if "request" in line} == {f"GET {logged}"}
    assert "0123456789abcdef" not in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/invitation/0123456789abcdef/",
        "/access/00000000-0000-0000-0000-000000000000/confirm/0123456789abcdef/",
        "/accounts/confirm-email/MQ:1abc:0123456789abcdef/",
    ],
)
def test_keys_of_links_that_are_refused_stay_out_of_djangos_own_lines(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A form without its token, such as when cookies are off: the link is good for another try."""
    config = logging_config("json")
    with caplog.filtering(config["filters"]["keys"]["()"]()):
        assert Client(enforce_csrf_checks=True).post(path).status_code == 403
    assert config["handlers"]["stderr"]["filters"] == ["keys"]
    assert [r for r in caplog.records if r.name == "django.security.csrf"]
    assert "0123456789abcdef" not in "\n".join(r.getMessage() for r in caplog.records)
