"""Import: what is checked, what is stored, and that a second time changes nothing."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import override

from rooms import actions, tasks
from rooms.exports import rooms_file
from rooms.imports import ImportRefused, Plan, make_plan, read_sheet, writing
from rooms.imports.writing import jobs
from rooms.models import (
    NumberAllocation,
    OutboxEntry,
    PlatformContact,
    ProductPrice,
    Room,
    RoomImport,
)
from rooms.numbers import NumbersExhausted, quarantine_number
from rooms.platforms.models import VideoPlatform
from rooms.platforms.outbox import sending
from rooms.platforms.simulator import SimulatedPlatform
from tenants.access import Forbidden
from tenants.actions import revoke_role
from tenants.models import AuditEntry, Job, Organisation, User
from tests import factories
from tests.cast import Cast
from tests.pages import squeezed

SAMPLE = (Path(__file__).parent / "samples" / "pexip-vmr-export.csv").read_bytes()
HEADER = (
    "name,description,pin,allow_guests,guest_pin,alias_alias,max_callrate_in,call_type,"
    "host_view,enable_overlay_text,ivr_theme_name,participant_limit,"
    "primary_owner_email_address,tag"
)
GOOD = {
    "name": "Røntgen møte",
    "description": '"Røntgen, Liv Vik"',
    "pin": "0530",
    "allow_guests": "true",
    "guest_pin": "",
    "alias_alias": "310000@video.example.no",
    "max_callrate_in": "",
    "call_type": "video",
    "host_view": "five_mains_seven_pips",
    "enable_overlay_text": "true",
    "ivr_theme_name": "",
    "participant_limit": "10",
    "primary_owner_email_address": "liv.vik@nordlys.example.no",
    "tag": "",
}


def pexip(*rows: dict[str, str]) -> bytes:
    lines = [HEADER, *(",".join({**GOOD, **row}.values()) for row in rows)]
    return "\n".join(lines).encode()


def own(*rows: dict[str, str]) -> bytes:
    names = list(rows[0])
    return "\n".join([";".join(names), *(";".join(row[n] for n in names) for row in rows)]).encode()


def plan(content: bytes, organisation: Organisation, **choices: str) -> Plan:
    return make_plan(read_sheet(content), organisation, choices=choices)


def faults(content: bytes, organisation: Organisation) -> list[tuple[int, str, str]]:
    return [(f.row, f.column, f.code) for f in plan(content, organisation).faults]


def run(content: bytes, organisation: Organisation, by: User | None = None) -> writing.Outcome:
    with transaction.atomic():
        return writing.carry_out(plan(content, organisation), by=by, file_name="rom.csv")


def counts(outcome: writing.Outcome) -> tuple[int, int, int]:
    return outcome.created, outcome.changed, outcome.unchanged


# Cells


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"name": "a\x07b"}, "name", "hidden_character"),
        ({"name": "a\u202eb"}, "name", "hidden_character"),
        ({"name": "x" * 101}, "name", "name_long"),
        ({"tag": "t" * 251}, "tag", "too_long"),
        ({"max_callrate_in": "64"}, "max_callrate_in", "call_rate"),
        ({"max_callrate_in": "8193"}, "max_callrate_in", "call_rate"),
        ({"max_callrate_in": "fort"}, "max_callrate_in", "call_rate"),
        ({"call_type": "hologram"}, "call_type", "call_type"),
        ({"participant_limit": "1"}, "participant_limit", "participant_limit_range"),
        ({"participant_limit": "251"}, "participant_limit", "participant_limit_range"),
        ({"participant_limit": "-5"}, "participant_limit", "participant_limit"),
        ({"ivr_theme_name": "Ukjent"}, "ivr_theme_name", "theme"),
        ({"ivr_theme_name": "Pasient og behandler"}, "ivr_theme_name", "theme"),
        ({"alias_alias": "12@video.example.no"}, "alias_alias", "number_length"),
        ({"alias_alias": "310000@"}, "alias_alias", "alias_form"),
        ({"primary_owner_email_address": "liv@"}, "primary_owner_email_address", "email"),
        ({"enable_overlay_text": "2"}, "enable_overlay_text", "boolean"),
    ],
)
def test_fault_of_one_cell(cast: Cast, cells: dict[str, str], column: str, code: str) -> None:
    assert faults(pexip(cells), cast.organisation) == [(2, column, code)]


def test_every_fault_of_a_row_is_named(cast: Cast) -> None:
    row = {
        "name": "",
        "pin": "12a4",
        "guest_pin": "12",
        "alias_alias": "31 00 00@video.example.no",
        "host_view": "nineteen_mains",
        "participant_limit": "mange",
        "primary_owner_email_address": "liv",
    }
    assert set(faults(pexip(row), cast.organisation)) == {
        (2, "name", "name_missing"),
        (2, "pin", "pin_characters"),
        (2, "guest_pin", "pin_short"),
        (2, "alias_alias", "alias_spaces"),
        (2, "host_view", "layout"),
        (2, "participant_limit", "participant_limit"),
        (2, "primary_owner_email_address", "email"),
    }


def test_sensitive_room_without_host_pin_is_a_fault(cast: Cast) -> None:
    row = {
        "ivr_theme_name": "Pasient og behandler",
        "participant_limit": "5",
        "allow_guests": "false",
        "pin": "",
    }
    assert faults(pexip(row), cast.organisation) == [(2, "pin", "host_pin_required")]


def test_weak_pin_is_a_remark_on_import(cast: Cast) -> None:
    made = plan(pexip({"pin": "1234"}), cast.organisation)
    assert (made.faults, [(w.row, w.column, w.code) for w in made.warnings]) == (
        [],
        [(2, "pin", "pin_weak")],
    )


def test_address_on_another_domain_than_the_rest_is_a_fault(cast: Cast) -> None:
    content = pexip(
        {},
        {"name": "B", "alias_alias": "310001@video.example.no"},
        {"name": "C", "alias_alias": "310002@elsewhere.example.no"},
        {"name": "D", "alias_alias": "310003"},
        {"name": "E", "alias_alias": "sip:310004@VIDEO.example.no:5061"},
    )
    made = plan(content, cast.organisation)
    assert [(f.row, f.code) for f in made.faults] == [(4, "alias_domain")]
    assert [d.number for d in made.drafts] == ["310000", "310001", "310002", "310003", "310004"]


def test_repeated_row_is_a_further_address_of_the_room(cast: Cast) -> None:
    content = pexip(
        {"alias_alias": "rontgen@video.example.no"},
        {},
        {"alias_alias": "310001@video.example.no"},
        {"alias_alias": "310000"},
        {"name": "B", "alias_alias": "310001@video.example.no"},
    )
    made = plan(content, cast.organisation)
    assert [draft.outcome for draft in made.drafts] == ["new", "alias", "alias", "alias", "new"]
    assert made.drafts[0].number == "310000"
    assert [(w.row, w.code) for w in made.warnings] == [(4, "alias_not_kept")]
    run(content, cast.organisation)
    assert [draft.outcome for draft in plan(content, cast.organisation).drafts] == [
        "same",
        "alias",
        "alias",
        "alias",
        "same",
    ]


# Numbers that are taken


def test_number_of_another_organisation_is_taken_and_nothing_more_is_said(cast: Cast) -> None:
    number = cast.foreign_room.number
    made = plan(pexip({"alias_alias": f"{number}@video.example.no"}), cast.organisation)
    assert [(f.row, f.column, f.code) for f in made.faults] == [(2, "alias_alias", "number_taken")]
    assert made.faults[0].message in {
        f"Nummeret {number} er opptatt.",
        f"The number {number} is taken.",
    }
    before = Room.objects.in_organisation(cast.foreign).values().get()
    with pytest.raises(ImportRefused):
        run(pexip({"alias_alias": f"{number}@video.example.no"}), cast.organisation)
    assert Room.objects.in_organisation(cast.foreign).values().get() == before


def test_number_at_rest_is_taken(cast: Cast) -> None:
    NumberAllocation.objects.create(number="310000")
    quarantine_number("310000", closed_on=timezone.localdate())
    assert faults(pexip({}), cast.organisation) == [(2, "alias_alias", "number_taken")]


# Storing


def test_sample_is_imported_whole_and_a_second_time_changes_nothing(cast: Cast) -> None:
    assert counts(run(SAMPLE, cast.organisation, cast.admin)) == (320, 0, 0)
    room = Room.objects.in_organisation(cast.organisation).get(number="310000")
    assert (room.name, room.host_pin, room.guest_pin, room.guests_allowed) == (
        "Ørenese møte 1",
        "0530",
        "4004",
        True,
    )
    assert (room.owner_name, room.owner_email, room.department, room.description) == (
        "Eirik Myhre",
        "eirik.myhre@nordlys.example.no",
        "Ørenese",
        "Ørenese, Eirik Myhre",
    )
    assert (str(room.product.room_type.code), room.product.quality, room.participant_limit) == (
        "admin-small",
        "hd",
        10,
    )
    assert (room.ordered_on, room.provisioning) == (timezone.localdate(), "pending")
    assert room.subscriptions.get().starts_on == timezone.localdate()
    sensitive = Room.objects.in_organisation(cast.organisation).get(number="310007")
    assert (sensitive.product.room_type.code, sensitive.autolock) == ("sensitive", True)
    versions = list(Room.objects.in_organisation(cast.organisation).values_list("pk", "version"))

    assert counts(run(SAMPLE, cast.organisation, cast.admin)) == (0, 0, 320)
    assert (
        list(Room.objects.in_organisation(cast.organisation).values_list("pk", "version"))
        == versions
    )


def test_each_room_and_the_file_are_in_the_audit_log(cast: Cast) -> None:
    run(pexip({}), cast.organisation, cast.admin)
    run(pexip({"pin": "0531"}), cast.organisation, cast.admin)
    entries = AuditEntry.objects.in_organisation(cast.organisation).order_by("-pk")[:4]
    assert [(e.action, e.actor_label, e.before, e.after) for e in reversed(entries)] == [
        (
            "rooms.room.imported",
            "Kari Admin",
            {},
            {
                "name": "Røntgen møte",
                "number": "310000",
                "owner_email": "liv.vik@nordlys.example.no",
                "cost_centre": "",
                "product": "Administrativt rom, lite",
            },
        ),
        (
            "rooms.file.imported",
            "Kari Admin",
            {},
            {"created": 1, "changed": 0, "unchanged": 0},
        ),
        (
            "rooms.room.changed_by_import",
            "Kari Admin",
            {"host_pin": "••••"},
            {"host_pin": "••••"},
        ),
        (
            "rooms.file.imported",
            "Kari Admin",
            {},
            {"created": 0, "changed": 1, "unchanged": 0},
        ),
    ]


def test_rows_that_differ_change_their_room_and_nothing_else(cast: Cast) -> None:
    run(pexip({}, {"name": "B", "alias_alias": "310001@video.example.no"}), cast.organisation)
    actions.change_room(
        Room.objects.in_organisation(cast.organisation).get(number="310000"),
        by=cast.admin,
        cost_centre="4100",
        department="Mitt",
        chat=True,
    )
    content = pexip(
        {"pin": "0777", "primary_owner_email_address": cast.owner.email, "name": "Nytt navn"},
        {"name": "B", "alias_alias": "310001@video.example.no"},
    )
    made = plan(content, cast.organisation)
    assert {name: made.changed[0].changes[name] for name in ("name", "host_pin")} == {
        "name": ("Røntgen møte", "Nytt navn"),
        "host_pin": ("0530", "0777"),
    }
    assert sorted(made.changed[0].changes) == ["host_pin", "name", "owner_email"]

    assert counts(run(content, cast.organisation)) == (0, 1, 1)
    room = Room.objects.in_organisation(cast.organisation).get(number="310000")
    assert (room.name, room.host_pin, room.cost_centre, room.department, room.chat) == (
        "Nytt navn",
        "0777",
        "4100",
        "Mitt",
        True,
    )
    assert (room.provisioning, room.version) == ("pending", 3)
    cast.owner.forget_access()
    assert actions.is_own(cast.owner, room)


def test_change_that_concerns_the_platform_is_sent_to_it_and_no_other(cast: Cast) -> None:
    renamed, moved = (factories.make_room(cast.organisation, by=cast.admin) for _room in range(2))
    Room.objects.in_organisation(cast.organisation).update(provisioning_error="Gammelt")
    content = own(
        {"name": "Nytt navn", "number": renamed.number, "cost_centre": renamed.cost_centre},
        {"name": moved.name, "number": moved.number, "cost_centre": "7700"},
    )
    assert counts(run(content, cast.organisation)) == (0, 2, 0)
    waiting = OutboxEntry.objects.in_organisation(cast.organisation)
    assert list(waiting.values_list("key", flat=True)) == [renamed.public_id]
    stored = Room.objects.in_organisation(cast.organisation).in_bulk([renamed.pk, moved.pk])
    assert [
        (room.version, room.provisioning, room.provisioning_error)
        for room in (stored[renamed.pk], stored[moved.pk])
    ] == [(2, "pending", ""), (2, "ready", "Gammelt")]


def test_owner_with_an_account_holds_the_imported_room(cast: Cast) -> None:
    run(pexip({"primary_owner_email_address": cast.owner.email.upper()}), cast.organisation)
    room = Room.objects.in_organisation(cast.organisation).get(number="310000")
    cast.owner.forget_access()
    assert actions.is_own(cast.owner, room)
    assert not actions.is_own(cast.user, room)


def test_room_without_a_number_gets_one_and_is_known_again(cast: Cast) -> None:
    content = pexip({"alias_alias": "rontgen@video.example.no"})
    assert counts(run(content, cast.organisation)) == (1, 0, 0)
    room = Room.objects.in_organisation(cast.organisation).get(name="Røntgen møte")
    assert len(room.number) == 6
    assert counts(run(content, cast.organisation)) == (0, 0, 1)
    actions.terminate_room(room, by=cast.admin, closes_on=timezone.localdate())
    assert counts(run(content, cast.organisation)) == (1, 0, 0)
    assert counts(run(content, cast.organisation)) == (0, 0, 1)
    # The same file is another organisation's own matter.
    assert counts(run(content, cast.foreign)) == (1, 0, 0)


def test_foreign_organisation_with_the_same_file_is_told_that_numbers_are_taken(
    cast: Cast,
) -> None:
    run(pexip({}), cast.organisation)
    before = list(Room.objects.in_organisation(cast.organisation).values())
    assert faults(pexip({"name": "Tatt"}), cast.foreign) == [(2, "alias_alias", "number_taken")]
    assert list(Room.objects.in_organisation(cast.organisation).values()) == before


def test_formulas_are_stored_as_typed_and_exported_safely(cast: Cast) -> None:
    run(pexip({"name": "=HYPERLINK(1)", "tag": "@x"}), cast.organisation)
    room = Room.objects.in_organisation(cast.organisation).get(number="310000")
    assert room.name == "=HYPERLINK(1)"
    assert b"\n'=HYPERLINK" in exported(cast.organisation, "csv").replace(b";", b"\n")
    for fmt in ("csv", "xlsx"):
        assert counts(run(exported(cast.organisation, fmt), cast.organisation)) == (0, 0, 3)


def exported(organisation: Organisation, fmt: str) -> bytes:
    """Return the list's own file, with PINs."""
    rooms = Room.objects.in_organisation(organisation).order_by("pk")
    answer = rooms_file(rooms, organisation, fmt=fmt, with_pins=True)
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # a streamed answer


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_round_trip_of_the_own_format_changes_nothing(cast: Cast, language: str, fmt: str) -> None:
    run(SAMPLE, cast.organisation)
    with override(language):
        content = exported(cast.organisation, fmt)
    made = plan(content, cast.organisation)
    assert (made.faults, made.warnings) == ([], [])
    assert [draft.outcome for draft in made.drafts] == ["same"] * 322


