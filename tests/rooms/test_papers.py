"""What a room is handed out with: QR code, invitation, calendar file, printed sheet."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from defusedxml import ElementTree
from django.test import Client
from icalendar import Calendar
from pypdf import PdfReader

from rooms import actions, papers
from rooms.links import RoomLinks
from rooms.models import Room
from tenants.actions import change_profile
from tenants.models import AuditEntry, User
from tests import factories
from tests.cast import Cast
from tests.pages import document, text_of

type SignIn = Callable[[User], Client]
OSLO = ZoneInfo("Europe/Oslo")


@pytest.fixture(autouse=True)
def english(cast: Cast) -> None:
    for person in (cast.admin, cast.owner):
        change_profile(person, by=person, language="en")


@pytest.fixture
def room(cast: Cast) -> Room:
    """Return a sensitive room with a PIN for guests."""
    actions.change_room(cast.own_room, by=cast.admin, guest_pin="048193")
    rooms = Room.objects.in_organisation(cast.organisation)
    return rooms.for_detail().get(pk=cast.own_room.pk)


def taken_out(room: Room) -> list[str]:
    entries = AuditEntry.objects.in_organisation(room.organisation_id).about(room)
    return [e.after["where"] for e in entries if e.action == "rooms.pin.included"]


def test_qr_code_is_a_drawing_with_its_quiet_zone(
    room: Room, signed_in: SignIn, cast: Cast
) -> None:
    response = signed_in(cast.admin).get(RoomLinks(room).qr)
    assert response["Content-Type"] == "image/svg+xml"
    drawing = ElementTree.fromstring(response.content)
    assert drawing.get("viewBox", "").startswith("0 0 ")
    assert b"style=" not in response.content
    assert b"<script" not in response.content


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
@pytest.mark.parametrize("kind", papers.Kind.values)
def test_text_has_what_a_guest_needs_and_no_pin(room: Room, kind: str, language: str) -> None:
    text = papers.invitation(room, kind, language)
    for part in (room.web_address, "Pexip", "https://join.videoportal.example/test", "Solfjord"):
        assert part in text
    assert str(room.guest_pin) not in text
    assert str(room.host_pin) not in text
    assert "%(" not in text
    assert "048193" in papers.invitation(room, kind, language, guest_pin="048193")


def test_text_is_in_the_language_asked_for(room: Room) -> None:
    assert [
        papers.invitation(room, "email", language).splitlines()[0] for language in papers.LANGUAGES
    ] == [
        "Du er invitert til en videokonsultasjon med Solfjord kommune.",
        "Du er invitert til ein videokonsultasjon med Solfjord kommune.",
        "You are invited to a video consultation with Solfjord kommune.",
    ]


def test_text_fits_how_the_room_lets_people_in(cast: Cast) -> None:
    meeting = factories.make_room(
        cast.organisation, by=cast.admin, product=factories.product("admin-small")
    )
    text = papers.invitation(meeting, "email", "en")
    assert "video meeting" in text
    assert "leave the PIN field empty. You can enter when the host is there." in text
    assert meeting.sip_address in text
    actions.change_room(meeting, by=cast.admin, host_pin="", guests_allowed=False)
    meeting.refresh_from_db()
    assert "Enter your name.\nTry your equipment" in papers.invitation(meeting, "email", "en")


@pytest.mark.parametrize("own", [False, True])
def test_page_puts_the_pin_in_the_text_only_when_asked_and_logs_it(
    room: Room, cast: Cast, signed_in: SignIn, own: bool
) -> None:
    links, client = RoomLinks(room, own), signed_in(cast.owner if own else cast.admin)
    page = client.get(links.detail, {"text": "sms", "lang": "nn"})
    (block,) = document(page).xpath("//pre[@class='textblock']")
    assert block.get("lang") == "nn"
    assert block.text == papers.invitation(room, "sms", "nn")
    assert [node.text for node in document(page).xpath("//nav/a[@aria-current='true']")][-2:] == [
        "SMS",
        "Nynorsk",
    ]
    assert taken_out(room) == []

    shown = client.post(links.invitation, {"text": "sms", "lang": "nn"})
    (block,) = document(shown).xpath("//pre[@class='textblock']")
    assert block.text == papers.invitation(room, "sms", "nn", guest_pin="048193")
    assert taken_out(room) == ["invitation"]
    assert client.get(links.invitation).headers["Location"] == links.detail
    assert "got the PIN of the room in the invitation text" in text_of(client.get(links.history))


def test_unknown_kind_and_language_are_the_first(room: Room, cast: Cast, signed_in: SignIn) -> None:
    response = signed_in(cast.admin).get(RoomLinks(room).detail, {"text": "fax", "lang": "xx"})
    (block,) = document(response).xpath("//pre[@class='textblock']")
    assert block.text == papers.invitation(room, "email", "en")


@time_machine.travel("2026-03-01 12:00+01:00", tick=False)
@pytest.mark.parametrize(
    ("date", "time", "utc"),
    [("28.3.2026", "13.00", "2026-03-28T12:00"), ("2026-03-30", "kl. 9", "2026-03-30T07:00")],
)
def test_calendar_file_survives_a_round_trip(
    room: Room, cast: Cast, signed_in: SignIn, date: str, time: str, utc: str
) -> None:
    response = signed_in(cast.admin).get(
        RoomLinks(room).calendar,
        {"cal-date": date, "cal-time": time, "cal-minutes": "45", "cal-language": "nb"},
    )
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert b"048193" not in response.content
    calendar = Calendar.from_ical(response.content)
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Europe/Oslo"]
    event: Any
    (event,) = calendar.walk("VEVENT")
    start = event["DTSTART"].dt
    assert start.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M") == utc
    assert event["DTEND"].dt - start == timedelta(minutes=45)
    assert event["LOCATION"] == room.web_address
    assert event["SUMMARY"] == "Videokonsultasjon med Solfjord kommune"
    assert room.web_address in event["DESCRIPTION"]
    assert Calendar.from_ical(calendar.to_ical()).to_ical() == calendar.to_ical()


@time_machine.travel("2026-03-01 12:00+01:00", tick=False)
@pytest.mark.parametrize(
    ("date", "time", "fault"),
    [
        ("", "13.00", "Date: This field is required."),
        ("28.02.2026", "13.00", "Date: The date has passed. Enter a later one."),
        ("31.2.2026", "13.00", "Date: Enter the date as day.month.year, for example 22.11.2026."),
        ("28.03.2026", "25.00", "Time: Enter the time as hour and minute, for example 13.00."),
        ("28.03.2026", "noon", "Time: Enter the time as hour and minute, for example 13.00."),
        (
            "29.03.2026",
            "02.30",
            "Time: The clock is moved forward that night, so the time does not exist.",
        ),
    ],
)
@pytest.mark.parametrize("own", [False, True])
def test_calendar_file_says_what_is_wrong_with_the_time(
    room: Room, cast: Cast, signed_in: SignIn, date: str, time: str, fault: str, own: bool
) -> None:
    response = signed_in(cast.owner if own else cast.admin).get(
        RoomLinks(room, own).calendar, {"cal-date": date, "cal-time": time, "cal-minutes": "45"}
    )
    assert response.status_code == 422
    assert fault in text_of(response, "//ds-error-summary")
    page = document(response)
    assert page.xpath("//input[@name='cal-time']/@value") == [time]


@pytest.mark.parametrize(
    ("language", "words"),
    [("nb", "Slik kommer du inn"), ("nn", "Slik kjem du inn"), ("en", "How to join")],
)
def test_sheet_is_tagged_and_holds_what_is_needed(room: Room, language: str, words: str) -> None:
    reader = PdfReader(io.BytesIO(papers.handout_pdf(room, language)))
    (page,) = reader.pages
    text = " ".join(page.extract_text().split())
    for part in (room.name, room.sip_address, room.web_address, words):
        assert part in text
    assert "048193" not in text
    assert str(room.host_pin) not in text
    catalogue: Any = reader.trailer["/Root"]
    assert catalogue["/Lang"] == language
    assert catalogue["/MarkInfo"]["/Marked"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in catalogue["/Metadata"].get_data() or (
        b'pdfuaid:part="1"' in catalogue["/Metadata"].get_data()
    )
    assert reader.metadata is not None
    assert reader.metadata.title == room.name
    width, height = (round(float(side) / 72 * 25.4) for side in page.mediabox[2:])
    assert (width, height) == (210, 297)


@pytest.mark.parametrize("own", [False, True])
def test_sheet_has_the_pin_only_by_post_and_logs_it(
    room: Room, cast: Cast, signed_in: SignIn, own: bool
) -> None:
    links, client = RoomLinks(room, own), signed_in(cast.owner if own else cast.admin)

    def text(response: object) -> str:
        return PdfReader(io.BytesIO(response.content)).pages[0].extract_text()  # type: ignore[attr-defined]  # a response

    assert "048193" not in text(client.get(links.handout, {"sheet-with_pin": "on"}))
    assert "048193" not in text(client.post(links.handout, {"sheet-language": "nb"}))
    assert taken_out(room) == []
    asked = client.post(links.handout, {"sheet-language": "nb", "sheet-with_pin": "on"})
    assert "048193" in text(asked)
    assert asked["Content-Type"] == "application/pdf"
    assert "no-store" in asked["Cache-Control"]
    assert taken_out(room) == ["handout"]


def test_sheet_of_a_hard_name_is_drawn(cast: Cast, room: Room) -> None:
    actions.change_room(room, by=cast.admin, name="مرحبا 🏥 <b>x</b> " + "w" * 70)
    room.refresh_from_db()
    reader = PdfReader(io.BytesIO(papers.handout_pdf(room, "nb")))
    assert room.number[:3] in reader.pages[0].extract_text()


def test_moment_of_the_form_is_in_oslo() -> None:
    from rooms.forms.papers import CalendarForm

    form = CalendarForm(
        {"cal-date": "01.07.2050", "cal-time": "1300", "cal-minutes": "60"},
    )
    assert form.is_valid(), form.errors
    assert form.starts_at() == datetime(2050, 7, 1, 13, tzinfo=OSLO)
