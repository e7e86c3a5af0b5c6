"""The audit log's pages and files: who reads what, narrowing, secrets, speed by count."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from rooms import actions as room_actions
from tenants import audit
from tenants.access import Forbidden
from tenants.actions import note_log_exported, start_staff_session
from tenants.models import AuditEntry, Organisation, User
from tests.cast import Cast
from tests.pages import text_of

type SignIn = Callable[[User], Client]


def page_of(client: Client, cast: Cast, query: str = "") -> Any:
    return client.get(f"/o/{cast.organisation.slug}/log/?rows=50&{query}")


def note(
    organisation: Organisation | None, action: str = "rooms.room.changed", **values: Any
) -> AuditEntry:
    return audit.record(action, by=values.pop("by", None), organisation=organisation, **values)


def told_of(moment: datetime, cast: Cast, **values: Any) -> AuditEntry:
    """Write an entry about something that happened then."""
    token = audit.happened_at.set(moment)
    try:
        return note(cast.organisation, by=cast.admin, **values)
    finally:
        audit.happened_at.reset(token)


def rows_of(response: Any) -> list[list[str]]:
    text = io.StringIO(b"".join(response).decode("utf-8-sig"), newline="")
    return list(csv.reader(text, delimiter=";"))


def test_administrator_reads_own_organisation_and_nobody_elses(
    cast: Cast, signed_in: SignIn
) -> None:
    note(cast.organisation, label="Vårt rom")
    note(cast.foreign, label="Deres rom")
    shown = text_of(page_of(signed_in(cast.admin), cast))
    assert "Vårt rom" in shown
    assert "Deres rom" not in shown
    assert "Hver hendelse blir tatt vare på i 2 år" in shown
    shown = text_of(
        signed_in(cast.other_admin).get(reverse("tenants:log", args=[cast.foreign.slug]))
    )
    assert "Deres rom" in shown
    assert "Vårt rom" not in shown


def test_secrets_stay_hidden_on_page_and_in_file(cast: Cast, signed_in: SignIn) -> None:
    room_actions.change_room(cast.room, by=cast.admin, host_pin="835291", guest_pin="835292")
    client = signed_in(cast.admin)
    page = page_of(client, cast, "kind=rooms")
    assert "skjult verdi" in text_of(page)
    file = client.get(
        reverse("tenants:log_export", args=[cast.organisation.slug, "csv"]), {"kind": "rooms"}
    )
    content = b"".join(file).decode()
    assert "••••" in content
    for secret in ("835291", "835292"):
        assert secret not in page.content.decode() + content


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=pins", ["viewed"]),
        ("kind=rooms", ["old", "reseller", "staff", "portal"]),
        ("way=reseller", ["reseller"]),
        ("way=staff", ["staff"]),
        ("way=portal", ["portal"]),
        ("q=gammel", ["old"]),
        ("who=rita", ["reseller"]),
        ("until=01.02.2026", ["old"]),
        ("since=01.01.2026&until=2026-01-31", ["old"]),
        ("since=32.13.2026&until=01.02.2026", ["old"]),
    ],
)
def test_log_is_narrowed(query: str, found: list[str], cast: Cast, signed_in: SignIn) -> None:
    january = timezone.make_aware(datetime(2026, 1, 31, 23, 30))  # noqa: DTZ001 - made aware
    made = {
        "viewed": note(cast.organisation, "rooms.host_pin.revealed", by=cast.admin, label="R"),
        "old": told_of(january, cast, label="Gammel"),
        "reseller": note(cast.organisation, by=cast.reseller, label="R"),
        "portal": note(cast.organisation, label="R"),
    }
    start_staff_session(cast.organisation, by=cast.operator, reason="Feilsøking", minutes=60)
    made["staff"] = note(cast.organisation, by=cast.operator, label="R")
    client = signed_in(cast.admin)
    table = page_of(client, cast, query).context["table"]
    keys = {entry.pk: key for key, entry in made.items()}
    shown = [keys[entry.pk] for entry in table.records if entry.pk in keys]
    assert sorted(shown) == sorted(found)


def test_file_has_the_rows_of_the_page_and_is_logged_itself(cast: Cast, signed_in: SignIn) -> None:
    note(cast.organisation, label="=SUM(A1)", by=cast.admin, after={"name": "Nytt navn"})
    note(cast.organisation, label="Et annet")
    client = signed_in(cast.admin)
    header, *rows = rows_of(
        client.get(
            reverse("tenants:log_export", args=[cast.organisation.slug, "csv"]), {"q": "SUM"}
        )
    )
    assert len(rows) == 1
    row = dict(zip(header, rows[0], strict=True))
    assert row["Objekt"] == "'=SUM(A1)"
    assert row["Hvem"] == "Kari Admin"
    assert row["Etter"] == '{"name": "Nytt navn"}'
    newest = AuditEntry.objects.in_organisation(cast.organisation).newest(1)[0]
    assert (newest.action, newest.actor_label) == ("tenants.log.exported", "Kari Admin")
    assert newest.after == {"format": "csv", "log": "organisation", "q": "SUM"}
    assert (
        client.get(reverse("tenants:log_export", args=[cast.organisation.slug, "pdf"])).status_code
        == 404
    )


def test_reseller_reads_all_clients_in_one_list_with_their_names(
    cast: Cast, signed_in: SignIn
) -> None:
    for organisation in (cast.organisation, cast.second_client, cast.foreign):
        note(organisation, label=f"Rom i {organisation.slug}")
    client = signed_in(cast.reseller)
    address = reverse("tenants:client_log", args=[cast.reseller_organisation.slug])
    shown = text_of(client.get(address))
    assert f"Rom i {cast.organisation.slug}" in shown
    assert f"Rom i {cast.second_client.slug}" in shown
    assert "Lerkebø legesenter" in shown
    assert f"Rom i {cast.foreign.slug}" not in shown
    assert client.get(reverse("tenants:log", args=[cast.second_client.slug])).status_code == 200
    file = client.get(
        reverse("tenants:client_log_export", args=[cast.reseller_organisation.slug, "csv"])
    )
    written = str(rows_of(file))
    assert cast.second_client.slug in written
    assert cast.foreign.slug not in written


def test_person_reads_their_own_trail_and_own_rooms(cast: Cast, signed_in: SignIn) -> None:
    note(cast.organisation, by=cast.owner, label="Mitt eget verk")
    note(cast.organisation, "tenants.role.changed", by=cast.admin, target=cast.owner)
    note(cast.organisation, by=cast.admin, target=cast.own_room, after={"name": "Nytt"})
    note(cast.organisation, by=cast.admin, target=cast.room, after={"name": "Fremmed"})
    note(cast.foreign, by=cast.other_admin, label="Deres rom")
    client = signed_in(cast.owner)
    shown = text_of(client.get(reverse("tenants:my_log")))
    assert "Mitt eget verk" in shown
    assert "tilgangsnivået" in shown
    assert "Evas rom" in shown
    assert "Samtalerom A" not in shown
    assert "Deres rom" not in shown
    written = str(rows_of(client.get(reverse("tenants:my_log_export", args=["csv"]))))
    assert "Mitt eget verk" in written
    assert "Deres rom" not in written


def test_earlier_owner_is_not_told_in_ones_own_trail(cast: Cast, signed_in: SignIn) -> None:
    room_actions.change_room(
        cast.room, by=cast.admin, owner_name="Eva Eier", owner_email="eva.eier@example.no"
    )
    client = signed_in(cast.owner)
    page = client.get(reverse("tenants:my_log")).content.decode()
    file = b"".join(client.get(reverse("tenants:my_log_export", args=["csv"]))).decode()
    assert "Samtalerom A" in page
    assert "Per Annen" not in page + file
    assert "per.annen" not in page + file


def test_operator_reads_the_register_and_not_what_is_inside(cast: Cast, signed_in: SignIn) -> None:
    note(cast.organisation, "tenants.organisation.changed", by=cast.operator, label="Solfjord")
    note(cast.organisation, by=cast.admin, label="Et rom")
    note(cast.organisation, "tenants.session.started", by=cast.admin, target=cast.admin)
    note(None, "tenants.session.refused", label="ukjent@example.no")
    client = signed_in(cast.operator)
    shown = text_of(client.get(reverse("tenants:platform_log"), {"rows": "50"}))
    assert "Solfjord" in shown
    assert "ukjent@example.no" in shown
    assert "Et rom" not in shown
    assert "Kari Admin logget inn" not in shown
    written = str(rows_of(client.get(reverse("tenants:platform_log_export", args=["csv"]))))
    assert "Et rom" not in written


@pytest.mark.parametrize("query", ["", "since=01.10.2026&until=01.11.2026", "kind=pins"])
def test_page_is_read_by_an_index(query: str, cast: Cast, signed_in: SignIn) -> None:
    AuditEntry.objects.bulk_create(
        AuditEntry(
            organisation=cast.organisation if number % 10 else cast.foreign,
            action=("rooms.room.changed", "rooms.host_pin.revealed")[number % 51 == 0],
            at=timezone.now() - timedelta(hours=number),
        )
        for number in range(20_000)
    )
    client = signed_in(cast.admin)
    with CaptureQueriesContext(connection) as queries:
        page_of(client, cast, query)
    [page] = [
        one["sql"]
        for one in queries
        if 'FROM "tenants_auditentry"' in one["sql"] and "LIMIT 50" in one["sql"]
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"explain {page}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan" not in plan
    assert "Index Scan" in plan


@pytest.mark.parametrize(
    ("which", "may"),
    [
        ("organisation", {"administrator", "reseller"}),
        ("clients", set()),
        ("platform", {"operator"}),
    ],
)
def test_taking_a_log_out_needs_the_right_to_read_it(which: str, may: set[str], cast: Cast) -> None:
    before = AuditEntry.objects.unscoped(reason="counted before and after").count()
    for role, person in cast.people().items():
        if person is None or role in may:
            continue
        with pytest.raises(Forbidden):
            note_log_exported(cast.organisation, by=person, which=which, fmt="csv", search={})
    after = AuditEntry.objects.unscoped(reason="counted before and after")
    assert after.count() == before
    for role in may:
        person = cast.people()[role]
        assert person is not None
        note_log_exported(cast.organisation, by=person, which=which, fmt="csv", search={})
    assert after.count() == before + len(may)


def test_own_log_is_noted_where_the_person_belongs(cast: Cast) -> None:
    note_log_exported(cast.foreign, by=cast.user, which="own", fmt="csv", search={})
    entry = AuditEntry.objects.unscoped(reason="the newest entry").latest("pk")
    assert entry.organisation == cast.organisation