# The own format


def test_own_format_orders_what_it_says(cast: Cast) -> None:
    content = own(
        {
            "name": "Sensitivt",
            "room_type": "Sensitivt rom",
            "quality": "Full HD",
            "host_pin": "",
            "guest_pin": "482913",
            "cost_centre": "0410",
            "guests_allowed": "ja",
        }
    )
    outcome = run(content, cast.organisation)
    assert (counts(outcome), outcome.monthly) == ((1, 0, 0), Decimal("80.00"))
    room = Room.objects.in_organisation(cast.organisation).get(name="Sensitivt")
    assert (room.product.quality, room.cost_centre, room.ordered_on) == (
        "fullhd",
        "0410",
        timezone.localdate(),
    )
    assert len(room.host_pin) == len(room.guest_pin) == 6
    assert room.subscriptions.get().starts_on == timezone.localdate()


def test_only_the_command_carries_over_an_older_order_date(cast: Cast) -> None:
    content = own({"name": "Gammelt", "room_type": "Sensitivt rom", "ordered_on": "01.02.2021"})
    on_the_page = plan(content, cast.organisation)

    (draft,) = on_the_page.new
    assert draft.room is not None
    assert draft.room.ordered_on == timezone.localdate()
    assert [(w.column, w.code) for w in on_the_page.warnings] == [("ordered_on", "date_not_kept")]
    writing.import_file(cast.organisation, content, file_name="rom.csv")
    room = cast.organisation.rooms.get(name="Gammelt")
    assert (room.ordered_on, room.bound_until) == (date(2021, 2, 1), date(2022, 1, 31))


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"room_type": "Kjellerrom"}, "room_type", "room_type"),
        ({"quality": "8K"}, "quality", "quality"),
        ({"ordered_on": "i går"}, "ordered_on", "date"),
        ({"ordered_on": "01.01.2999"}, "ordered_on", "date_ahead"),
        ({"autolock": "nei"}, "autolock", "autolock_forced"),
        ({"autolock": "kanskje"}, "autolock", "boolean"),
        ({"capacity": "6"}, "capacity", "participant_limit"),
        ({"layout": "Rutenett med 25"}, "layout", "layout"),
        ({"number": "31A"}, "number", "number_digits"),
        ({"guest_pin": "12"}, "guest_pin", "pin_short"),
    ],
)
def test_fault_of_the_own_format(cast: Cast, cells: dict[str, str], column: str, code: str) -> None:
    row = {"name": "A", "room_type": "sensitive", **cells}
    assert faults(own(row), cast.organisation) == [(2, column, code)]


