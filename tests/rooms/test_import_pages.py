"""The import pages: upload, preview, start, result; and the command."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from lxml import html

from rooms import tasks, terms
from rooms.imports import writing
from rooms.imports.writing.shown import plan_key
from rooms.models import ProductPrice, Room, RoomImport
from tenants.models import AuditEntry, Job, Organisation
from tests.cast import Cast
from videoportal.kit.fields import cipher
from videoportal.kit.formats import short_date

SAMPLES = Path(__file__).parent / "samples"
SAMPLE = SAMPLES / "pexip-vmr-export.csv"
FAULTY = SAMPLES / "pexip-vmr-export-faults.csv"


@pytest.fixture
def admin(cast: Cast, signed_in: Callable[[Any], Client]) -> Client:
    return signed_in(cast.admin)


def upload(
    client: Client, organisation: Organisation, content: bytes, name: str = "rom.csv"
) -> Any:
    return client.post(
        reverse("rooms:import", args=[organisation.slug]),
        {"file": SimpleUploadedFile(name, content)},
    )


def page(response: Any) -> Any:
    return html.fromstring(response.content.decode())


def texts(found: list[Any]) -> list[str]:
    return [" ".join(node.text_content().split()) for node in found]


def kept() -> Any:
    return RoomImport.objects.unscoped(reason="a test counts what is stored")


def test_upload_leads_to_the_preview_and_the_preview_to_the_job(cast: Cast, admin: Client) -> None:
    seen = admin.get(upload(admin, cast.organisation, SAMPLE.read_bytes()).url)
    tree = page(seen)
    button = texts(tree.xpath("//form[contains(@action, '/start/')]//button[not(@formaction)]"))
    assert button == ["Importer 320 rom for kr 33 510,00 per måned"]
    until = short_date(terms.bound_until(timezone.localdate()))
    assert f"bundet til og med {until}" in " ".join(texts(tree.xpath("//main")))
    assert texts(tree.xpath("//nav[contains(@class,'linktabs')]/a")) == [
        "Alle (320)",
        "Nytt (320)",
        "Med merknad (2)",
    ]
    form = tree.xpath("//form[contains(@action, '/start/')]")[0]
    started: Any = admin.post(form.get("action"), dict(form.form_values()))
    job = Job.objects.in_organisation(cast.organisation).get()
    assert (started.status_code, started.url) == (302, reverse("tenants:job", args=[job.public_id]))
    # A double submit starts nothing more.
    again: Any = admin.post(form.get("action"), dict(form.form_values()))
    assert again.url == started.url
    assert Job.objects.in_organisation(cast.organisation).count() == 1

    tasks.import_rooms(kept().get().pk)
    done = page(admin.get(job.url))
    assert texts(done.xpath("//dl/dt | //dl/dd")) == [
        "Nye rom",
        "320",
        "Rom som ble endret",
        "0",
        "Rom som forble som de var",
        "0",
        "Pris per måned for de nye rommene, eks. mva.",
        "kr 33 510,00",
    ]


def test_no_pin_is_shown_in_a_clean_preview(cast: Cast, admin: Client) -> None:
    seen = admin.get(upload(admin, cast.organisation, SAMPLE.read_bytes()).url)
    assert "Ørenese møte 1" in seen.content.decode()
    for pin in ("0530", "4004", "82113815"):
        assert pin not in seen.content.decode()


def test_faults_are_linked_to_their_cells(cast: Cast, admin: Client) -> None:
    tree = page(admin.get(upload(admin, cast.organisation, FAULTY.read_bytes()).url))
    assert texts(tree.xpath("//ds-error-summary/h2")) == [
        "17 feil i 17 av 60 rader. Ingenting er opprettet."
    ]
    links = tree.xpath("//ds-error-summary//a")
    assert texts(links)[:2] == [
        "Rad 4, pin: En PIN-kode har bare sifre, og kan slutte med #.",
        "Rad 7, pin: En PIN-kode har minst 4 tegn.",
    ]
    assert len(links) == 17
    for link in links:
        anchor = link.get("href")
        assert anchor.startswith("#r")
        cells = tree.xpath(f"//*[@id='{anchor[1:]}']")
        assert [cell.get("class").split()[0] for cell in cells] == ["cell-fault"]
    assert not tree.xpath("//form[contains(@action, '/start/')]//button[not(@formaction)]")
    assert tree.xpath("//title")[0].text.startswith("Feil:")
    assert Room.objects.in_organisation(cast.organisation).count() == 2


def test_file_with_faults_cannot_be_started(cast: Cast, admin: Client) -> None:
    preview = upload(admin, cast.organisation, FAULTY.read_bytes()).url
    room_import = kept().get()
    digest = writing.plan_of(room_import).digest()
    answer = admin.post(f"{preview}start/", {"digest": digest}, follow=True)
    assert texts(page(answer).xpath("//main//div[@role='alert']")) == [
        "17 rader har feil, så ingenting ble importert."
    ]
    assert not Job.objects.in_organisation(cast.organisation).exists()


def test_link_to_a_fault_on_a_later_page_opens_that_page(cast: Cast, admin: Client) -> None:
    rows = "".join(f"R{n},abc,true,{310000 + n}@video.example.no\n" for n in range(30))
    content = f"name,pin,allow_guests,alias_alias\n{rows}".encode()
    preview = upload(admin, cast.organisation, content).url
    link = page(admin.get(preview)).xpath("//ds-error-summary//a")[-1].get("href")
    assert link == "?show=faults&page=2#r31-host_pin"
    assert page(admin.get(preview + link)).xpath("//*[@id='r31-host_pin']")


def test_list_of_faults_can_be_downloaded(cast: Cast, admin: Client) -> None:
    preview = upload(admin, cast.organisation, FAULTY.read_bytes()).url
    answer: Any = admin.get(f"{preview}?format=csv")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert (lines[0], len(lines)) == ("Rad;Kolonne;Feil", 18)
    assert lines[1] == "4;pin;En PIN-kode har bare sifre, og kan slutte med #."


def test_changed_types_change_the_price_before_the_start(cast: Cast, admin: Client) -> None:
    preview = upload(admin, cast.organisation, SAMPLE.read_bytes()).url
    form = page(admin.get(preview)).xpath("//form[contains(@action, '/start/')]")[0]
    values = dict(form.form_values()) | {"type-3": "auditorium"}
    answer = admin.post(form.get("action"), values, follow=True)
    tree = page(answer)
    assert "Du endret romtyper." in texts(tree.xpath("//main//div[@role='status']"))[0]
    assert not Job.objects.in_organisation(cast.organisation).exists()
    assert tree.xpath("//select[@name='type-3']/option[@selected]/@value") == ["auditorium"]
    admin.post(preview, values | {"type-3": "admin-large"})
    assert kept().get().choices["50|"] == "admin-large"


def test_price_that_has_changed_since_the_page_was_opened_is_shown_before_the_start(
    cast: Cast, admin: Client
) -> None:
    preview = upload(admin, cast.organisation, SAMPLE.read_bytes()).url
    form = page(admin.get(preview)).xpath("//form[contains(@action, '/start/')]")[0]
    ProductPrice.objects.update(amount=F("amount") + 1)
    tree = page(admin.post(form.get("action"), dict(form.form_values()), follow=True))
    assert "Noe har endret seg" in texts(tree.xpath("//main//div[@role='status']"))[0]
    assert not Job.objects.in_organisation(cast.organisation).exists()
    button = texts(tree.xpath("//form[contains(@action, '/start/')]//button[not(@formaction)]"))
    assert button == ["Importer 320 rom for kr 33 830,00 per måned"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Filen er tom."),
        (b'name,pin\n"A,1\n', "Anførselstegnene i rad 2 går ikke opp"),
        (b"fornavn,etternavn\nA,B\n", "Vi kjenner ikke igjen kolonnene"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "passordbeskyttet"),
        ("name,pin\nÆØÅ,1\n".encode("mac_roman"), "Mac Roman"),
    ],
)
def test_broken_file_is_told_at_the_field_and_nothing_is_kept(
    cast: Cast, admin: Client, content: bytes, words: str
) -> None:
    answer = upload(admin, cast.organisation, content)
    assert answer.status_code == 422
    assert words in texts(page(answer).xpath("//*[@id='id_file_error']"))[0]
    assert not kept().exists()


def test_fifty_megabytes_are_refused_without_being_kept(cast: Cast, admin: Client) -> None:
    answer = upload(admin, cast.organisation, b"name,pin\n" + b"A,1234\n" * 7_500_000)
    assert answer.status_code == 413
    assert "større enn 5 MB" in texts(page(answer).xpath("//*[@id='id_file_error']"))[0]
    assert not kept().exists()
    assert not answer.wsgi_request.FILES


def test_limit_holds_without_a_stated_length(cast: Cast, admin: Client, settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 200 * 1024
    # Below what a body may hold beside the file, so only the bytes themselves tell.
    answer = upload(admin, cast.organisation, b"x" * (201 * 1024))
    assert answer.status_code == 413
    assert not kept().exists()


def test_import_of_another_organisation_does_not_exist(
    cast: Cast, admin: Client, signed_in: Callable[[Any], Client]
) -> None:
    room_import = writing.receive_file(
        cast.foreign, SAMPLE.read_bytes(), by=cast.other_admin, file_name="rom.csv"
    )
    for slug in (cast.organisation.slug, cast.foreign.slug):
        for name in ("rooms:import_preview", "rooms:import_start"):
            answer = admin.post(reverse(name, args=[slug, room_import.public_id]))
            assert answer.status_code == 404
    own = signed_in(cast.other_admin).get(
        reverse("rooms:import_preview", args=[cast.foreign.slug, room_import.public_id])
    )
    assert "Ørenese møte 1" in own.content.decode()


def test_file_that_is_gone_is_told(cast: Cast, admin: Client) -> None:
    preview = upload(admin, cast.organisation, SAMPLE.read_bytes()).url
    kept().update(content="")
    assert texts(page(admin.get(preview)).xpath("//h1")) == ["Filen er ikke her lenger"]
    answer: Any = admin.post(f"{preview}start/")
    assert answer.url == preview


# The command


def command(*args: str) -> str:
    out = io.StringIO()
    call_command("import_rooms", *args, stdout=out)
    return out.getvalue()


def refused(*args: str) -> list[str]:
    err = io.StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command("import_rooms", *args, stdout=io.StringIO(), stderr=err)
    assert refusal.value.returncode == 1
    return [*err.getvalue().splitlines(), str(refusal.value)]


def test_command_imports_the_sample_as_the_system(cast: Cast) -> None:
    number = cast.organisation.organisation_number
    summary = "320 rooms {}, 0 changed, 0 unchanged; new rooms cost 33510.00 kroner a month"
    out = command(str(SAMPLE), "--organisation", number, "--dry-run")
    assert summary.format("would be created") in out
    assert Room.objects.in_organisation(cast.organisation).count() == 2

    assert summary.format("created") in command(str(SAMPLE), "--organisation", number)
    assert Room.objects.in_organisation(cast.organisation).count() == 322
    entry = AuditEntry.objects.in_organisation(cast.organisation).latest("pk")
    assert (entry.action, entry.actor_key, entry.target_label) == (
        "rooms.file.imported",
        "",
        "pexip-vmr-export.csv",
    )

    again = command(str(SAMPLE), "--organisation", number)
    assert "0 rooms created, 0 changed, 320 unchanged" in again


def test_command_names_every_fault_and_imports_nothing(cast: Cast) -> None:
    lines = refused(str(FAULTY), "--organisation", cast.organisation.organisation_number)
    assert lines[0] == "row 4, pin: A PIN has only digits, and may end with #."
    assert all(re.match(r"row \d+, \w+: .+", line) for line in lines[:17])
    assert lines[17:] == ["17 faults in 17 of 60 rows; nothing was imported"]
    assert Room.objects.in_organisation(cast.organisation).count() == 2


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((str(SAMPLE), "--organisation", "999999999"), "no organisation has the number"),
        (("missing.csv", "--organisation", "{number}"), "No such file"),
        ((__file__, "--organisation", "{number}"), "We do not recognise the columns"),
    ],
)
def test_command_tells_what_it_cannot_do(cast: Cast, args: tuple[str, ...], words: str) -> None:
    number = cast.organisation.organisation_number
    assert words in refused(*(arg.format(number=number) for arg in args))[0]


NEW_ROOM = b"name,pin,allow_guests,alias_alias\nNy,482915,false,310001@video.example.no\n"


def test_preview_is_planned_once_and_again_when_a_room_changes(cast: Cast, admin: Client) -> None:
    """What is kept is sealed, and never outlives what it was made from."""
    preview = upload(admin, cast.organisation, NEW_ROOM).url

    def shown() -> tuple[str, bool]:
        with CaptureQueriesContext(connection) as asked:
            words = " ".join(texts(page(admin.get(preview)).xpath("//main//table")))
        return words, any('FROM "rooms_roomproduct"' in query["sql"] for query in asked)

    first, planned = shown()
    assert planned
    sealed = cache.get(plan_key(kept().select_related("organisation").get()))
    assert isinstance(sealed, bytes)
    assert b"482915" not in sealed
    assert b"482915" in zlib.decompress(cipher().decrypt(sealed))
    assert shown() == (first, False)

    # Somebody else imports it meanwhile: the page must not call the row new any longer.
    writing.import_file(cast.organisation, NEW_ROOM, file_name="same.csv")
    second, planned = shown()
    assert planned
    assert second != first

    # What another key has sealed is no plan.
    key = plan_key(kept().select_related("organisation").get())
    cache.set(key, Fernet(Fernet.generate_key()).encrypt(b"anything"), 60)
    assert shown() == (second, True)


def test_refused_start_shows_the_plan_as_it_is_now(cast: Cast, admin: Client) -> None:
    """No room of this organisation has changed, so the page could still show the kept plan."""
    preview = upload(admin, cast.organisation, NEW_ROOM).url
    assert not page(admin.get(preview)).xpath("//ds-error-summary")
    digest = writing.plan_of(kept().get()).digest()
    writing.import_file(cast.foreign, NEW_ROOM, file_name="theirs.csv")

    answer = admin.post(f"{preview}start/", {"digest": digest}, follow=True)

    assert texts(page(answer).xpath("//ds-error-summary//a")) == [
        "Rad 2, alias_alias: Nummeret 310001 er opptatt."
    ]
    assert not Job.objects.in_organisation(cast.organisation).exists()