def test_same_name_without_numbers_is_a_fault_and_with_numbers_not(cast: Cast) -> None:
    same = [{"name": "A", "number": ""}, {"name": "a", "number": ""}]
    assert faults(own(*same), cast.organisation) == [(3, "name", "name_same")]
    told = [{"name": "A", "number": "310000"}, {"name": "A", "number": "310001"}]
    assert faults(own(*told), cast.organisation) == []


def test_type_of_a_standing_room_is_not_changed_by_a_file(cast: Cast) -> None:
    row = {
        "name": "Samtalerom A",
        "number": cast.room.number,
        "room_type": "personal",
        "quality": "fullhd",
    }
    assert faults(own(row), cast.organisation) == [
        (2, "room_type", "room_type_differs"),
        (2, "quality", "quality_differs"),
    ]


def test_missing_columns_leave_the_room_as_it_is(cast: Cast) -> None:
    pin = cast.room.host_pin
    row = {"name": "Nytt navn", "number": cast.room.number}
    assert counts(run(own(row), cast.organisation)) == (0, 1, 0)
    cast.room.refresh_from_db()
    assert (cast.room.name, cast.room.host_pin, cast.room.cost_centre) == ("Nytt navn", pin, "4100")


# Types


def test_types_are_proposed_by_capacity_and_theme_and_can_be_chosen(cast: Cast) -> None:
    made = plan(SAMPLE, cast.organisation)
    assert [(g.key, g.rooms, g.chosen) for g in made.groups] == [
        ("5|", 73, "personal"),
        ("5|Pasient og behandler", 80, "sensitive"),
        ("10|", 90, "admin-small"),
        ("50|", 77, "admin-large"),
    ]
    assert made.monthly == Decimal(73 * 70 + 80 * 50 + 90 * 100 + 77 * 200)
    chosen = make_plan(
        read_sheet(SAMPLE), cast.organisation, choices={"50|": "auditorium", "10|": "personal"}
    )
    assert [(g.key, g.chosen) for g in chosen.groups][2:] == [
        ("10|", "admin-small"),
        ("50|", "auditorium"),
    ]


def test_planning_takes_the_same_queries_whatever_the_rows(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    without_numbers = [{"name": f"R{n}", "alias_alias": ""} for n in range(30)]
    for content, queries in (
        (pexip({}), 5),
        (SAMPLE, 5),
        (pexip(without_numbers[0]), 5),
        (pexip(*without_numbers), 5),
        (pexip({}, *without_numbers), 7),
    ):
        with django_assert_num_queries(queries):
            make_plan(read_sheet(content), cast.organisation)


# From upload to end


def uploaded(cast: Cast, content: bytes = SAMPLE, by: User | None = None) -> RoomImport:
    by = by or cast.admin
    room_import = writing.receive_file(cast.organisation, content, by=by, file_name="rom.csv")
    writing.start_import(room_import, writing.plan_of(room_import), by=by)
    return room_import


def test_started_import_is_carried_out_once_and_its_file_deleted(cast: Cast) -> None:
    room_import = uploaded(cast)
    with connection.cursor() as cursor:
        cursor.execute("select content from rooms_roomimport")
        assert "310000" not in cursor.fetchone()[0]

    tasks.import_rooms(room_import.pk)
    tasks.import_rooms(room_import.pk)

    room_import.refresh_from_db()
    job = Job.objects.in_organisation(cast.organisation).get()
    assert (job.state, job.done, job.total) == ("done", 320, 320)
    assert (room_import.content, room_import.summary["created"]) == ("", 320)
    assert Room.objects.in_organisation(cast.organisation).count() == 322


def test_import_that_cannot_be_carried_out_says_why_and_stores_nothing(cast: Cast) -> None:
    room_import = uploaded(cast)
    NumberAllocation.objects.create(number="310007")

    tasks.import_rooms(room_import.pk)

    job = Job.objects.in_organisation(cast.organisation).get()
    assert (job.state, job.failure) == ("failed", "1 rad har feil, så ingenting ble importert.")
    assert Room.objects.in_organisation(cast.organisation).count() == 2
    assert NumberAllocation.objects.filter(number__startswith="3100").count() == 1
    # The file waits for another try.
    NumberAllocation.objects.filter(number="310007").delete()
    room_import.refresh_from_db()
    writing.start_import(room_import, writing.plan_of(room_import), by=cast.admin)
    tasks.import_rooms(room_import.pk)
    assert Room.objects.in_organisation(cast.organisation).count() == 322


def test_right_lost_after_the_start_stops_the_import(cast: Cast) -> None:
    factories.make_administrator(cast.organisation)
    room_import = uploaded(cast)
    revoke_role(cast.admin, "customer_admin", cast.organisation, by=None)
    tasks.import_rooms(room_import.pk)
    assert Job.objects.in_organisation(cast.organisation).get().state == "failed"
    assert Room.objects.in_organisation(cast.organisation).count() == 2


def test_others_can_neither_upload_nor_start(cast: Cast) -> None:
    room_import = writing.receive_file(cast.organisation, SAMPLE, by=cast.admin, file_name="f")
    made = writing.plan_of(room_import)
    for person in (cast.user, cast.owner, cast.other_admin, cast.other_reseller, cast.operator):
        with pytest.raises(Forbidden):
            writing.receive_file(cast.organisation, SAMPLE, by=person, file_name="f")
        with pytest.raises(Forbidden):
            writing.start_import(room_import, made, by=person)
        with pytest.raises(Forbidden):
            run(SAMPLE, cast.organisation, person)
    assert Room.objects.in_organisation(cast.organisation).count() == 2


def test_reseller_imports_for_a_client_and_the_log_says_on_whose_behalf(cast: Cast) -> None:
    tasks.import_rooms(uploaded(cast, pexip({}), by=cast.reseller).pk)
    entry = AuditEntry.objects.in_organisation(cast.organisation).latest("pk")
    assert (entry.action, entry.on_behalf, entry.reseller_label) == (
        "rooms.file.imported",
        True,
        "Nordlys Partner AS",
    )


def test_price_above_the_agreed_one_is_not_stored(cast: Cast) -> None:
    room_import = uploaded(cast)
    ProductPrice.objects.update(amount=F("amount") + 1)
    tasks.import_rooms(room_import.pk)
    job = Job.objects.in_organisation(cast.organisation).get()
    assert job.state == "failed"
    assert squeezed(job.failure).startswith("Prisen har steget til kr 33 830,00")
    assert Room.objects.in_organisation(cast.organisation).count() == 2


def test_number_that_somebody_takes_meanwhile_stops_the_whole_import(cast: Cast) -> None:
    rows = [{"name": f"R{n}", "alias_alias": f"31000{n}@video.example.no"} for n in range(2)]
    made = plan(pexip(*rows), cast.organisation)
    NumberAllocation.objects.create(number="310001")
    with pytest.raises(ImportRefused, match="310001"), transaction.atomic():
        writing.carry_out(made, by=cast.admin, file_name="rom.csv")
    assert Room.objects.in_organisation(cast.organisation).count() == 2
    assert not NumberAllocation.objects.filter(number="310000").exists()


def test_exhausted_numbers_stop_the_whole_import(cast: Cast) -> None:
    from rooms.models import NumberRange

    NumberRange.objects.update(first=500_000, last=500_001)
    rows = [{"name": f"R{n}", "alias_alias": ""} for n in range(3)]
    with pytest.raises(NumbersExhausted):
        run(pexip(*rows), cast.organisation)
    assert Room.objects.in_organisation(cast.organisation).count() == 2
    assert not NumberAllocation.objects.filter(number__startswith="50000").exists()


def test_silent_imports_are_queued_again_and_given_up_at_last(cast: Cast) -> None:
    room_import = uploaded(cast)
    jobs = Job.objects.in_organisation(cast.organisation)
    assert writing.stalled_import_ids() == []
    jobs.update(state="running", heartbeat_at=timezone.now() - timedelta(minutes=3))
    assert writing.stalled_import_ids() == [room_import.pk]
    RoomImport.objects.in_organisation(cast.organisation).update(summary={"attempts": 3})
    assert writing.stalled_import_ids() == []
    job = jobs.get()
    assert (job.state, job.failure) == (
        "failed",
        "Importen stanset 3 ganger før den var ferdig. Ingenting ble importert.",
    )


def test_files_are_deleted_after_a_day(cast: Cast) -> None:
    old = writing.receive_file(cast.organisation, SAMPLE, by=cast.admin, file_name="old")
    new = writing.receive_file(cast.organisation, SAMPLE, by=cast.admin, file_name="new")
    RoomImport.objects.in_organisation(cast.organisation).filter(pk=old.pk).update(
        created_at=timezone.now() - timedelta(hours=25)
    )
    assert writing.drop_old_contents() == 1
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.content, bool(new.content)) == ("", True)


# Processes


@pytest.fixture
def shop(transactional_db: None) -> Cast:
    from tests.cast import make_cast

    return make_cast()


def test_two_imports_of_one_file_at_once_make_one_set_of_rooms(shop: Cast) -> None:
    imports = [uploaded(shop).pk for _time in range(3)]

    def work(import_id: int) -> None:
        try:
            tasks.import_rooms(import_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, imports * 2))

    assert Room.objects.in_organisation(shop.organisation).count() == 322
    created = [i.summary["created"] for i in RoomImport.objects.in_organisation(shop.organisation)]
    assert sorted(created) == [0, 0, 320]


def _die(_done: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_worker_killed_in_the_middle_leaves_nothing_and_the_next_one_does_it_all(
    shop: Cast,
) -> None:
    room_import = uploaded(shop)
    child = os.fork()
    if not child:
        connection.connection = None  # the parent's; the child gets its own
        with transaction.atomic():
            writing.lock_organisation(shop.organisation)
            writing.carry_out(
                writing.plan_of(room_import),
                by=shop.admin,
                file_name="rom.csv",
                tell=_die,
            )
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert Room.objects.in_organisation(shop.organisation).count() == 2
    assert not NumberAllocation.objects.filter(number="310000").exists()

    Job.objects.in_organisation(shop.organisation).update(
        state="running", heartbeat_at=timezone.now() - timedelta(minutes=3)
    )
    assert writing.stalled_import_ids() == [room_import.pk]
    tasks.import_rooms(room_import.pk)
    assert Room.objects.in_organisation(shop.organisation).count() == 322


def test_progress_is_seen_before_the_end(shop: Cast) -> None:
    room_import = uploaded(shop)
    seen = []

    class Watcher:
        def __call__(self, done: int) -> None:
            seen.append(done)

    job = Job.objects.in_organisation(shop.organisation).get()
    with transaction.atomic():
        plan_now = writing.plan_of(room_import)
        with jobs._progress(job) as tell:
            tell(250)
        assert Job.objects.in_organisation(shop.organisation).get().done == 250
        writing.carry_out(plan_now, by=shop.admin, file_name="f", tell=Watcher())
        transaction.set_rollback(True)
    assert seen == [250, 320]


def test_imported_rooms_reach_the_platform(shop: Cast) -> None:
    with transaction.atomic():
        writing.carry_out(plan(SAMPLE, shop.organisation), by=shop.admin, file_name="f")
    waiting = Room.objects.in_organisation(shop.organisation).filter(provisioning="pending")
    assert waiting.count() == 320
    platform = SimulatedPlatform()
    platform.plan_fault("*", "silent")
    try:
        assert sending.drain(VideoPlatform.objects.usual()) == sending.Drained(silent=1)
        assert waiting.count() == 320
        platform.plan_fault("*", None)
        PlatformContact.objects.update(resting_until=timezone.now())
        assert sending.drain(VideoPlatform.objects.usual()) == sending.Drained(sent=320)
        assert platform.room("310000")["host_pin"] == "0530"  # type: ignore[index]  # it is there
    finally:
        platform.forget_everything()
    assert waiting.count() == 0
